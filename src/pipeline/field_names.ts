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
 * the name with the prefix before it, as often as needed. A field that keeps its name has the first right to it.
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
  return keys.map((key, index) => {
    if (keeps(key, index)) return key;
    let name = wanted[index] as string;
    while (reserved.has(name) || taken.has(name)) name = prefix + name;
    taken.add(name);
    return name;
  });
}

/** Whether a name might be the one that another field gets from {@linkcode recordNames}. */
export function isPrefixed(key: string): boolean {
  return key.startsWith(PREFIX);
}
