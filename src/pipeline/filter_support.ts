/**
 * What the filters and the samplers have in common.
 *
 * @module
 */
import type { Filter, Message } from "../message.ts";
import { show } from "../validate.ts";

/**
 * Where a field stands: its name, or the names on the way to it with dots between, `"user.id"`. A field whose name has
 * dots itself (`"http.method"`, as in OpenTelemetry) is found first. An array of names is taken as it is.
 */
export type FieldPath = string | readonly string[];

/** Gives a filter a name, which tells in metrics and error messages what it does. */
export function named(name: string, filter: Filter): Filter {
  return Object.defineProperty(filter, "name", { value: name, configurable: true });
}

/** Checks a path and returns a function that reads the field, or `undefined` where there is none. */
export function fieldReader(where: string, path: unknown): (message: Message) => unknown {
  const names = checkPath(where, path);
  if (typeof path !== "string" || names.length === 1) return ({ fields }) => readPath(fields, names);
  return ({ fields }) => fields !== undefined && Object.hasOwn(fields, path) ? fields[path] : readPath(fields, names);
}

/** How a path is shown in the name of a rule. */
export function showPath(path: FieldPath): string {
  return typeof path === "string" ? path : JSON.stringify(path);
}

function checkPath(where: string, path: unknown): readonly string[] {
  const names: unknown = typeof path === "string" ? path.split(".") : path;
  if (!Array.isArray(names) || !names.every((name) => typeof name === "string")) {
    throw new TypeError(`Cannot use option "${where}": expected a path such as "user.id", got ${show(path)}`);
  }
  if (names.length === 0 || names.includes("")) {
    throw new RangeError(`Cannot use option "${where}": a name in the path ${show(path)} is empty`);
  }
  return [...names];
}

/** Own properties only: `"constructor.name"` finds nothing that the program has not logged. */
function readPath(fields: unknown, names: readonly string[]): unknown {
  let value = fields;
  for (const name of names) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, name)) return undefined;
    value = (value as Record<string, unknown>)[name];
  }
  return value;
}

/** UTF-16 units of a text that regular expressions of the program see. */
const SEEN_BY_EXPRESSIONS = 65_536;

/**
 * Checks a regular expression and returns a test that keeps nothing from one call to the next.
 *
 * `lastIndex` of a global or sticky expression would make every second call fail: the test uses a copy, always from
 * the start, so that `g` has no meaning and `y` means "at the start".
 *
 * Of a longer text it sees the first 65,536 units: an expression may take the square of them in time.
 */
export function textMatcher(where: string, pattern: unknown): (text: string) => boolean {
  if (!(pattern instanceof RegExp)) {
    throw new TypeError(`Cannot use option "${where}": expected a regular expression, got ${show(pattern)}`);
  }
  const copy = new RegExp(pattern.source, pattern.flags.replace("g", ""));
  return (text) => {
    copy.lastIndex = 0;
    return copy.test(text.length > SEEN_BY_EXPRESSIONS ? text.slice(0, SEEN_BY_EXPRESSIONS) : text);
  };
}
