import type { RecordKind } from "../records.ts";

/** A logger that is measured, open on one file. */
export interface OpenSubject {
  /** Logs so many records in a plain loop. */
  log(count: number): void;
  /** Resolves once all of them are in the file. */
  flush(): Promise<void>;
  /** The same, and gives everything back. */
  close(): Promise<void>;
}

/** Opens a logger on a file, for one kind of record. Levels from info on are enabled. */
export type OpenSubjectFunction = (path: string, kind: RecordKind) => Promise<OpenSubject>;
