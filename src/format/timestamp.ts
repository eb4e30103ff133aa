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
  const millis = Math.floor(time - second * 1000);
  return lastText = `${prefix}${millis >= 0 && millis < 1000 ? String(millis).padStart(3, "0") : "000"}Z`;
}
