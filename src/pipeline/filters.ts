import { fieldFilter } from "./filter_field.ts";
import { levelFilter } from "./filter_level.ts";
import { andFilter, notFilter, orFilter } from "./filter_logic.ts";
import { messageFilter } from "./filter_message.ts";
import { timeFilter } from "./filter_time.ts";

/** The ready-made filters, see {@linkcode filter}. */
export interface Filters {
  /** By a range of levels: `filter.level({ min: "warn" })`. */
  readonly level: typeof levelFilter;
  /** By a field: `filter.field("response.status", { in: [500, 503] })`. */
  readonly field: typeof fieldFilter;
  /** By the text: `filter.message({ includes: "slow query" })`. */
  readonly message: typeof messageFilter;
  /** By the time, absolute or of day: `filter.time({ from: "22:00", to: "06:00" })`. */
  readonly time: typeof timeFilter;
  /** What all let pass. */
  readonly and: typeof andFilter;
  /** What at least one lets pass. */
  readonly or: typeof orFilter;
  /** What another does not let pass. */
  readonly not: typeof notFilter;
}

/**
 * Makes filters, for a logger (`filters`) or a destination (`filter`, `filters`). Any function of a message that
 * returns a boolean is a filter too, and can be combined with these.
 *
 * A filter that throws lets the record pass, and the error is reported.
 *
 * @example What a destination takes
 * ```ts
 * import { filter } from "@omni/log";
 *
 * const wanted = filter.or(
 *   filter.level({ min: "error" }),
 *   filter.and(filter.field("audit", { equals: true }), filter.not(filter.message({ includes: "dry run" }))),
 *   (message) => message.msg.length > 1_000,
 * );
 * console.assert(wanted({ time: 0, level: "info", msg: "user deleted", fields: { audit: true } }));
 * console.assert(!wanted({ time: 0, level: "info", msg: "user seen" }));
 * ```
 */
export const filter: Filters = Object.freeze({
  level: levelFilter,
  field: fieldFilter,
  message: messageFilter,
  time: timeFilter,
  and: andFilter,
  or: orFilter,
  not: notFilter,
});
