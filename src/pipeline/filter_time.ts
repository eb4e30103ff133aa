import { atCaller } from "../at_caller.ts";
import type { Filter } from "../message.ts";
import { checkObject, checkOneOf, show } from "../validate.ts";
import { named } from "./filter_support.ts";

/** A time window: between two moments, or the same hours of every day. At least one end must be given. */
export interface TimeWindow {
  /**
   * When it begins, this moment included: a Date, milliseconds since the epoch or an ISO 8601 text such as
   * `"2026-11-23T08:00"`; or, every day, a time of day such as `"08:00"`. @default the beginning of time, or of the day
   */
  readonly from?: Date | number | string;
  /**
   * When it ends, this moment not included; of the same kind as `from`. A time of day before `from` is one of the
   * next day; `"24:00"` is the end of the day. @default the end of time, or of the day
   */
  readonly to?: Date | number | string;
  /** Whose clock the times of day, and texts without a zone of their own, are read on. @default "local" */
  readonly timeZone?: "local" | "utc";
}

type Zone = "local" | "utc";
type End = { readonly kind: "moment" | "daily"; readonly value: number };

const KEYS: ReadonlySet<string> = new Set(["from", "to", "timeZone"]);
const DAY = 86_400_000;
const DAILY = /^(\d\d):(\d\d)(?::(\d\d))?$/;
const MOMENT =
  /^(\d{4})-(\d\d)-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?(Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)?)?$/;

/**
 * Lets records pass whose time lies in a window; `from` is included, `to` is not.
 *
 * Times of day follow the clock on the wall: on the day that clocks are set forward, `"02:30"` to `"03:00"` is never.
 *
 * @example At night, and during a maintenance
 * ```ts
 * import assert from "node:assert/strict";
 * import { filter } from "@omni/log";
 *
 * const night = filter.time({ from: "22:00", to: "06:00", timeZone: "utc" });
 * const maintenance = filter.time({ from: "2026-11-23T08:00Z", to: "2026-11-23T10:30Z" });
 * const time = Date.UTC(2026, 10, 23, 9, 0);
 * assert.ok(!night({ time, level: "info", msg: "" }));
 * assert.ok(maintenance({ time, level: "info", msg: "" }));
 * ```
 */
export function timeFilter(window: TimeWindow): Filter {
  try {
    checkObject("filter.time", window, KEYS);
    const zone = checkOneOf("filter.time.timeZone", window.timeZone ?? "local", ["local", "utc"]);
    const from = window.from === undefined ? undefined : checkEnd("filter.time.from", window.from, zone);
    const to = window.to === undefined ? undefined : checkEnd("filter.time.to", window.to, zone);
    if (from === undefined && to === undefined) {
      throw new RangeError('Cannot use option "filter.time": expected from, to or both');
    }
    const kind = (from ?? to as End).kind;
    if (to !== undefined && to.kind !== kind) {
      throw new TypeError('Cannot use option "filter.time": from and to must both be times of day, or both be moments');
    }
    const isDaily = kind === "daily";
    const start = from?.value ?? (isDaily ? 0 : -Infinity);
    const end = to?.value ?? (isDaily ? DAY : Infinity);
    if (start === end || start === DAY || (!isDaily && start > end)) {
      throw new RangeError(
        `Cannot use option "filter.time": the window from ${shown(window.from)} to ${shown(window.to)} is empty`,
      );
    }
    const name = `time(${shown(window.from)}..${shown(window.to)})`;
    if (!isDaily) return named(name, ({ time }) => time >= start && time < end);
    const timeOf = zone === "utc" ? utcTimeOfDay : localTimeOfDay;
    if (start < end) return named(name, ({ time }) => isWithin(timeOf(time), start, end));
    return named(name, ({ time }) => !isWithin(timeOf(time), end, start));
  } catch (error) {
    throw atCaller(timeFilter, error);
  }
}

function isWithin(time: number, start: number, end: number): boolean {
  return time >= start && time < end;
}

function utcTimeOfDay(time: number): number {
  return ((time % DAY) + DAY) % DAY;
}

function localTimeOfDay(time: number): number {
  const date = new Date(time);
  return ((date.getHours() * 60 + date.getMinutes()) * 60 + date.getSeconds()) * 1000 + date.getMilliseconds();
}

function shown(end: TimeWindow["from"]): string {
  if (end === undefined) return "";
  return typeof end === "string" ? end : new Date(end).toISOString();
}

function checkEnd(where: string, end: unknown, zone: Zone): End {
  if (typeof end === "string") {
    const value = DAILY.test(end) ? timeOfDay(end) : momentOf(end, zone);
    if (value !== undefined) return { kind: DAILY.test(end) ? "daily" : "moment", value };
    throw new RangeError(
      `Cannot use option "${where}": expected a time of day such as "08:00" or an ISO 8601 time, got ${show(end)}`,
    );
  }
  if (!(end instanceof Date) && typeof end !== "number") {
    throw new TypeError(
      `Cannot use option "${where}": expected a Date, a number of milliseconds or a text, got ${show(end)}`,
    );
  }
  const value = Number(end);
  if (Number.isFinite(value) && Math.abs(value) <= 8.64e15) return { kind: "moment", value };
  throw new RangeError(`Cannot use option "${where}": expected a valid time, got ${value}`);
}

function timeOfDay(text: string): number | undefined {
  const [hour, minute, second] = (DAILY.exec(text) as RegExpExecArray).slice(1).map((digits) => Number(digits ?? 0));
  const value = ((hour as number * 60 + (minute as number)) * 60 + (second as number)) * 1000;
  return minute as number < 60 && second as number < 60 && value <= DAY ? value : undefined;
}

/** `Date.parse` reads a date as UTC and a date with a time as local, and some engines take the 30th of February. */
function momentOf(text: string, zone: Zone): number | undefined {
  const match = MOMENT.exec(text);
  if (match === null) return undefined;
  const numbers = match.slice(1, 7).map((digits) => Number(digits ?? 0));
  const [year, month, day, hour, minute, second] = numbers as [number, number, number, number, number, number];
  const date = new Date(0);
  // setFullYear and not Date.UTC, which takes the year 50 for 1950.
  date.setUTCFullYear(year, month - 1, day);
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return undefined;
  if (hour > 23 || minute > 59 || second > 59) return undefined;
  const offset = match[8];
  const milliseconds = Number((match[7] ?? "").padEnd(3, "0").slice(0, 3));
  if (offset === undefined && zone === "local") {
    const local = new Date(0);
    local.setFullYear(year, month - 1, day);
    return local.setHours(hour, minute, second, milliseconds);
  }
  date.setUTCHours(hour, minute, second, milliseconds);
  if (offset === undefined || offset === "Z") return date.getTime();
  const minutes = Number(offset.slice(1, 3)) * 60 + Number(offset.slice(4, 6));
  return date.getTime() - (offset.startsWith("-") ? -minutes : minutes) * 60_000;
}
