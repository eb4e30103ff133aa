import type { SyslogFraming } from "./syslog_settings.ts";

const NEWLINE = 10;
const SPACE = 32;
const ZERO = 48;

/** What stands at the end of a message that was cut. */
const MARK = new Uint8Array([46, 46, 46]);

/**
 * The end of a message that is to take no more than `limit` bytes: before the last character that would be whole no
 * more (RFC 5424, 6.1), with room for the mark. Only the MSG is ever cut, since header and structured data are shorter.
 */
export function cutAt(bytes: Uint8Array, limit: number): number {
  let end = limit - MARK.length;
  while (end > 0 && ((bytes[end] as number) & 0xc0) === 0x80) end--;
  return end;
}

/** A message that is cut to `limit` bytes where it is longer; it ends in `...` then. */
export function cut(message: Uint8Array, limit: number): Uint8Array {
  if (message.length <= limit) return message;
  const end = cutAt(message, limit);
  const shorter = new Uint8Array(end + MARK.length);
  shorter.set(message.subarray(0, end));
  shorter.set(MARK, end);
  return shorter;
}

/** Messages as they go into a stream. */
export interface Framed {
  readonly bytes: Uint8Array;
  /** Messages that were cut. */
  readonly cuts: number;
}

/**
 * Frames whole lines for a stream: by newline as they are (RFC 6587, 3.4.2), or each with its length in front instead
 * (3.4.1): `MSG-LEN SP SYSLOG-MSG`.
 */
export function frame(lines: Uint8Array, framing: SyslogFraming, limit: number): Framed {
  let count = 0;
  let cuts = 0;
  for (let at = 0; at < lines.length;) {
    const end = lines.indexOf(NEWLINE, at);
    count++;
    if (end - at > limit) cuts++;
    at = end + 1;
  }
  if (framing === "lf" && cuts === 0) return { bytes: lines, cuts };
  const framed = new Uint8Array(lines.length + (framing === "lf" ? 0 : count * digits(Math.min(limit, lines.length))));
  let to = 0;
  for (let at = 0; at < lines.length;) {
    const end = lines.indexOf(NEWLINE, at);
    const isCut = end - at > limit;
    const until = isCut ? at + cutAt(lines.subarray(at, end), limit) : end;
    if (framing === "octet-counting") to = putNumber(framed, to, until - at + (isCut ? MARK.length : 0));
    framed.set(lines.subarray(at, until), to);
    to += until - at;
    if (isCut) {
      framed.set(MARK, to);
      to += MARK.length;
    }
    if (framing === "lf") framed[to++] = NEWLINE;
    at = end + 1;
  }
  return { bytes: framed.subarray(0, to), cuts };
}

/** Puts a number and a space; returns where they end. */
function putNumber(bytes: Uint8Array, at: number, number: number): number {
  const end = at + digits(number);
  for (let to = end - 1, rest = number; to >= at; to--, rest = Math.floor(rest / 10)) bytes[to] = ZERO + rest % 10;
  bytes[end] = SPACE;
  return end + 1;
}

function digits(number: number): number {
  let count = 1;
  for (let rest = number; rest >= 10; rest /= 10) count++;
  return count;
}
