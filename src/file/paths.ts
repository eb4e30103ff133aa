/**
 * Paths as the library needs them: both separators are understood, the one that a path uses is kept.
 *
 * @module
 */

/** The directory part of a path without its last separator, `"."` when there is none. */
export function directoryOf(path: string): string {
  const end = lastSeparator(path);
  return end < 0 ? "." : end === 0 ? path.slice(0, 1) : path.slice(0, end);
}

/** The last part of a path. */
export function nameOf(path: string): string {
  return path.slice(lastSeparator(path) + 1);
}

/** The path of another name in the directory of `path`. */
export function siblingOf(path: string, name: string): string {
  return path.slice(0, lastSeparator(path) + 1) + name;
}

function lastSeparator(path: string): number {
  return Math.max(path.lastIndexOf("/"), path.lastIndexOf("\\"));
}
