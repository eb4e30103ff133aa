/**
 * The one place where an error of the system gets its code, whatever the runtime has told of it.
 *
 * @module
 */

/** Codes by the names of Deno's classes of errors. A permission that Deno withheld is an `"EPERM"`. */
const BY_NAME: ReadonlyMap<unknown, string> = new Map([
  ["NotFound", "ENOENT"],
  ["AlreadyExists", "EEXIST"],
  ["PermissionDenied", "EACCES"],
  ["NotCapable", "EPERM"],
  ["WouldBlock", "EAGAIN"],
  ["BrokenPipe", "EPIPE"],
  ["ConnectionRefused", "ECONNREFUSED"],
  ["ConnectionReset", "ECONNRESET"],
  ["TimedOut", "ETIMEDOUT"],
  ["FilesystemLoop", "ELOOP"],
  ["IsADirectory", "EISDIR"],
  ["NotADirectory", "ENOTDIR"],
]);

/**
 * Codes by the numbers of errors that a runtime may have no name for: libuv does not know that of a quota, Deno tells
 * some by their number alone. The first ones are the same everywhere. Of the others, what a number is on one system is
 * nothing on the other that a call for files could meet.
 */
const BY_NUMBER: ReadonlyMap<number, string> = new Map([
  [2, "ENOENT"],
  [5, "EIO"],
  [12, "ENOMEM"],
  [13, "EACCES"],
  [17, "EEXIST"],
  [24, "EMFILE"],
  [27, "EFBIG"],
  [28, "ENOSPC"],
  [30, "EROFS"],
  // Linux
  [37, "ENOLCK"],
  [116, "ESTALE"],
  [122, "EDQUOT"],
  // macOS and the BSDs
  [69, "EDQUOT"],
  [70, "ESTALE"],
  [77, "ENOLCK"],
]);

/** What libuv says in the place of a code, and in a message, about a number that it does not know. */
const NO_CODE = /^(?:UNKNOWN$|Unknown system error)/;

/** How Deno, and libuv, tell a number in a message. */
const NUMBER = /\(os error (\d+)\)|Unknown system error -?(\d+)/;

/**
 * The system's code of an error (`"ENOENT"`), or a stand-in where the runtime gives none (`"EPERM"` for a permission
 * that Deno withheld), or `undefined`.
 */
export function errorCode(error: unknown): string | undefined {
  if (typeof error !== "object" || error === null) return undefined;
  const { code, name } = error as { code?: unknown; name?: unknown };
  const told = typeof code === "string" ? code : undefined;
  if (told !== undefined && !NO_CODE.test(told)) return told;
  const number = numberOf(error);
  return (number === undefined ? undefined : BY_NUMBER.get(number)) ?? BY_NAME.get(name) ?? told;
}

/** The number of an error: positive, as `errno` has it. */
function numberOf(error: { readonly errno?: unknown; readonly message?: unknown }): number | undefined {
  const { errno, message } = error;
  if (typeof errno === "number" && errno !== 0) return Math.abs(errno);
  const match = typeof message === "string" ? NUMBER.exec(message) : null;
  return match === null ? undefined : Number(match[1] ?? match[2]);
}
