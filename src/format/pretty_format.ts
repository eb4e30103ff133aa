import type { Queue } from "../dispatch/queue.ts";
import type { Level } from "../level.ts";
import type { Message } from "../message.ts";
import { bareOrQuoted, visibleText } from "./escape.ts";
import type { LineFormat } from "./line_format.ts";
import { textValue } from "./text_format.ts";
import { timestamp } from "./timestamp.ts";

/** Select Graphic Rendition codes (ECMA-48, section 8.3.117). */
const COLOR: { readonly [K in Level]: number } = { trace: 90, debug: 36, info: 32, warn: 33, error: 31, fatal: 35 };
const DIM = 2;

/** For people at a terminal: the time of day (UTC), the level in colour, the message, the fields, stacks below. */
export class PrettyFormat implements LineFormat {
  readonly #colors: boolean;

  constructor(options: { readonly colors: boolean }) {
    this.#colors = options.colors;
  }

  format({ time, level, msg, fields }: Message): string {
    let line = `${this.#paint(DIM, timestamp(time).slice(-13, -1))} ${
      this.#paint(COLOR[level], level.toUpperCase().padEnd(5))
    } ${visibleText(msg)}`;
    let below = "";
    for (const key of Object.keys(fields ?? {})) {
      const value = fields?.[key];
      if (value === undefined) continue;
      const stack = stackOf(value);
      if (stack === undefined) line += ` ${this.#paint(DIM, bareOrQuoted(key) + "=")}${textValue(value)}`;
      else below += stack.split("\n").map((part) => `\n    ${visibleText(part)}`).join("");
    }
    return line + below;
  }

  encode(queue: Queue, index: number): string {
    return this.format(queue.message(index));
  }

  #paint(code: number, text: string): string {
    return this.#colors ? `\x1b[${code}m${text}\x1b[0m` : text;
  }
}

function stackOf(value: unknown): string | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const { stack } = value as { readonly stack?: unknown };
  return typeof stack === "string" ? stack : undefined;
}
