/**
 * Follows a settings file while it logs a numbered line every few milliseconds, until a file named `stop` stands beside
 * it. Tells on standard output what changed, what was reported, how far it has come (`line 20`) and at the end how many
 * lines it has logged.
 *
 * Arguments: its name, the directory.
 *
 * @module
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { setTimeout as wait } from "node:timers/promises";
import { detectRuntime } from "../../adapters/detect.ts";
import { createConfigure, getLogger } from "../../src/named.ts";
import { createSettingsFromFile } from "../../src/settings/sources.ts";
import { createWatchConfig } from "../../src/settings/watch_config.ts";
import { say } from "../support/writer_program_run.ts";

const [id = "", directory = ""] = process.argv.slice(2);
const config = join(directory, "log.json");
const log = createConfigure(detectRuntime)({
  destinations: [join(directory, "app.log")],
  ...createSettingsFromFile(detectRuntime)(config),
  onError: (error) => say(`error ${error.message}`),
});
const pool = getLogger("db.pool");
let changes = 0;
const watch = createWatchConfig(detectRuntime)(config, log, {
  interval: 20,
  onChange: ({ changed }) => say(`change ${changes++} ${changed.toSorted().join()}`),
});
say("ready");
let n = 0;
// A test that has failed stops nobody.
const latest = Date.now() + 60_000;
while (!existsSync(join(directory, "stop")) && Date.now() < latest) {
  log.error("line", { w: id, n: n++, password: "secret" });
  pool.debug("detail", { w: id });
  if (n % 20 === 0) say(`line ${n}`);
  await wait(2);
}
watch.stop();
await log.close();
const { dropped } = log.metrics();
say(`end ${JSON.stringify({ n, dropped })}`);
