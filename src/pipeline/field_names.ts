/** Names that the record itself uses; they come first and are never doubled. */
const RESERVED: ReadonlySet<string> = new Set(["time", "level", "msg"]);

/** What is put before a field whose name is taken. */
export const PREFIX = "fields.";

/**
 * Names under which fields appear in a record: a field called `time`, `level` or `msg` becomes `fields.time` and so
 * on; if the program has a field of that name too, the prefix is repeated.
 *
 * @param reserved Names that the record itself uses, where a format names them otherwise.
 */
export function recordNames(keys: readonly string[], reserved: ReadonlySet<string> = RESERVED): string[] {
  return keys.some((key) => reserved.has(key)) ? distinctNames(keys, keys, { reserved }) : keys as string[];
}

/**
 * The same for formats that also change names: each field gets the name that is wanted for it, or, if that is taken,
 * the name with the prefix before it, up to three times, or with a number in the prefix. A field that keeps its name has the first right to it.
 *
 * @param wanted For each key the name it should appear under.
 */
export function distinctNames(
  keys: readonly string[],
  wanted: readonly string[],
  options: { readonly reserved?: ReadonlySet<string>; readonly prefix?: string } = {},
): string[] {
  const { reserved = RESERVED, prefix = PREFIX } = options;
  const keeps = (key: string, index: number) => wanted[index] === key && !reserved.has(key);
  const taken = new Set(keys.filter(keeps));
  const repeats = new Map<string, number>();
  return keys.map((key, index) => {
    if (keeps(key, index)) return key;
    const base = wanted[index] as string;
    // Those that want the same go on where the one before them has found a name, or each would try all of them.
    let repeat = repeats.get(base) ?? 0;
    let name = prefixed(base, prefix, repeat);
    while (reserved.has(name) || taken.has(name)) name = prefixed(base, prefix, ++repeat);
    repeats.set(base, repeat);
    taken.add(name);
    return name;
  });
}

/** Prefixes that are written out; more of them are counted, as in `fields4.time`: a thousand would be the record. */
const MOST_PREFIXES = 3;

function prefixed(name: string, prefix: string, repeat: number): string {
  return repeat <= MOST_PREFIXES
    ? prefix.repeat(repeat) + name
    : `${prefix.slice(0, -1)}${repeat}${prefix.slice(-1)}${name}`;
}

/** Whether a name might be the one that another field gets from {@linkcode recordNames}. */
export function isPrefixed(key: string): boolean {
  return /^fields\d*\./.test(key);
}
