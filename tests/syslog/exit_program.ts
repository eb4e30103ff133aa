/**
 * Logs to a syslog server and ends: `exit_program.ts URI HOW WARM COUNT`. Prints what was reported to `onError`.
 *
 * @module
 */
import { createLogger } from "../../mod.ts";

const [uri = "", how, warm, count] = process.argv.slice(2);
const log = createLogger({
  destinations: [{ uri, name: "syslog" }],
  onError: (error: Error) => console.log(error.message),
});
if (warm === "warm") {
  log.info("line 0");
  await log.flush();
  // Whatever the connection still has to do with itself.
  await new Promise((resolve) => setTimeout(resolve, 50));
}
for (let i = 1; i <= Number(count); i++) log.info(`line ${i}`);
if (how === "exit") process.exit(0);
if (how === "throw") throw new Error("uncaught");
if (how === "close") await log.close();
