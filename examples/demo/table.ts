/**
 * Numbers and tables for people.
 *
 * @module
 */

/** A number with separators between the thousands. */
export function grouped(number: number): string {
  return Math.round(number).toLocaleString("en-US");
}

/** A number of bytes, as in `45.2 MiB`. */
export function bytes(count: number): string {
  const units = ["B", "KiB", "MiB", "GiB"];
  let unit = 0;
  for (; count >= 1024 && unit < units.length - 1; unit++) count /= 1024;
  return `${unit === 0 || Number.isInteger(count) ? count : count.toFixed(1)} ${units[unit]}`;
}

/** Milliseconds as seconds, as in `1.2 s`. */
export function seconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(1)} s`;
}

/** Lines up columns: the first `left` of them to the left, the others to the right. */
export function aligned(rows: readonly (readonly string[])[], left: number): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  return rows.map((row) =>
    "  " + row.map((cell, i) => (i < left ? cell.padEnd(widths[i]) : cell.padStart(widths[i]))).join("  ").trimEnd()
  );
}
