/**
 * Numbers of errors, as a call of the C library leaves them in `errno`.
 *
 * @module
 */

/** The numbers of this system, by name. */
export function errnoNumbers(): Record<string, number> {
  return process.getBuiltinModule("node:os").constants.errno;
}

/** Makes the error of a call of the C library that has failed with a number, as perror(3) words it. */
export function errnoError(call: string, { number, path }: { readonly number: number; readonly path?: string }): Error {
  const code = Object.entries(errnoNumbers()).find(([, value]) => value === number)?.[0] ?? `errno ${number}`;
  const what = path === undefined ? call : `${call} ${JSON.stringify(path)}`;
  return Object.assign(new Error(`${what}: ${code}`), { code, errno: -number, syscall: call });
}
