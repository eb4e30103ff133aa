/**
 * Verification of logs: whether every record is there, once, whole and in order, and, with a key, as it was logged.
 *
 * @example A log that can be verified
 * ```ts
 * import { createLogger, format } from "@omni/log";
 * import { verifyLog } from "@omni/log/verify";
 *
 * const path = `${await Deno.makeTempDir()}/app.log`;
 * const log = createLogger({ destinations: [{ uri: path, format: format.json({ sequence: true }) }] });
 * log.info("user logged in", { user_id: 42 });
 * await log.close();
 *
 * const report = await verifyLog(path);
 * if (!report.ok || report.records !== 1) throw new Error("something is missing");
 * ```
 *
 * @module
 */
import { detectRuntime } from "./adapters/detect.ts";
import { zlibDecompress } from "./adapters/zlib_decompress.ts";
import { createVerifyLog, type VerifyLog } from "./src/verify/verify_log.ts";

export type { VerifyLog };
export type { StreamAnchor, VerifyOptions } from "./src/verify/verify_options.ts";
export type {
  CutOff,
  LogFileReport,
  LogFragment,
  LogGap,
  LogPlace,
  LogReport,
  LogTotals,
  RecordPlace,
  StreamReport,
} from "./src/verify/report.ts";
export type { ByteSize } from "./src/destination_options.ts";
export type { RotationNaming } from "./src/file/rotated_name.ts";

/**
 * Reads a log with all its rotated and compressed files and reports gaps, doubles, disorder and fragments, by the
 * numbers of `format.json({ sequence: true })`; records without numbers are looked at for being whole. It may be called
 * while the log is written, rotated and compressed, and then tells of one moment. Rejects where the log cannot be read.
 *
 * Memory does not grow with the log: it is read in pieces, a line is held up to `maxLineBytes`, streams up to
 * `maxStreams` (some hundred bytes each), gaps up to 10,000, and each list of the report holds the first hundred; the
 * totals are exact. Beyond 10,000 gaps a record that comes late counts as a double.
 *
 * With the key of `format.json({ chain })` it finds any change, insertion, removal, reordering and doubling in the
 * middle of a stream, and tells records that the logger has dropped itself from those that were removed. It cannot see,
 * and nobody could:
 *
 * - that the end of a stream was cut off, unless `anchors` tell how far it went: keep the `streams` of a report where
 *   whoever may write the log may not, and hand them over the next time. A stream that retention has deleted altogether
 *   is cut off too, so leave out the anchors of those;
 * - that the beginning was cut off, since retention does that; with `complete` it is a problem. The first record of such
 *   a stream is taken for granted, as is a stream made up of one such record: `unproven` counts them;
 * - that a whole stream was removed, without an anchor; or that one was copied from another log of the same key: give
 *   each log a key of its own;
 * - anything that was done by somebody who has the key, such as the logging program itself.
 *
 * @example What is missing, and where
 * ```ts
 * import { createLogger, format } from "@omni/log";
 * import { verifyLog } from "@omni/log/verify";
 *
 * const path = `${await Deno.makeTempDir()}/app.log`;
 * const key = crypto.getRandomValues(new Uint8Array(32));
 * const log = createLogger({ destinations: [{ uri: path, format: format.json({ sequence: true, chain: { key } }) }] });
 * for (const step of ["a", "b", "c", "d"]) log.info(step);
 * await log.close();
 *
 * const [a, , c, d] = (await Deno.readTextFile(path)).split("\n");
 * await Deno.writeTextFile(path, [a, c, d, ""].join("\n"));
 *
 * const { ok, streams } = await verifyLog(path, { key });
 * const gap = streams[0]?.gaps[0];
 * if (ok || gap?.after !== 1 || gap.missing !== 1 || gap.cause !== "removed") throw new Error("not found");
 * ```
 */
export const verifyLog: VerifyLog = /* @__PURE__ */ createVerifyLog(detectRuntime, zlibDecompress);
