/** Rotate by size and by day, compress, and keep only so much. Runs on Deno, Bun and Node. */
import { readdirSync } from "node:fs";
import { createLogger } from "../mod.ts";

const log = createLogger({
  destinations: [{
    name: "file",
    uri: "logs/app.log", // the directory is made
    rotate: {
      maxBytes: "16KiB",
      every: "day",
      compress: "gzip",
      // The oldest go as soon as one of the limits is passed.
      maxFiles: 3,
      maxAge: "30d",
      maxTotalBytes: "1MB",
    },
  }],
});

for (let number = 1; number <= 2000; number++) log.info("order shipped", { number });
await log.close();

console.log(`${log.metrics().destinations[0].rotations} rotations`);
for (const name of readdirSync("logs").sort()) console.log(name);
