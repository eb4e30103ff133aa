/**
 * The names that a copy has changed: of two equal ones the second is called `name (2)`, and the end of one that is longer
 * than `maxString` is left out, see `snapshot_text.ts`. Redaction goes by the name that it was. The mark is read, rather
 * than the name remembered beside it, since a middleware may have made another object of the copy.
 *
 * @module
 */

/** A name without the last of its marks. */
export interface MarkedName {
  readonly name: string;
  /** How many units are missing at its end. */
  readonly missing: number;
}

const NUMBERED = / \(\d+\)$/;
const CUT = /\.\.\.\[\+(\d+) chars\]$/;

/** Units of the longest mark. */
const LONGEST_MARK = 40;

/** Takes the last mark off a name; `undefined` where it has none. */
export function readMarks(name: string): MarkedName | undefined {
  const last = name.charCodeAt(name.length - 1);
  if (last !== 41 && last !== 93) return undefined;
  // Not the whole of a long name: an expression that is tied to the end alone starts at each of its units.
  const end = name.slice(-LONGEST_MARK);
  const mark = (last === 41 ? NUMBERED : CUT).exec(end);
  if (mark === null) return undefined;
  return { name: name.slice(0, name.length - mark[0].length), missing: Number(mark[1] ?? 0) };
}

/** Whether a name may have been another one before it was marked. */
export function mayHaveBeen(marked: string, original: string): boolean {
  for (let rest = readMarks(marked); rest !== undefined; rest = readMarks(rest.name)) {
    if (rest.missing > 0) return original.length === rest.name.length + rest.missing && original.startsWith(rest.name);
    if (rest.name === original) return true;
  }
  return false;
}
