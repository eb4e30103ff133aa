/**
 * Runs a program of this project on the pinned Deno, with everything installed that it needs:
 * `deno run -A tools/run.ts <program> [arguments]`.
 *
 * @module
 */
import { spawnSync } from "node:child_process";
import process from "node:process";
import { ensureInstalled, projectRoot, runtimes } from "./setup.ts";

ensureInstalled();
const result = spawnSync(runtimes().deno, ["run", "-A", ...Deno.args], { cwd: projectRoot, stdio: "inherit" });
if (result.error !== undefined) throw result.error;
process.exit(result.status ?? 1);
