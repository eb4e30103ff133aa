import { compileCensor } from "./censor.ts";
import { compilePatterns, TextRedactor } from "./text_redactor.ts";

const where = "redactText";
const report = () => {};
const patterns = compilePatterns({ patterns: true }, where, report);
const all = patterns && new TextRedactor(patterns, compileCensor(undefined, where, report));

/**
 * A text without the secrets that the ready-made patterns find, `"[REDACTED]"` in their place: for error messages,
 * which quote what they were given.
 *
 * Takes time in proportion to the text, and never throws.
 *
 * @example Quote a URI in an error message
 * ```ts
 * import { redactText } from "@omni/log";
 * import assert from "node:assert/strict";
 *
 * assert.equal(redactText("Cannot connect to nats://app:hunter2@bus/"), "Cannot connect to nats://app:[REDACTED]@bus/");
 * ```
 */
export function redactText(text: string): string {
  return all === undefined ? text : all.redact(text, "", []);
}
