/**
 * What the benchmarks log. Every subject logs the same records, each in the way its documentation shows.
 *
 * @module
 */

/** The kinds that every subject is measured with. */
export const KINDS = ["disabled", "simple", "five", "child", "nested", "error", "large"] as const;

/** The kinds that are measured until their lines are in the file. */
export const DELIVERED_KINDS = [
  "simple",
  "five",
  "child",
  "nested",
  "fields:20",
  "unicode",
  "error",
  "large",
] as const;

/** A kind of record: one of the kinds above, so many fields, or a text of so many bytes. */
export type Kind = typeof KINDS[number] | typeof DELIVERED_KINDS[number] | `fields:${number}` | `bytes:${number}`;

/** Fields of a record. */
export type Fields = Record<string, unknown>;

/** What a log call is given. */
export interface Work {
  /** Its level; debug is the disabled one. */
  readonly level: "debug" | "info" | "error";
  /** Its text. */
  readonly text: string;
  /** Fields that a child binds. */
  readonly bound?: Fields;
  /** Makes the fields of the record of a number; absent: it has none. */
  readonly fields?: (number: number) => Fields;
}

/** How tables name the kinds. */
export const TITLES: { readonly [K in typeof KINDS[number] | typeof DELIVERED_KINDS[number]]: string } = {
  disabled: "disabled level",
  simple: "no fields",
  five: "five fields",
  child: "child, 3 bound + 2",
  nested: "nested object",
  "fields:20": "20 fields",
  unicode: "unicode",
  error: "error with cause",
  large: "1 KB message",
};

/** Returns the title of a kind. */
export function titleOf(kind: string): string {
  return TITLES[kind as keyof typeof TITLES] ?? kind;
}

/** The text of every record, at its beginning at least. */
export const TEXT = "request handled";

const BOUND = { service: "checkout", region: "eu-central-1", version: 7 };
const LARGE_BYTES = 1024;

/** Returns what is logged for a kind. */
export function workOf(kind: Kind): Work {
  switch (kind) {
    case "disabled":
      return { level: "debug", text: TEXT };
    case "simple":
      return { level: "info", text: TEXT };
    case "five":
      return { level: "info", text: TEXT, fields: fiveFields };
    case "child":
      return { level: "info", text: TEXT, bound: BOUND, fields: twoFields };
    case "nested":
      return { level: "info", text: TEXT, fields: nestedFields };
    case "unicode":
      return { level: "info", text: `${TEXT}: größer als früher, 注文は東京から 🎉`, fields: unicodeFields };
    case "error":
      return { level: "error", text: TEXT, fields: errorFields() };
    case "large":
      return { level: "info", text: textOf(LARGE_BYTES) };
  }
  const [name, size] = kind.split(":");
  if (name === "bytes") return { level: "info", text: textOf(Number(size)) };
  if (size === "0") return { level: "info", text: TEXT };
  return { level: "info", text: TEXT, fields: manyFields(Number(size)) };
}

/** Two strings, two whole numbers, one of which is new each time, and a fraction. */
export function fiveFields(number: number): Fields {
  return { method: "GET", path: "/api/v1/items", status: 200, user_id: number, duration_ms: (number & 1023) / 8 };
}

function twoFields(number: number): Fields {
  return { user_id: number, cached: true };
}

function nestedFields(number: number): Fields {
  return {
    user: { id: number, name: "Ann Example", roles: ["reader", "writer"] },
    request: { method: "GET", headers: { accept: "application/json", host: "example.com" }, sizes: [1, 20, 300] },
  };
}

function unicodeFields(number: number): Fields {
  return { customer: number % 2 === 0 ? "Jürgen Größmann" : "山田 太郎", note: "schön 素晴らしい 👍🏽" };
}

/**
 * Errors that are there already, with their stacks made: making one costs more than logging it, and the same for every
 * logger.
 */
function errorFields(): (number: number) => Fields {
  const errors = Array.from({ length: 64 }, (_, number) => {
    const error = new Error(`payment ${number} failed`, { cause: new Error("card declined") });
    return error.stack === undefined ? new Error() : error;
  });
  return (number) => ({ err: errors[number & 63] });
}

/** Objects that are there already, so that their making, which grows too, is not measured. */
function manyFields(count: number): (number: number) => Fields {
  const objects = Array.from({ length: 64 }, (_, number) => {
    const fields: Fields = {};
    for (let i = 0; i < count; i++) fields[`field_${i}`] = i % 2 === 0 ? number + i : "a short value";
    return fields;
  });
  return (number) => objects[number & 63] as Fields;
}

/** A plain text of so many bytes. */
function textOf(bytes: number): string {
  return bytes < TEXT.length
    ? TEXT.slice(0, bytes)
    : TEXT + ", and more".repeat(bytes / 10 + 1).slice(0, bytes - TEXT.length);
}
