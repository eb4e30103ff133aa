/**
 * Logs to an OTLP server and ends in one of several ways: `close`, `flush`, or `nothing` at all:
 * `logging_program.ts PORT ENDING COUNT TIMEOUT`.
 *
 * @module
 */
import process from "node:process";
import { createLogger } from "../../mod.ts";
import "../../otlp.ts";

const [, , port, ending, count, timeout] = process.argv;
const log = createLogger({
  destinations: [{ uri: `otlp+http://127.0.0.1:${port}` as "otlp+http:", otlp: { timeout: timeout as "2s" } }],
  onError: (error) => console.log(`error ${error.message}`),
});
for (let i = 0; i < Number(count); i++) log.info(`record ${i}`);
if (ending === "flush") await log.flush();
if (ending === "close") await log.close();
const { written } = log.metrics().destinations[0] as { written: number };
console.log(`written ${written}`);
