import { type Fields, type Kind, type Work, workOf } from "../records.ts";
import { nextTurn } from "../support/clock.ts";

/** Format of the lines. */
export type Format = "json" | "text";

/** What a subject is opened with. Plain data. */
export interface OpenOptions {
  /** The log file. */
  readonly path: string;
  /** What it will log. */
  readonly kind: Kind;
  readonly format: Format;
  /** Size at which the file is rotated. */
  readonly maxBytes?: number;
  /** Whether rotated files are compressed with gzip. */
  readonly compress?: boolean;
  /** Omni only: how rotated files are named. @default "timestamp" */
  readonly naming?: "timestamp" | "numbered";
  /** Omni only: how many rotated files are kept; all where it is absent. */
  readonly maxFiles?: number;
  /** Omni only: how many files it writes. */
  readonly destinations?: number;
  /** Omni only: room of its queue, in records. */
  readonly capacity?: number;
  /** Omni only: whether a log call waits where its queue is full. @default "drop" */
  readonly overflow?: "drop" | "block";
}

/** A logger that is measured, open on one file. */
export interface OpenSubject {
  /** Logs so many records in a plain loop. */
  log(count: number): void;
  /** Resolves once all of them are in the file, where the logger can tell. */
  flush(): Promise<void>;
  /** The same, and gives everything back. */
  close(): Promise<void>;
}

/** Logs so many records, and lets the event loop turn after every `turnEvery` of them. */
export async function logInTurns(logger: OpenSubject, count: number, turnEvery: number): Promise<void> {
  for (let done = 0; done < count; done += turnEvery) {
    logger.log(Math.min(turnEvery, count - done));
    await nextTurn();
  }
}

/** Opens a logger on a file. Levels from info on are enabled. */
export type OpenSubjectFunction = (options: OpenOptions) => Promise<OpenSubject>;

/** The calls of a logger. */
export interface Calls {
  readonly disabled: (text: string) => void;
  readonly plain: (text: string) => void;
  readonly fields: (text: string, fields: Fields) => void;
  readonly error: (text: string, fields: Fields) => void;
}

/** What a subject cannot do; it is left out of the case, and the reason is told. */
export class Unsupported extends Error {}

/**
 * Returns the loop that logs records of a kind. A process measures one kind of one subject, so that the engines inline
 * the calls as they would in a program's own loop.
 */
export function loopOf(kind: Kind, calls: Calls): (count: number) => void {
  const { level, text, fields }: Work = workOf(kind);
  if (level === "debug") {
    const { disabled } = calls;
    return (count) => {
      for (let i = 0; i < count; i++) disabled(text);
    };
  }
  if (fields === undefined) {
    const { plain } = calls;
    return (count) => {
      for (let i = 0; i < count; i++) plain(text);
    };
  }
  const call = level === "error" ? calls.error : calls.fields;
  return (count) => {
    for (let i = 0; i < count; i++) call(text, fields(i));
  };
}
