import { type Level, LEVEL_NUMBER } from "../level.ts";
import { jsonString } from "./escape.ts";
import { MAC_NAME, SEQUENCE_NAMES } from "./seal.ts";
import { MILLIS_AT, type TimeStyle, timeText } from "./time_style.ts";
import { timestamp } from "./timestamp.ts";

/** How a level is written: `"info"`, `30` (the numbers of pino and bunyan), or `"INFO"`. */
export type LevelStyle = "name" | "number" | "upper";

/** All of them. */
export const LEVEL_STYLES: readonly LevelStyle[] = ["name", "number", "upper"];

/** What of a JSON record does not depend on its message and fields. */
export interface JsonLayout {
  /** The record up to its message text. */
  readonly head: (time: number, level: Level) => string;
  /** See {@linkcode HeadMaker.millisAt}. */
  readonly millisAt?: number | undefined;
  /** The record after its fields. */
  readonly tail: string;
  /** Names that head and tail use. */
  readonly reserved: ReadonlySet<string> | undefined;
}

/** The record as it comes: `{"time":"2026-11-23T11:02:15.123Z","level":"info","msg":`. */
export const DEFAULT_LAYOUT: JsonLayout = {
  head: (time, level) => `{"time":"${timestamp(time)}","level":"${level}","msg":`,
  millisAt: '{"time":"'.length + MILLIS_AT.iso,
  tail: "}",
  reserved: undefined,
};

/** What {@linkcode jsonLayout} makes a layout of. */
export interface JsonLayoutParts {
  /** Names of the time, the level and the message. */
  readonly keys: { readonly time: string; readonly level: string; readonly msg: string };
  readonly time: TimeStyle;
  readonly level: LevelStyle;
  /** Members that are the same in every record; those that are `undefined` are left out. */
  readonly fixed?: Readonly<Record<string, string | number | undefined>>;
}

/** What records are numbered with. */
export interface Sequence {
  /** Number of the process. @default that of the runtime */
  readonly pid?: number;
  /** Key of the chain, if there is one. */
  readonly key?: Uint8Array;
}

/** Names that a sequence adds to a record. */
export function sequenceNames(isChained: boolean): readonly string[] {
  return isChained ? [...SEQUENCE_NAMES, MAC_NAME] : SEQUENCE_NAMES;
}

/** A layout whose records lack their closing brace, and leave the names of the last members free. */
export function openLayout(layout: JsonLayout, isChained: boolean): JsonLayout {
  return {
    head: layout.head,
    millisAt: layout.millisAt,
    tail: layout.tail.slice(0, -1),
    reserved: new Set([...layout.reserved ?? ["time", "level", "msg"], ...sequenceNames(isChained)]),
  };
}

/** Makes a layout: time, level and message first, in this order, then the fields, then what is fixed. */
export function jsonLayout({ keys, time, level, fixed = {} }: JsonLayoutParts): JsonLayout {
  const timeName = `{${jsonString(keys.time)}:`;
  const levelName = `,${jsonString(keys.level)}:`;
  const msgName = `,${jsonString(keys.msg)}:`;
  const timeQuote = time === "iso" ? '"' : "";
  const members = Object.entries(fixed).filter(([, value]) => value !== undefined);
  return {
    head: (at, of) =>
      timeName + timeQuote + timeText(at, time) + timeQuote + levelName + levelText(of, level) + msgName,
    millisAt: new TextEncoder().encode(timeName).length + timeQuote.length + MILLIS_AT[time],
    tail:
      members.map(([name, value]) => `,${jsonString(name)}:${typeof value === "string" ? jsonString(value) : value}`)
        .join("") + "}",
    reserved: new Set([keys.time, keys.level, keys.msg, ...members.map(([name]) => name)]),
  };
}

function levelText(level: Level, style: LevelStyle): string {
  switch (style) {
    case "name":
      return `"${level}"`;
    case "number":
      return String(LEVEL_NUMBER[level]);
    case "upper":
      return `"${level.toUpperCase()}"`;
  }
}
