import { show } from "../validate.ts";

/** Objects and arrays within each other, at most. */
const MAX_DEPTH = 100;

/**
 * Copies plain data, as it could stand in a JSON file; throws for everything else, naming the place. What is
 * `undefined` is left out.
 *
 * @param where Where it stands; empty for the whole.
 */
export function copyPlainData(where: string, value: unknown, depth = 0): unknown {
  switch (typeof value) {
    case "string":
    case "boolean":
      return value;
    case "number":
      if (Number.isFinite(value)) return value;
      break;
    case "object":
      if (value === null) return null;
      if (depth >= MAX_DEPTH) throw refuse(where, `more than ${MAX_DEPTH} objects and arrays within each other`);
      if (Array.isArray(value)) return value.map((item, index) => copyPlainData(`${where}[${index}]`, item, depth + 1));
      if (isPlain(value)) return copyObject(where, value, depth);
  }
  throw refuse(where, `expected plain data, got ${show(value)}`);
}

function copyObject(where: string, value: object, depth: number): Record<string, unknown> {
  const entries = Object.entries(value).filter(([, item]) => item !== undefined).map(([key, item]) =>
    [key, copyPlainData(where === "" ? key : `${where}.${key}`, item, depth + 1)] as const
  );
  return Object.fromEntries(entries);
}

function isPlain(value: object): boolean {
  const prototype = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

function refuse(where: string, problem: string): TypeError {
  return new TypeError(`Cannot use option "${where === "" ? "options" : where}": ${problem}`);
}
