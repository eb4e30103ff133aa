import { checkArray, checkFunction, checkInteger, checkObject, show } from "../validate.ts";

/**
 * Makes something that can be logged of a field's value. It must not change what it is given; what it returns is
 * copied like any other value, and `undefined` leaves the field out.
 */
export type Serializer = (value: unknown) => unknown;

/** A class and what makes something that can be logged of its instances; made by {@linkcode classSerializer}. */
export type ClassSerializer = readonly [
  type: { readonly prototype: object },
  serialize: (instance: never) => unknown,
];

/** What is logged of errors. */
export interface ErrorSnapshotOptions {
  /** The stack as the runtime's text, as an array of frames (`{ function, file, line, column }`), or none. @default true */
  readonly stack?: boolean | "frames";
  /** How many errors deep `cause` and `errors` are followed; what lies deeper is `"[Type: message]"`. @default 20 */
  readonly depth?: number;
}

/** How values are copied. */
export interface SnapshotOptions {
  /** Levels of nested objects in a field; what lies deeper is `"[Object]"` or `"[Array]"`. From 1 to 100. @default 12 */
  readonly maxDepth?: number;
  /** Entries of one object, array, Map or Set; further ones are counted as `"[5 more]"`. @default 1000 */
  readonly maxEntries?: number;
  /** Values within one field, at all levels; further ones are counted as `"[5 more]"`. @default 20000 */
  readonly maxValues?: number;
  /**
   * Length of one string in UTF-16 units; what is longer ends with `"...[+1234 chars]"`. No string is longer than 64
   * Mi, and the strings of a record's own fields are cut when they have more than 64 Mi together. @default Infinity
   */
  readonly maxString?: number;
  /** Serialisers of fields of a record, by the name of the field. */
  readonly serializers?: { readonly [field: string]: Serializer };
  /** Serialisers of instances, at any depth; the one of the nearest class decides. */
  readonly classes?: readonly ClassSerializer[];
  /** What is logged of errors. */
  readonly errors?: ErrorSnapshotOptions;
}

/** {@linkcode SnapshotOptions}, checked and complete. */
export interface CheckedSnapshotOptions {
  readonly maxDepth: number;
  readonly maxEntries: number;
  readonly maxValues: number;
  readonly maxString: number;
  readonly stack: boolean | "frames";
  readonly errorDepth: number;
  readonly serializers: ReadonlyMap<string, Serializer>;
  readonly classes: ReadonlyMap<object, (instance: object) => unknown>;
}

const KEYS: ReadonlySet<string> = new Set([
  "maxDepth",
  "maxEntries",
  "maxValues",
  "maxString",
  "serializers",
  "classes",
  "errors",
]);
const ERROR_KEYS: ReadonlySet<string> = new Set(["stack", "depth"]);

/** Deepest nesting that copies and JSON.stringify are sure to manage on any runtime's call stack. */
const DEEPEST = 100;

/** What a limit of memory may be at the most. */
const MOST_VALUES = 1e7;

/**
 * Pairs a class with a serialiser of its instances, for the option `classes`.
 *
 * A serialiser that throws costs the value, which is replaced by `"[Serialiser failed: ...]"`, never the record.
 *
 * @example Decimals as text
 * ```ts
 * import { classSerializer, createLogger } from "@omni/log";
 *
 * class Decimal {
 *   digits = 125n;
 *   toFixed = () => `${this.digits / 100n}.${this.digits % 100n}`;
 * }
 * const directory = await Deno.makeTempDir();
 * await using log = createLogger({
 *   destinations: [`${directory}/app.log`],
 *   serialize: { classes: [classSerializer(Decimal, (decimal) => decimal.toFixed())] },
 * });
 * log.info("paid", { amount: new Decimal() }); // "amount":"1.25"
 * ```
 */
export function classSerializer<T extends object>(
  type: { readonly prototype: T },
  serialize: (instance: T) => unknown,
): ClassSerializer {
  return [type, serialize];
}

/** Checks the options of a snapshot. `where` stands before their names in error messages. */
export function checkSnapshotOptions(options: unknown, where = "serialize"): CheckedSnapshotOptions {
  checkObject(where, options, KEYS);
  const { maxDepth = 12, maxEntries = 1_000, maxValues = 20_000, maxString = Infinity, errors = {} } =
    options as SnapshotOptions;
  const { serializers = {}, classes = [] } = options as SnapshotOptions;
  checkObject(`${where}.errors`, errors, ERROR_KEYS);
  const { stack = true, depth = 20 } = errors;
  checkObject(`${where}.serializers`, serializers, undefined);
  const byField = Object.entries(serializers).map(([field, serializer]) =>
    [field, checkFunction<Serializer>(`${where}.serializers.${field}`, serializer)] as const
  );
  return {
    maxDepth: checkInteger(`${where}.maxDepth`, maxDepth, 1, DEEPEST),
    maxEntries: checkInteger(`${where}.maxEntries`, maxEntries, 1, MOST_VALUES),
    maxValues: checkInteger(`${where}.maxValues`, maxValues, 1, MOST_VALUES),
    maxString: maxString === Infinity ? Infinity : checkInteger(`${where}.maxString`, maxString, 1),
    stack: checkStack(`${where}.errors.stack`, stack),
    errorDepth: checkInteger(`${where}.errors.depth`, depth, 0, DEEPEST),
    serializers: new Map(byField),
    classes: new Map(checkArray(`${where}.classes`, classes, checkClass)),
  };
}

function checkStack(where: string, stack: unknown): boolean | "frames" {
  if (typeof stack === "boolean" || stack === "frames") return stack;
  throw new TypeError(`Cannot use option "${where}": expected true, false or "frames", got ${show(stack)}`);
}

function checkClass(where: string, pair: unknown): [prototype: object, serialize: (instance: object) => unknown] {
  if (!Array.isArray(pair) || pair.length !== 2) {
    throw new TypeError(`Cannot use option "${where}": expected a class and a function, got ${show(pair)}`);
  }
  const { prototype } = checkFunction<{ readonly prototype?: unknown }>(`${where}[0]`, pair[0]);
  if (typeof prototype !== "object" || prototype === null) {
    throw new TypeError(`Cannot use option "${where}[0]": expected a class, got a function without a prototype`);
  }
  return [prototype, checkFunction(`${where}[1]`, pair[1])];
}
