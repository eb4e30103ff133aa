import { shownUri } from "../shown_uri.ts";
import { show } from "../validate.ts";
import { nameOf } from "./paths.ts";
import type { RetentionPolicy } from "./retention.ts";
import { COMPRESSION_SUFFIX, stampedName, TEMPORARY_SUFFIX, unfinishedName } from "./rotated_name.ts";
import { encodeSettings, writerName } from "./writer_name.ts";

/** Bytes that a name may have on almost every file system (`NAME_MAX`). */
const NAME_MAX = 255;

/** As long as each part of a name can be: all inode numbers have 64 bits, and process ids 32. */
const LONGEST_INODE = 2 ** 64;
const LONGEST_PID = 2 ** 32 - 1;
const LONGEST_RANDOM = "00000000";

/** What is known of a log when its name is checked. */
interface NamedLog {
  /** URI by which the program calls it. */
  readonly uri: string;
  readonly rotation: RetentionPolicy | undefined;
  readonly lock: "flock" | "none";
}

/**
 * Refuses a path whose last part is so long that no name of a file beside it would fit: those of rotated files, while
 * they are compressed too, and of the hidden file that tells the others of this writer. A rotation that cannot be
 * carried out is noticed long after the start.
 */
export function checkNameLength(where: string, path: string, { uri, rotation, lock }: NamedLog): void {
  const length = bytesIn(nameOf(path));
  const longest = NAME_MAX - (rotation === undefined ? 0 : longestAddition(rotation, lock));
  if (length <= longest) return;
  const why = rotation === undefined ? "" : ", so that the names of what its rotation makes fit";
  throw new RangeError(
    `Cannot use option "${where}.uri": the name of the file has ${length} bytes in ${show(shownUri(uri))}; ` +
      `give it one of ${longest} at the most${why}`,
  );
}

/** Bytes that the names of other files have beyond that of the log. */
function longestAddition(rotation: RetentionPolicy, lock: "flock" | "none"): number {
  const { naming } = rotation;
  const compressed = stampedName("", 0, naming) + COMPRESSION_SUFFIX.zstd;
  // In the numbered naming what is unfinished has a name by its inode alone.
  const unfinished = naming === "timestamp" ? compressed + TEMPORARY_SUFFIX : compressed;
  const names = [unfinished, unfinishedName("", LONGEST_INODE, "zstd")];
  if (lock === "flock") {
    names.push(writerName("", { pid: LONGEST_PID, settings: encodeSettings(rotation) }, LONGEST_RANDOM));
  }
  return Math.max(...names.map(bytesIn));
}

function bytesIn(text: string): number {
  return new TextEncoder().encode(text).length;
}
