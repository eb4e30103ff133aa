/**
 * Makes filters, for a logger (`filters`) or a destination (`filter`, `filters`). Any function of a message that
 * returns a boolean is a filter too, and can be combined with these.
 *
 * A filter that throws lets the record pass, and the error is reported.
 *
 * @example What a destination takes
 * ```ts
 * import assert from "node:assert/strict";
 * import { filter } from "@omni/log";
 *
 * const wanted = filter.or(
 *   filter.level({ min: "error" }),
 *   filter.and(filter.field("audit", { equals: true }), filter.not(filter.message({ includes: "dry run" }))),
 *   (message) => message.msg.length > 1_000,
 * );
 * assert.ok(wanted({ time: 0, level: "info", msg: "user deleted", fields: { audit: true } }));
 * assert.ok(!wanted({ time: 0, level: "info", msg: "user seen" }));
 * ```
 *
 * @module
 */
export { fieldFilter as field } from "./filter_field.ts";
export { levelFilter as level } from "./filter_level.ts";
export { andFilter as and, notFilter as not, orFilter as or } from "./filter_logic.ts";
export { messageFilter as message } from "./filter_message.ts";
export { timeFilter as time } from "./filter_time.ts";
