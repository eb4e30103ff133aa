import { show } from "./validate.ts";

/** A name, or a name with `.*` for itself and all below it, or `*` for all. */
const PATTERN = /^([^\s.*]+\.)*([^\s.*]+|\*)$/;

/** Checks a text that names loggers: `"db.pool"`, or `"db.*"`. */
export function checkLoggerPattern(where: string, pattern: string): void {
  if (PATTERN.test(pattern)) return;
  throw new RangeError(
    `Cannot use option "${where}": ${show(pattern)} is neither a name such as "db.pool" nor a pattern such as "db.*"`,
  );
}
