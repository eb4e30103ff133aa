import { atCaller } from "../at_caller.ts";
import { messageOf } from "../errors.ts";
import type { Runtime } from "../runtime.ts";
import { checkText } from "../validate.ts";
import { LogCheck } from "./log_check.ts";
import { LaterPieces, type LogPiece, viewLog } from "./log_view.ts";
import { type Decompress, readPiece } from "./read_piece.ts";
import type { LogReport } from "./report.ts";
import { checkVerifyOptions, type VerifyOptions, type VerifySettings } from "./verify_options.ts";

/**
 * Reads a log with all its rotated and compressed files and reports what is not as it ought to be. See `verifyLog`.
 *
 * @param path The log, as it was given to the logger.
 */
export type VerifyLog = (path: string, options?: VerifyOptions) => Promise<LogReport>;

/**
 * Makes the `verifyLog` of a runtime.
 *
 * @example With a runtime of one's own, for logs that are not compressed
 * ```ts
 * import { createLogger, createVerifyLog, denoRuntime, format } from "@omni/log/deno";
 *
 * const path = `${await Deno.makeTempDir()}/app.log`;
 * const log = createLogger({ destinations: [{ uri: path, format: format.json({ sequence: true }) }] });
 * log.info("ready");
 * await log.close();
 *
 * const verifyLog = createVerifyLog(denoRuntime, () => undefined);
 * const { ok, records } = await verifyLog(path);
 * if (!ok || records !== 1) throw new Error("not as it was");
 * ```
 */
export function createVerifyLog(runtimeOf: () => Runtime, decompress: Decompress): VerifyLog {
  return async function verifyLog(path, options = {}) {
    let settings: VerifySettings;
    try {
      checkText("path", path);
      settings = checkVerifyOptions(options);
    } catch (error) {
      throw atCaller(verifyLog, error);
    }
    const runtime = runtimeOf();
    const release = runtime.keepAlive();
    try {
      return await verify(runtime, runtime.absolutePath(path), settings, decompress);
    } finally {
      release();
    }
  };
}

async function verify(
  runtime: Runtime,
  path: string,
  settings: VerifySettings,
  decompress: Decompress,
): Promise<LogReport> {
  const { pieces, isQuiet } = await viewLog(runtime, path, settings.naming);
  if (pieces.length === 0) {
    throw Object.assign(new Error(`Cannot verify "${path}": there is no such log`), { code: "ENOENT" });
  }
  const check = new LogCheck(runtime, settings);
  const later = new LaterPieces(runtime, path);
  let read = 0;
  try {
    for (const [index, piece] of pieces.entries()) {
      // The only one that is written to.
      const mayGrow = !isQuiet && index === pieces.length - 1;
      read = index + 1;
      await checkPiece(runtime, later, { piece, mayGrow, check, decompress });
    }
  } finally {
    for (const { file } of pieces.slice(read)) if (file !== undefined) runtime.calls.close(file);
  }
  return check.report(path);
}

interface PieceToCheck {
  readonly piece: LogPiece;
  readonly mayGrow: boolean;
  readonly check: LogCheck;
  readonly decompress: Decompress;
}

async function checkPiece(
  runtime: Runtime,
  later: LaterPieces,
  { piece, mayGrow, check, decompress }: PieceToCheck,
): Promise<void> {
  const { name, size, info } = piece;
  if (info !== undefined && info.kind !== "file") return check.fail(name, "it is no regular file");
  try {
    const opened = piece.file === undefined ? later.open(piece) : { file: piece.file, compression: piece.compression };
    if (opened === undefined) return check.vanish(name);
    try {
      check.begin(name);
      const { bytes, isWhole } = await readPiece(runtime, { ...opened, size, mayGrow }, check.lines, decompress);
      check.end(bytes, isWhole);
    } finally {
      runtime.calls.close(opened.file);
    }
  } catch (error) {
    check.lines.finish();
    check.fail(name, messageOf(error));
  }
}
