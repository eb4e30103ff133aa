import { utf8End } from "../../beginning.ts";

/** Bytes of the MSG, with the space and the BOM before it, that the structured data leave room for. */
const LEFT_FOR_MESSAGE = 64 + 1 + 3;

/** Spaces between the beginning of a message and its structured data (RFC 5424, 6). */
const SPACES_IN_HEADER = 6;

/** What stands at the end of a message that was cut. */
const MARK = new Uint8Array([46, 46, 46]);

/** NILVALUE (RFC 5424, 6). */
const NIL = new Uint8Array([45]);

const SPACE = 32;
const QUOTE = 34;
const ONE = 49;
const LESS = 60;
const GREATER = 62;
const OPENING = 91;
const BACKSLASH = 92;
const CLOSING = 93;

/**
 * A message that is shortened to `limit` bytes where it is longer, and is still one (RFC 5424, 6 and 6.1): fields of the
 * structured data go first, the last ones before the others, as far as they leave the MSG no room; then the end of the
 * MSG, before the last character that would be whole no more. A MSG that was cut ends in `...`.
 *
 * It stays longer where even the header takes more.
 */
export function cut(message: Uint8Array, limit: number): Uint8Array {
  if (message.length <= limit) return message;
  const data = structuredDataOf(message);
  if (data === undefined) return cutEnd(message, limit);
  const { start, end } = data;
  const room = limit - start - Math.min(message.length - end, LEFT_FOR_MESSAGE);
  const kept = end - start <= room ? message.subarray(start, end) : fittingData(message.subarray(start, end), room);
  const length = start + kept.length;
  if (length + message.length - end <= limit) return joined(message.subarray(0, start), kept, message.subarray(end));
  // Without room for a space and the mark behind it there is none for a MSG.
  if (end === message.length || length + 1 + MARK.length > limit) return joined(message.subarray(0, start), NIL);
  return cutEnd(joined(message.subarray(0, start), kept, message.subarray(end)), limit);
}

/** Cuts the end off, before the last character that would be whole no more, and puts the mark there. */
function cutEnd(message: Uint8Array, limit: number): Uint8Array {
  return joined(message.subarray(0, utf8End(message, limit - MARK.length)), MARK);
}

/** Where the structured data of a message stand; `undefined` in what is not of RFC 5424. */
function structuredDataOf(message: Uint8Array): { readonly start: number; readonly end: number } | undefined {
  const version = message.indexOf(GREATER) + 1;
  if (message[0] !== LESS || message[version] !== ONE || message[version + 1] !== SPACE) return undefined;
  let start = 0;
  for (let spaces = 0; spaces < SPACES_IN_HEADER; spaces++) {
    start = message.indexOf(SPACE, start) + 1;
    if (start === 0) return undefined;
  }
  if (message[start] !== OPENING) return { start, end: start + 1 };
  let isInValue = false;
  for (let at = start; at < message.length; at++) {
    const byte = message[at];
    if (byte === QUOTE) isInValue = !isInValue;
    else if (isInValue && byte === BACKSLASH) at++;
    else if (!isInValue && byte === CLOSING) return { start, end: at + 1 };
  }
  return undefined;
}

/** The element with as many of its first parameters as find room; NILVALUE where none does. */
function fittingData(element: Uint8Array, room: number): Uint8Array {
  let end = 0;
  let isInValue = false;
  for (let at = 0; at + 1 < room; at++) {
    const byte = element[at];
    if (isInValue && byte === BACKSLASH) at++;
    if (byte !== QUOTE) continue;
    isInValue = !isInValue;
    if (!isInValue) end = at + 1;
  }
  return end === 0 ? NIL : joined(element.subarray(0, end), element.subarray(-1));
}

function joined(...parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
