/**
 * Numbers of errors, as a call of the C library leaves them in `errno`.
 *
 * @module
 */

/** The numbers of this system, by name. */
export function errnoNumbers(): Record<string, number> {
  return process.getBuiltinModule("node:os").constants.errno;
}

/** Makes the error of a call of the C library that has failed with a number. */
export function errnoError(what: string, { call, number }: { readonly call: string; readonly number: number }): Error {
  const code = Object.entries(errnoNumbers()).find(([, value]) => value === number)?.[0] ?? `errno ${number}`;
  return Object.assign(new Error(`${what}: ${code}`), { code, errno: -number, syscall: call });
}
