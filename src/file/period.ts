/** How often a file is begun anew: at the start of each hour, day or week (Monday), or every so many milliseconds. */
export type RotationPeriod = "hour" | "day" | "week" | number;

/** Whose midnight counts. */
export type RotationTimeZone = "local" | "utc";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/**
 * Returns the start, in milliseconds since the epoch, of the period that a moment lies in.
 *
 * Local periods follow the calendar: a day on which the clocks change has 23 or 25 hours. Periods given in
 * milliseconds are counted from the epoch, so that all processes agree on them.
 */
export function periodStart(time: number, period: RotationPeriod, zone: RotationTimeZone): number {
  if (typeof period === "number") return Math.floor(time / period) * period;
  if (zone === "utc") {
    if (period === "hour") return Math.floor(time / HOUR) * HOUR;
    const day = Math.floor(time / DAY);
    // The epoch was a Thursday: three days after a Monday.
    return (period === "day" ? day : day - (day + 3) % 7) * DAY;
  }
  const date = new Date(time);
  if (period === "hour") {
    date.setMinutes(0, 0, 0);
    // The hour that is passed twice in autumn: setMinutes stays in the first of the two.
    return date.getTime() + Math.floor((time - date.getTime()) / HOUR) * HOUR;
  }
  // The day first: where the clocks change at midnight the day begins at one, and so would the week.
  if (period === "week") date.setDate(date.getDate() - (date.getDay() + 6) % 7);
  date.setHours(0, 0, 0, 0);
  return date.getTime();
}
