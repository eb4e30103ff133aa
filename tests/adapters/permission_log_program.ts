/** Logs a few lines to `app.log` in a directory, rotated and compressed; prints what was reported and what is there. */
import { readdirSync } from "node:fs";
import { createLogger } from "../../mod.ts";

const [, , directory, lock = "flock"] = process.argv;
const errors: string[] = [];
try {
  const log = createLogger({
    destinations: [{
      uri: `${directory}/app.log`,
      lock: lock as "flock",
      rotate: { maxBytes: 100, compress: "gzip" },
    }],
    onError: (error) => errors.push(error.message),
  });
  for (let i = 0; i < 3; i++) {
    log.info("x".repeat(60), { i });
    await log.flush();
  }
  await log.close();
  errors.push(`written ${log.metrics().destinations[0].written}`);
} catch (error) {
  errors.push(`thrown ${(error as Error).message}`);
}
let names: string[] = [];
try {
  names = readdirSync(directory);
} catch {
  // Not allowed to look.
}
console.log(JSON.stringify({ errors, names }));
