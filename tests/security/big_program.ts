/**
 * Logs a record with a string of 100 MB in one place or in all of them, and prints what it took.
 *
 * Arguments: the path of the log, the place, the format.
 */
import process from "node:process";
import { createLogger, type FormatName } from "../../mod.ts";

const [path = "", place = "", format = "json"] = process.argv.slice(2);
const big = "x".repeat(100e6);

function errorWith(own: object): Error {
  return Object.assign(new Error("short"), own);
}

const fields: Record<string, object> = {
  message: {},
  field: { big },
  key: { [big]: 1 },
  list: { list: [big, [big], { big }] },
  error: { err: errorWith({ message: big }) },
  stack: { err: errorWith({ stack: big }) },
  name: { err: errorWith({ name: big }) },
  all: { big, [`k${big}`]: 1, list: [big], err: errorWith({ message: big, stack: big }) },
};

const errors: string[] = [];
const start = performance.now();
const log = createLogger({
  destinations: [{ uri: path, format: format as FormatName }],
  onError: (error) => void errors.push(error.message),
});
log.info(place === "message" || place === "all" ? big : "m", { first: 1, ...fields[place], last: 2 });
log.info("after");
await log.close();
console.log(JSON.stringify({
  errors,
  milliseconds: performance.now() - start,
  // In kilobytes, on all three.
  mebibytes: process.resourceUsage().maxRSS / 1024,
}));
