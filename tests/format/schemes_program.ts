/**
 * Logs numbered and signed records to the destination that its first argument names.
 *
 * @module
 */
import process from "node:process";
import { createLogger, format } from "../../mod.ts";

const [uri, key] = process.argv.slice(2) as [string, string];
const log = createLogger({ destinations: [{ uri, format: format.json({ sequence: true, chain: { key } }) }] });
for (let i = 0; i < 10; i++) log[i % 3 === 2 ? "warn" : "info"]("sold", { i });
await log.close();
