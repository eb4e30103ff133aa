/**
 * What the writers of the demo log, in a form that the reader can check letter by letter.
 *
 * @module
 */

/** What a writer has to do. */
export interface Assignment {
  /** The log file, the same for all. */
  readonly path: string;
  /** Number of the writer, from 1. */
  readonly writer: number;
  /** Records to write. */
  readonly lines: number;
  /** Size, in bytes, beyond which the file is rotated. */
  readonly maxBytes: number;
}

/** What a writer prints, as a line of JSON, each time a part of its records is with the operating system. */
export interface Progress {
  /** Records that `flush` has acknowledged. */
  readonly written: number;
  /** Rotations carried out by this process. */
  readonly rotations: number;
}

/** Fields of the record with a number; all of them follow from the number, and their length varies. */
export type RecordFields = {
  readonly seq: number;
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly agent: string;
};

/** Text of every record. */
export const MESSAGE = "request served";

const agents = Array.from({ length: 9 }, (_, count) => "omni demo ".repeat(count));

/** Makes the fields of the record with a number, from 1. */
export function fieldsOf(seq: number): RecordFields {
  return {
    seq,
    method: seq % 4 === 0 ? "POST" : "GET",
    path: `/items/${(seq * 7919) % 100_003}`,
    status: seq % 97 === 0 ? 404 : 200,
    agent: agents[seq % 9],
  };
}
