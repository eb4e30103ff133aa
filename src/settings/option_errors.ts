/**
 * Errors about options that were found in another place than where they are checked: in a file, in a variable, as the
 * argument of a function.
 *
 * @module
 */

const OPTION = /^Cannot use option "(.*?)": /s;

/**
 * Calls a function, and has the error that it throws say something else about the place of the option. Errors about no
 * option are thrown as they are.
 *
 * @param place What stands between "Cannot use option" and the colon, made of the name of the option.
 */
export function withPlace<T>(place: (option: string) => string, call: () => T): T {
  try {
    return call();
  } catch (error) {
    throw placed(error, place);
  }
}

/** The same error with the name of the option under another one: `from.level` as `to.level`. */
export function relocated<T>(from: string, to: string, call: () => T): T {
  return withPlace((option) => `"${moved(option, from, to)}"`, call);
}

function moved(option: string, from: string, to: string): string {
  if (!option.startsWith(from)) return option;
  const rest = option.slice(from.length);
  return rest === "" || rest.startsWith(".") || rest.startsWith("[") ? to + rest : option;
}

const KINDS = [TypeError, RangeError, SyntaxError] as const;

function placed(error: unknown, place: (option: string) => string): unknown {
  const Kind = KINDS.find((kind) => error instanceof kind);
  if (Kind === undefined) return error;
  const { message, cause } = error as Error;
  const match = OPTION.exec(message);
  if (match === null) return error;
  const moved = `Cannot use option ${place(match[1] as string)}: ${message.slice(match[0].length)}`;
  return new Kind(moved, cause === undefined ? undefined : { cause });
}
