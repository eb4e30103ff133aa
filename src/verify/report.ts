/** Where something stands. */
export interface LogPlace {
  /** Name of the file, without its directory. */
  readonly file: string;
  /** Line in the file, decompressed, counted from 1. */
  readonly line: number;
}

/** A record that ought not to stand where it stands, or as it stands. */
export interface RecordPlace extends LogPlace {
  /** Its number in the stream. */
  readonly seq: number;
}

/** Records that are missing from a stream. The place is that of the record after them. */
export interface LogGap extends LogPlace {
  /** Number of the last record before the gap; 0 when it is the beginning that is missing. */
  readonly after: number;
  /** Number of the first record after it. */
  readonly before: number;
  /** Records in between. */
  readonly missing: number;
  /**
   * Only known with the key: `"dropped"` by the logger itself, which links the records on both sides, or `"removed"` by
   * somebody else, or lost.
   */
  readonly cause?: "dropped" | "removed";
}

/** A line that is no record. */
export interface LogFragment extends LogPlace {
  /** Its length. */
  readonly bytes: number;
  /** Whether it is the end of a file and has no newline. */
  readonly isLast: boolean;
}

/** The records of one destination of one logger. */
export interface StreamReport {
  /** Number of the process. */
  readonly pid: number;
  /** Name of the stream; absent in logs of other writers, which know streams by `pid` alone. */
  readonly writer?: string;
  /** Number of the first record that is there. */
  readonly first: number;
  /** Highest number. */
  readonly last: number;
  /** Records that are there, doubled ones included. */
  readonly count: number;
  /** Given when the stream does not begin with 1: older pieces have been deleted. The same as `first`. */
  readonly startsAt?: number;
  /** Records that are missing in between. */
  readonly missing: number;
  /** Where they are missing. */
  readonly gaps: readonly LogGap[];
  /** Records whose number has been there before. */
  readonly doubles: readonly RecordPlace[];
  /** Records that stand after one with a higher number. */
  readonly disorder: readonly RecordPlace[];
  /** Records that are not what was logged, or do not follow what was logged before them. Only known with the key. */
  readonly altered: readonly RecordPlace[];
  /** Records that the key can say nothing about, because the one before has been deleted. */
  readonly unproven: number;
  /** Code of the last record, for `anchors`. */
  readonly mac?: string;
}

/** One file of a log. */
export interface LogFileReport {
  /** Its name. */
  readonly name: string;
  /** Length of its content, decompressed. */
  readonly bytes: number;
  /** Lines in it. */
  readonly lines: number;
}

/** The end of a stream is missing, says an anchor. */
export interface CutOff {
  /** Number of the process. */
  readonly pid: number;
  /** Name of the stream. */
  readonly writer?: string;
  /** Number that the anchor tells of. */
  readonly expected: number;
  /** Highest number that is there; 0 when nothing of the stream is. */
  readonly found: number;
}

/** How many problems there are of each kind; exact, however many. */
export interface LogTotals {
  /** Places where records are missing. */
  readonly gaps: number;
  /** Records that are missing there. */
  readonly missing: number;
  /** Records that are there more than once. */
  readonly doubles: number;
  /** Records in the wrong place. */
  readonly disorder: number;
  /** Lines that are no records. */
  readonly fragments: number;
  /** Records that were changed, or inserted, or whose predecessor was. */
  readonly altered: number;
  /** Records without a code, where there is a key to check it with. */
  readonly unsigned: number;
  /** Streams whose end is missing. */
  readonly cutOff: number;
  /** Files that could not be read to their end. */
  readonly unreadable: number;
  /** Records that belong to more streams than `maxStreams`. */
  readonly untracked: number;
}

/** What {@linkcode VerifyLog} has found. Each list holds the first hundred of its kind, over all streams. */
export interface LogReport {
  /** Whether there is no problem of any kind. */
  readonly ok: boolean;
  /** Absolute path of the log. */
  readonly path: string;
  /** All files, the oldest first. */
  readonly files: readonly LogFileReport[];
  /** Lines in them. */
  readonly lines: number;
  /** Lines that are records. */
  readonly records: number;
  /** Bytes in them, decompressed. */
  readonly bytes: number;
  /** Records without `pid` and `seq`, about which nothing can be said but that they are whole. */
  readonly unsequenced: number;
  /** The problems by kind. */
  readonly totals: LogTotals;
  /** All streams, in the order in which they appear. */
  readonly streams: readonly StreamReport[];
  /** Lines that are no records. */
  readonly fragments: readonly LogFragment[];
  /** Records without a code. */
  readonly unsigned: readonly LogPlace[];
  /** Streams whose end is missing. */
  readonly cutOff: readonly CutOff[];
  /** Files that could not be read to their end. */
  readonly unreadable: readonly { readonly file: string; readonly reason: string }[];
  /** Files that were deleted, as the oldest are, before they could be read. No problem, but not checked. */
  readonly vanished: readonly string[];
}
