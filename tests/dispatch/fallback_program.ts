/**
 * Logs to a file whose directory is taken away and to a server that is dead, each with a fallback, and ends in the way
 * that it is told: `fallback_program.ts {"directory":...,"ending":"close"}`.
 *
 * @module
 */
import { mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { createLogger } from "../../mod.ts";

const { directory, ending } = JSON.parse(process.argv[2]) as { directory: string; ending: string };
const logs = `${directory}/logs`;

const log = createLogger({
  destinations: [
    { uri: `${logs}/app.log`, name: "file", circuitBreaker: { failures: 3 }, fallback: `${directory}/file_spare.log` },
    {
      name: "server",
      circuitBreaker: { failures: 3 },
      fallback: `${directory}/server_spare.log`,
      backend: { supportsAtomic: false, write: () => Promise.reject(new Error("connect ECONNREFUSED")) },
    },
  ],
  flushInterval: 1,
  onError: () => {},
});

let i = 0;
async function logUntil(isEnough: () => boolean): Promise<void> {
  for (const end = Date.now() + 30_000; !isEnough();) {
    if (Date.now() > end) throw new Error(`Expected to see it in time: ${isEnough}, ${JSON.stringify(log.metrics())}`);
    log.info("x", { i: i++ });
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
const file = () => log.metrics().destinations[0];

mkdirSync(logs);
await logUntil(() => file().written >= 10);
renameSync(logs, `${directory}/taken`);
// Not a directory: nothing can be made below it.
writeFileSync(logs, "");
await logUntil(() => file().circuit.state === "open" && file().diverted > 100);
rmSync(logs);
await logUntil(() => file().circuit.state === "closed");
const { written } = file();
await logUntil(() => file().written >= written + 20);
const circuit = log.metrics().destinations.map(({ circuit }) => circuit.state);
for (let more = 0; more < 10; more++) log.info("x", { i: i++ });
if (ending === "close") await log.close();
else process.on("exit", () => report());

function report(): void {
  const destinations = log.metrics().destinations.map((
    { name, accepted, written, pending, dropped, diverted, received },
  ) => ({ name, accepted, written, pending, dropped, diverted, received }));
  writeFileSync(`${directory}/report.json`, JSON.stringify({ count: i, circuit, destinations }));
}

if (ending === "close") report();
else process.exit(0);
