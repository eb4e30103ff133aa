const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

let lastSecond = NaN;
let lastText = "";

/** A time in milliseconds since the epoch as `Nov  3 11:02:15`, in local time without a year (RFC 3164, 4.1.2). */
export function bsdTimestamp(time: number): string {
  const second = Math.floor(time / 1000);
  if (second === lastSecond) return lastText;
  // What Date cannot express, no clock shows; the epoch is as good as any.
  const date = new Date(Math.abs(time) <= 8.64e15 ? second * 1000 : 0);
  const two = (value: number) => String(value).padStart(2, "0");
  lastSecond = second;
  return lastText = `${MONTHS[date.getMonth()]} ${String(date.getDate()).padStart(2)} ` +
    `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}
