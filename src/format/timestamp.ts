const THREE_DIGITS: readonly string[] = Array.from({ length: 1000 }, (_, n) => String(n).padStart(3, "0") + "Z");

let lastSecond = NaN;
let prefix = "";
let lastTime = NaN;
let lastText = "";

/**
 * A time in milliseconds since the epoch as `2026-11-23T11:02:15.123Z` (RFC 3339, ISO 8601). Most records are made in
 * the same millisecond as the one before, or at least in the same second.
 */
export function timestamp(time: number): string {
  if (time === lastTime) return lastText;
  const second = Math.floor(time / 1000);
  if (second !== lastSecond) {
    // What Date cannot express, no clock shows; the epoch is as good as any.
    const date = new Date(Math.abs(time) <= 8.64e15 ? second * 1000 : 0);
    prefix = date.toISOString().slice(0, -4);
    lastSecond = second;
  }
  lastTime = time;
  return lastText = prefix + (THREE_DIGITS[Math.floor(time - second * 1000)] ?? "000Z");
}
