import { JSON_FORMAT, jsonFormat } from "./json_options.ts";
import type { LineFormat } from "./line_format.ts";
import { LogfmtFormat } from "./logfmt_format.ts";
import { PrettyFormat } from "./pretty_format.ts";
import { TextFormat } from "./text_format.ts";

/** Formats that go by a name. */
export type FormatName = "json" | "text" | "logfmt" | "pretty" | "pino" | "ecs" | "gelf";

/** All of them. */
export const FORMAT_NAMES: readonly FormatName[] = ["json", "text", "logfmt", "pretty", "pino", "ecs", "gelf"];

/** What formats by name ask of the place they are used in. */
export interface FormatSurroundings {
  /** Number of the process. */
  readonly pid?: number;
  /** Asks for the name of the machine, where it is known: it takes a millisecond on Deno, and few formats have it. */
  readonly hostname?: () => string | undefined;
  /** Whether pretty uses colours. */
  readonly colors: boolean;
  /** Columns that pretty has. */
  readonly width?: number | (() => number);
}

/** The text format as it comes, one for the whole program. */
export const TEXT_FORMAT: LineFormat = new TextFormat();

/** The logfmt format as it comes, one for the whole program. */
export const LOGFMT_FORMAT: LineFormat = new LogfmtFormat();

/** Presets that were made, so that destinations of one preset share its lines. A process has one name and number. */
const PRESETS = new Map<string, LineFormat>();
const MOST_PRESETS = 16;

/** The format of a name. */
export function namedFormat(name: FormatName, surroundings: FormatSurroundings): LineFormat {
  switch (name) {
    case "json":
      return JSON_FORMAT;
    case "text":
      return TEXT_FORMAT;
    case "logfmt":
      return LOGFMT_FORMAT;
    case "pretty":
      return new PrettyFormat({ colors: surroundings.colors, width: surroundings.width });
    default: {
      const { pid } = surroundings;
      const hostname = surroundings.hostname?.();
      const key = JSON.stringify([name, pid, hostname]);
      let made = PRESETS.get(key);
      if (made === undefined) {
        if (PRESETS.size >= MOST_PRESETS) PRESETS.clear();
        PRESETS.set(key, made = jsonFormat(name, { preset: name, pid, hostname }));
      }
      return made;
    }
  }
}
