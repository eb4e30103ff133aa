/** Formats of your own: one of the Elastic Common Schema for the file, a short one for the console. */
import { createLogger, type Formatter } from "../mod.ts";

const ecs: Formatter = ({ time, level, msg, fields }) =>
  JSON.stringify({
    "@timestamp": new Date(time).toISOString(),
    "log.level": level,
    "message": msg,
    "ecs.version": "8.11",
    ...fields,
  });

const log = createLogger({
  destinations: [
    { uri: "ecs.log", format: ecs },
    { uri: "stdout:", format: ({ level, msg }) => `${level.toUpperCase().padEnd(5)} ${msg}` },
  ],
});
log.info("user logged in", { "user.id": "42" });
// A line break cannot make two records of one in a file.
log.warn("two\nlines");
await log.close();
