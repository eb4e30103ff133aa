/**
 * Where texts are cut: never within a character.
 *
 * @module
 */

/** The first `length` UTF-16 units of a text, or one less where that would leave half of a surrogate pair. */
export function beginning(text: string, length: number): string {
  return text.length <= length ? text : text.slice(0, characterEnd(text, length));
}

/** The last place at or before `length` in a text where no surrogate pair is split. */
export function characterEnd(text: string, length: number): number {
  const last = text.charCodeAt(length - 1);
  return last >= 0xd800 && last <= 0xdbff ? length - 1 : length;
}

/** The last place at or before `length` in UTF-8 (RFC 3629) where no character is split. */
export function utf8End(bytes: Uint8Array, length: number): number {
  let end = Math.max(length, 0);
  while (end > 0 && ((bytes[end] as number) & 0xc0) === 0x80) end--;
  return end;
}
