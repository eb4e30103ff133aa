import { timestamp } from "./timestamp.ts";

/**
 * How a time is written: RFC 3339 (`2026-11-23T11:02:15.123Z`), or whole milliseconds or nanoseconds since the epoch.
 * Nanoseconds are more digits than a JavaScript number holds: they are written as text and keep all of them.
 */
export type TimeStyle = "iso" | "epoch-ms" | "epoch-ns";

/** All of them. */
export const TIME_STYLES: readonly TimeStyle[] = ["iso", "epoch-ms", "epoch-ns"];

/**
 * Where in the text of a time of our age (10^12 to 10^13 milliseconds) the three digits of the millisecond stand; other
 * times of one second differ by nothing else, unless they have fractions.
 */
export const MILLIS_AT: { readonly [K in TimeStyle]: number } = {
  iso: "2026-11-23T11:02:15.".length,
  "epoch-ms": "1763895735".length,
  "epoch-ns": "1763895735".length,
};

/** A time as text without quotes. */
export function timeText(time: number, style: TimeStyle): string {
  switch (style) {
    case "iso":
      return timestamp(time);
    case "epoch-ms":
      return String(Math.floor(expressible(time)));
    case "epoch-ns":
      return nanoseconds(expressible(time));
  }
}

/** A time in seconds since the epoch with three decimals. */
export function epochSeconds(time: number): string {
  return (Math.floor(expressible(time)) / 1000).toFixed(3);
}

function nanoseconds(time: number): string {
  const whole = Math.floor(time);
  return String(BigInt(whole) * 1_000_000n + BigInt(Math.floor((time - whole) * 1e6)));
}

/** What Date cannot express, no clock shows; the epoch is as good as any, and the same as in {@linkcode timestamp}. */
function expressible(time: number): number {
  return Math.abs(time) <= 8.64e15 ? time : 0;
}
