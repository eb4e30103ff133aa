/**
 * Entries of the journal on their way through a batch, which is made of lines, to the datagrams that journald takes: the
 * "Native Journal Protocol" of systemd.
 *
 * On the way an entry is one line: its fields `NAME=value` with a NUL between them. In a value, what would end the line
 * or the field stands as two characters, of which U+0001 is the first.
 *
 * @module
 */

/** Between the fields of an entry on its way. */
const NUL = 0;
const ESCAPE = 1;
const NEWLINE = 10;
const EQUALS = 61;

// deno-lint-ignore no-control-regex
const SPECIAL = /[\0\x01\n]/;
// deno-lint-ignore no-control-regex
const SPECIALS = /[\0\x01\n]/g;

/** Puts a value into the form in which it is on its way. */
export function escapeValue(value: string): string {
  return SPECIAL.test(value)
    ? value.replace(SPECIALS, (c) => (c === "\n" ? "\x01n" : c === "\0" ? "\x010" : "\x011"))
    : value;
}

/** One field of an entry. */
interface Field {
  /** `NAME`, in UTF-8. */
  readonly name: Uint8Array;
  value: Uint8Array;
}

/** Makes the datagram of a line. */
export function entryOf(line: Uint8Array): Uint8Array {
  if (line.includes(ESCAPE)) return entryOfFields(fieldsOf(line));
  // No value has a newline, so the simple form will do: NAME=value and a newline.
  const entry = new Uint8Array(line.length + 1);
  entry.set(line);
  for (let at = entry.indexOf(NUL); at >= 0 && at < line.length; at = entry.indexOf(NUL, at + 1)) entry[at] = NEWLINE;
  entry[line.length] = NEWLINE;
  return entry;
}

/** What stands in an entry of which something was cut off. */
const MARK = new TextEncoder().encode("LOG_TRUNCATED");
const ONE = new Uint8Array([49]);

/**
 * Makes a shorter datagram of a line: the longest values lose their ends, at a character, until it takes no more than
 * `limit` bytes; a further field `LOG_TRUNCATED=1` tells of it. It stays longer where even the names take more.
 */
export function shortEntryOf(line: Uint8Array, limit: number): Uint8Array {
  const fields = [...fieldsOf(line), { name: MARK, value: ONE }];
  for (;;) {
    const entry = entryOfFields(fields);
    const excess = entry.length - limit;
    if (excess <= 0) return entry;
    const longest = fields.reduce((a, b) => (b.value.length > a.value.length ? b : a));
    if (longest.value.length <= 1) return entry;
    let end = Math.max(0, longest.value.length - excess);
    while (end > 0 && ((longest.value[end] as number) & 0xc0) === 0x80) end--;
    longest.value = longest.value.subarray(0, end);
  }
}

function fieldsOf(line: Uint8Array): Field[] {
  const fields: Field[] = [];
  for (let at = 0; at <= line.length;) {
    const next = line.indexOf(NUL, at);
    const end = next < 0 ? line.length : next;
    const field = line.subarray(at, end);
    const equals = field.indexOf(EQUALS);
    if (equals > 0) fields.push({ name: field.subarray(0, equals), value: unescape(field.subarray(equals + 1)) });
    at = end + 1;
  }
  return fields;
}

function unescape(value: Uint8Array): Uint8Array {
  const plain = new Uint8Array(value.length);
  let length = 0;
  for (let at = 0; at < value.length; at++) {
    const byte = value[at] as number;
    plain[length++] = byte !== ESCAPE ? byte : ESCAPED[value[++at] as number] ?? ESCAPE;
  }
  return plain.subarray(0, length);
}

/** What `n`, `0` and `1` after the escape stand for. */
const ESCAPED: { readonly [code: number]: number | undefined } = { 110: NEWLINE, 48: NUL, 49: ESCAPE };

/** A value with a newline has its length in front, 64 bits little-endian, and the name alone on the line before. */
function entryOfFields(fields: readonly Field[]): Uint8Array {
  let length = 0;
  for (const { name, value } of fields) {
    length += name.length + 1 + (value.includes(NEWLINE) ? 8 : 0) + value.length + 1;
  }
  const entry = new Uint8Array(length);
  const view = new DataView(entry.buffer);
  let at = 0;
  for (const { name, value } of fields) {
    entry.set(name, at);
    at += name.length;
    const isLong = value.includes(NEWLINE);
    entry[at++] = isLong ? NEWLINE : EQUALS;
    if (isLong) {
      view.setBigUint64(at, BigInt(value.length), true);
      at += 8;
    }
    entry.set(value, at);
    at += value.length;
    entry[at++] = NEWLINE;
  }
  return entry;
}
