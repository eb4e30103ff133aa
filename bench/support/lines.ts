import { readFileSync } from "node:fs";
import { TEXT } from "../records.ts";

const NEWLINE = 10;

/**
 * Counts the lines of files, and looks at the first and last of each.
 *
 * @throws Error when there are more or fewer lines than expected, or a line is not a record of ours.
 */
export function checkLines(paths: readonly string[], expected: number): void {
  let count = 0;
  for (const path of paths) {
    const bytes = readFileSync(path);
    if (bytes.length === 0) continue;
    for (let at = bytes.indexOf(NEWLINE); at >= 0; at = bytes.indexOf(NEWLINE, at + 1)) count++;
    checkLine(bytes.subarray(0, bytes.indexOf(NEWLINE)));
    checkLine(bytes.subarray(bytes.lastIndexOf(NEWLINE, bytes.length - 2) + 1));
  }
  if (count !== expected) throw new Error(`Cannot use this measurement: ${count} lines instead of ${expected}`);
}

function checkLine(bytes: Uint8Array): void {
  const line = new TextDecoder().decode(bytes);
  const { msg, message } = JSON.parse(line) as { readonly msg?: unknown; readonly message?: unknown };
  if (msg !== TEXT && message !== TEXT) throw new Error(`Cannot use this measurement: a line reads ${line}`);
}
