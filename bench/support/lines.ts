import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";

const NEWLINE = 10;

/** Options of {@linkcode countLines}. */
export interface LineOptions {
  /** What the text of each record begins with. */
  readonly text: string;
  /** Whether each line is JSON. @default true */
  readonly json?: boolean;
}

/**
 * Counts the lines of all files in a directory, compressed ones too, and looks at the first and last of each.
 *
 * @throws Error when a line is not a record of ours.
 */
export function countLines(directory: string, options: LineOptions): number {
  let count = 0;
  for (const name of readdirSync(directory)) {
    // winston and log4js keep lists of their files in hidden ones.
    if (name.startsWith(".")) continue;
    const path = join(directory, name);
    // There may be ten thousand empty ones.
    if (statSync(path).size === 0) continue;
    const bytes = contentOf(path);
    for (let at = bytes.indexOf(NEWLINE); at >= 0; at = bytes.indexOf(NEWLINE, at + 1)) count++;
    checkLine(bytes.subarray(0, bytes.indexOf(NEWLINE)), options);
    checkLine(bytes.subarray(bytes.lastIndexOf(NEWLINE, bytes.length - 2) + 1, bytes.length - 1), options);
  }
  return count;
}

function contentOf(path: string): Uint8Array {
  const bytes = readFileSync(path);
  return bytes[0] === 0x1f && bytes[1] === 0x8b ? gunzipSync(bytes) : bytes;
}

function checkLine(bytes: Uint8Array, { text, json = true }: LineOptions): void {
  const line = new TextDecoder().decode(bytes);
  if (json) JSON.parse(line);
  if (!line.includes(text)) throw new Error(`Cannot use this measurement: a line reads ${line.slice(0, 500)}`);
}
