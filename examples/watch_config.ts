/** Follow a settings file: change levels, filters and destinations of a program that runs, by editing a file. */
import { renameSync, writeFileSync } from "node:fs";
import { configure, getLogger, settingsFromFile, watchConfig } from "../mod.ts";

writeFileSync("log.json", JSON.stringify({ level: "info", destinations: ["app.log"] }));

// The environment could come on top: { ...settingsFromFile("log.json"), ...settingsFromEnvironment() }
const log = configure({
  destinations: ["app.log"],
  ...settingsFromFile("log.json"),
  onError: (error) => console.log(error.message.replace(/ of ".*?"/, "")),
});
const pool = getLogger("db.pool");
using watch = watchConfig("log.json", log, {
  onChange: ({ changed }) => console.log(`changed: ${changed.join(", ")}`),
});

pool.debug("not yet");
// A file is best replaced as a whole; processes that follow it see the old one or the new one.
writeFileSync(
  "log.json.new",
  JSON.stringify({ level: "info", levels: { "db.*": "debug" }, destinations: ["app.log"] }),
);
renameSync("log.json.new", "log.json");
watch.check(); // at once, rather than within a second
pool.debug("connection opened");

writeFileSync("log.json", '{ "level": "loud" }');
watch.check(); // reported, and what was set before goes on
pool.debug("connection closed");
await log.close();
