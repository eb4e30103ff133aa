import { checkKey } from "../format/chain_key.ts";
import type { RotationNaming } from "../file/rotated_name.ts";
import type { ByteSize } from "../destination_options.ts";
import {
  checkArray,
  checkBoolean,
  checkByteSize,
  checkInteger,
  checkObject,
  checkOneOf,
  checkText,
} from "../validate.ts";

/** The end of a stream as an earlier {@linkcode LogReport} tells of it: one of its `streams` will do. */
export interface StreamAnchor {
  /** Number of the process. */
  readonly pid: number;
  /** Name of the stream. */
  readonly writer?: string;
  /** Number of its last record then. */
  readonly last: number;
  /** Code of that record, where there was one. */
  readonly mac?: string;
}

/** Options of {@linkcode VerifyLog}. */
export interface VerifyOptions {
  /** Key of the hash chain; without it codes are not looked at. */
  readonly key?: string | Uint8Array;
  /** Ends of streams that were seen before, and must still be there. @default none */
  readonly anchors?: readonly StreamAnchor[];
  /** Whether nothing has been deleted by retention: then a stream that does not begin with 1 lacks records. @default false */
  readonly complete?: boolean;
  /** How rotated files are named. @default both */
  readonly naming?: RotationNaming;
  /** Longest line that is held in memory; of longer ones only both ends are looked at, and the code. @default "16MiB" */
  readonly maxLineBytes?: ByteSize;
  /** Streams that are followed; records of further ones are counted as a problem. @default 100_000 */
  readonly maxStreams?: number;
}

/** The same, checked. */
export interface VerifySettings {
  readonly key: Uint8Array | undefined;
  readonly anchors: readonly StreamAnchor[];
  readonly complete: boolean;
  readonly naming: RotationNaming | undefined;
  readonly maxLineBytes: number;
  readonly maxStreams: number;
}

const KEYS: ReadonlySet<string> = new Set(["key", "anchors", "complete", "naming", "maxLineBytes", "maxStreams"]);

/** Checks the options of a verification. */
export function checkVerifyOptions(options: VerifyOptions): VerifySettings {
  checkObject("options", options, KEYS);
  const { key, anchors = [], complete = false, naming, maxLineBytes = "16MiB", maxStreams = 100_000 } = options;
  return {
    key: key === undefined ? undefined : checkKey("key", key),
    anchors: checkArray("anchors", anchors, checkAnchor),
    complete: checkBoolean("complete", complete),
    naming: naming === undefined ? undefined : checkOneOf("naming", naming, ["timestamp", "numbered"] as const),
    maxLineBytes: checkByteSize("maxLineBytes", maxLineBytes, 1024),
    maxStreams: checkInteger("maxStreams", maxStreams, 1),
  };
}

function checkAnchor(where: string, anchor: unknown): StreamAnchor {
  checkObject(where, anchor, undefined);
  const { pid, writer, last, mac } = anchor as StreamAnchor;
  checkInteger(`${where}.pid`, pid, 0);
  checkInteger(`${where}.last`, last, 1);
  if (writer !== undefined) checkText(`${where}.writer`, writer);
  if (mac !== undefined) checkText(`${where}.mac`, mac);
  return anchor as StreamAnchor;
}
