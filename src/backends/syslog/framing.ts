import { cut } from "./cut.ts";
import type { SyslogFraming } from "./syslog_settings.ts";

const NEWLINE = 10;
const SPACE = 32;
const ZERO = 48;

/** Messages as they go into a stream. */
export interface Framed {
  readonly bytes: Uint8Array;
  /** Messages that were cut. */
  readonly cuts: number;
}

/**
 * Frames whole lines for a stream: by newline as they are (RFC 6587, 3.4.2), or each with its length in front instead
 * (3.4.1): `MSG-LEN SP SYSLOG-MSG`. What is longer than `limit` bytes is cut, which must leave room for the header.
 */
export function frame(lines: Uint8Array, framing: SyslogFraming, limit: number): Framed {
  let count = 0;
  const cuts: Uint8Array[] = [];
  for (let at = 0; at < lines.length;) {
    const end = lines.indexOf(NEWLINE, at);
    count++;
    if (end - at > limit) cuts.push(cut(lines.subarray(at, end), limit));
    at = end + 1;
  }
  if (framing === "lf" && cuts.length === 0) return { bytes: lines, cuts: 0 };
  const framed = new Uint8Array(lines.length + (framing === "lf" ? 0 : count * digits(Math.min(limit, lines.length))));
  let to = 0;
  let nextCut = 0;
  for (let at = 0; at < lines.length;) {
    const end = lines.indexOf(NEWLINE, at);
    const message = end - at > limit ? cuts[nextCut++] as Uint8Array : lines.subarray(at, end);
    if (framing === "octet-counting") to = putNumber(framed, to, message.length);
    framed.set(message, to);
    to += message.length;
    if (framing === "lf") framed[to++] = NEWLINE;
    at = end + 1;
  }
  return { bytes: framed.subarray(0, to), cuts: cuts.length };
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
