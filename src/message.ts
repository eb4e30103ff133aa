import type { Level } from "./level.ts";

/** Fields of a record: whatever the program likes to add, by name. */
export type Fields = { readonly [name: string]: unknown };

/** One record on its way through the pipeline: what the arguments of the log call were at the call. */
export interface Message {
  /** Time of the call, in milliseconds since the epoch. */
  readonly time: number;
  /** Level of the call. */
  readonly level: Level;
  /** The text. */
  readonly msg: string;
  /** The fields, those of `with` first; absent when there are none. Objects in them are copies. */
  readonly fields?: Fields;
}

/** Turns a message into a line; the newline at the end is added by the library. */
export type Formatter = (message: Message) => string;

/** Decides whether a message goes on. */
export type Filter = (message: Message) => boolean;

/** Decides which of many messages go on. */
export type Sampler = (message: Message) => boolean;

/** Changes, replaces or (with `undefined`) drops a message. */
export type Middleware = (message: Message) => Message | undefined;

/** Whether a copied value can be the fields of a record: an object, and no array. */
export function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
