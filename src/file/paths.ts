/**
 * Absolute paths, as the library needs them. One that begins with a slash is a POSIX path, in which a backslash is a
 * character like any other; elsewhere both separate, and the one that a path uses is kept.
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

/** Whether a backslash separates the parts of a path. */
export function hasBackslashes(path: string): boolean {
  return !path.startsWith("/");
}

function lastSeparator(path: string): number {
  const slash = path.lastIndexOf("/");
  return hasBackslashes(path) ? Math.max(slash, path.lastIndexOf("\\")) : slash;
}
