/**
 * Entries of the journal on their way through a batch, which is made of lines, to the datagrams that journald takes: the
 * "Native Journal Protocol" of systemd.
 *
 * On the way an entry is one line: its fields `NAME=value` with a NUL between them. In a value, what would end the line
 * or the field stands as two characters, of which U+0001 is the first.
 *
 * @module
 */
import { utf8End } from "../../beginning.ts";

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

/** Makes the datagram of a line; `undefined` where it has more fields than journald takes. */
export function entryOf(line: Uint8Array): Uint8Array | undefined {
  if (line.includes(ESCAPE)) {
    const fields = fieldsOf(line);
    return fields.length > MOST_FIELDS ? undefined : entryOfFields(fields);
  }
  // No value has a newline, so the simple form will do: NAME=value and a newline.
  const entry = new Uint8Array(line.length + 1);
  entry.set(line);
  let count = 1;
  for (let at = entry.indexOf(NUL); at >= 0 && at < line.length; at = entry.indexOf(NUL, at + 1)) {
    entry[at] = NEWLINE;
    count++;
  }
  if (count > MOST_FIELDS) return undefined;
  entry[line.length] = NEWLINE;
  return entry;
}

/** What stands in an entry of which something was cut off. */
const MARK = new TextEncoder().encode("LOG_TRUNCATED");
const ONE = new Uint8Array([49]);

/** Fields of an entry; journald ignores one that has 1,024 (`ENTRY_FIELD_COUNT_MAX`). */
const MOST_FIELDS = 1_000;

/** Bytes of a value that are worth more than a further field. */
const LEAST_VALUE = 64;

/**
 * Makes a shorter datagram of a line: the longest values lose their ends, at a character, until it takes no more than
 * `limit` bytes. Of more than 1,000 fields, and of so many that 64 bytes of each are too long, the last ones are left out.
 * A further field `LOG_TRUNCATED=1` tells of it. It stays longer where even the name of the first one takes more.
 */
export function shortEntryOf(line: Uint8Array, limit: number): Uint8Array {
  const mark = { name: MARK, value: ONE };
  const room = limit - lengthOf(mark);
  const fields: Field[] = [];
  let least = 0;
  for (const field of fieldsOf(line)) {
    least += lengthOf(field, LEAST_VALUE);
    if (fields.length === MOST_FIELDS - 1 || (fields.length > 0 && least > room)) break;
    fields.push(field);
  }
  let low = 0;
  let high = fields.reduce((most, { value }) => Math.max(most, value.length), 0);
  while (low < high) {
    const most = Math.ceil((low + high) / 2);
    if (fields.reduce((length, field) => length + lengthOf(field, most), 0) <= room) low = most;
    else high = most - 1;
  }
  for (const field of fields) {
    if (field.value.length <= low) continue;
    field.value = field.value.subarray(0, utf8End(field.value, low));
  }
  return entryOfFields([...fields, mark]);
}

/** Bytes that a field takes in a datagram, with no more than `most` of its value. */
function lengthOf({ name, value }: Field, most = Infinity): number {
  return name.length + 1 + (value.includes(NEWLINE) ? 8 : 0) + Math.min(value.length, most) + 1;
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
  const length = fields.reduce((sum, field) => sum + lengthOf(field), 0);
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
