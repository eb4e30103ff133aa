/** Names that the record itself uses; they come first and are never doubled. */
const RESERVED: ReadonlySet<string> = new Set(["time", "level", "msg"]);

/** What is put before a field whose name is taken. */
const PREFIX = "fields.";

/**
 * Names under which fields appear in a record: a field called `time`, `level` or `msg` becomes `fields.time` and so
 * on; if the program has a field of that name too, the prefix is repeated.
 */
export function recordNames(keys: readonly string[], reserved: ReadonlySet<string> = RESERVED): string[] {
  if (!keys.some((key) => reserved.has(key))) return keys as string[];
  const taken = new Set(keys.filter((key) => !reserved.has(key)));
  return keys.map((key) => {
    if (!reserved.has(key)) return key;
    let name = PREFIX + key;
    while (taken.has(name)) name = PREFIX + name;
    taken.add(name);
    return name;
  });
}

/** Whether a name might be the one that another field gets from {@linkcode recordNames}. */
export function isPrefixed(key: string): boolean {
  return key.startsWith(PREFIX);
}
