/**
 * A program that logs one line and ends: `first_line.ts <logger> <module> <file>`. Prints how many milliseconds the
 * import took, and how many passed until the line was in the file.
 *
 * @module
 */
import { readFileSync } from "node:fs";
import process from "node:process";

const [, , name = "", module = "", path = ""] = process.argv;
const TEXT = "first line";

// deno-lint-ignore no-explicit-any -- three loggers, imported by name so that nothing is loaded before the clock runs
type Loaded = any;

const start = performance.now();
let importMs = 0;
await logOne();
const firstLineMs = performance.now() - start;
if (name !== "nothing" && !readFileSync(path, "utf8").includes(TEXT)) {
  throw new Error("Cannot use this measurement: no line is in the file");
}
process.stdout.write(`${JSON.stringify({ importMs, firstLineMs })}\n`);

async function logOne(): Promise<void> {
  if (name === "omni") {
    const { createLogger }: Loaded = await imported(module);
    const log = createLogger(path);
    log.info(TEXT, { user_id: 42 });
    await log.flush();
  } else if (name === "pino") {
    const { pino }: Loaded = await imported(module);
    const log = pino(pino.destination({ dest: path, sync: true }));
    log.info({ user_id: 42 }, TEXT);
  } else if (name === "logtape") {
    const [logtape, file] = module.split(" ");
    const { configure, getLogger, jsonLinesFormatter }: Loaded = await imported(logtape as string);
    const { getFileSink }: Loaded = await imported(file as string);
    await configure({
      sinks: { file: getFileSink(path, { bufferSize: 0, formatter: jsonLinesFormatter }) },
      loggers: [
        { category: "app", lowestLevel: "info", sinks: ["file"] },
        { category: ["logtape", "meta"], lowestLevel: "error", sinks: ["file"] },
      ],
    });
    getLogger("app").info(TEXT, { user_id: 42 });
  }
}

async function imported(module: string): Promise<unknown> {
  const loaded = await import(module);
  importMs = performance.now() - start;
  return loaded;
}
