import type { Queue } from "../../dispatch/queue.ts";
import { isPlain } from "../../format/escape.ts";
import { Heads } from "../../format/heads.ts";
import type { LineFormat } from "../../format/line_format.ts";
import { type Level, LEVEL_NUMBER, levelName } from "../../level.ts";
import type { Message } from "../../message.ts";
import type { Context } from "../../pipeline/context.ts";
import { anyValue, otlpString } from "./any_value.ts";
import { type AttributeLimits, isSpecialField, type RecordParts, recordParts } from "./log_record_fields.ts";

/** How every record of ours begins; what stands before it is the name of its scope. */
export const RECORD_START = '{"timeUnixNano":"';

/** SeverityNumber of the levels (opentelemetry-proto, logs/v1/logs.proto). */
export const SEVERITY: { readonly [K in Level]: number } = {
  trace: 1,
  debug: 5,
  info: 9,
  warn: 13,
  error: 17,
  fatal: 21,
};

/** Texts up to this length are kept for comparison with the next one. */
const LONGEST_KEPT = 200;

/** The first nanosecond that 64 bits without a sign cannot count, in milliseconds. */
const END_OF_TIME = 2 ** 64 / 1e6;

/** Keys of a shape with what stands before and after them, by the values on both sides. */
interface Prefixes {
  /** Whether all are attributes of their names. */
  readonly isPlain: boolean;
  /** `{"key":"k","value":` */
  readonly first: readonly string[];
  /** `,{"key":"k","value":` */
  readonly bare: readonly string[];
  /** `"}},{"key":"k","value":`, after a text that is still open */
  readonly closing: readonly string[];
}

/** Opens a text, whose end comes with what follows it. */
const OPEN = '{"stringValue":"';
const CLOSE = '"}}';

/**
 * A LogRecord of OTLP in its JSON form on one line: `{"timeUnixNano":"...","severityNumber":9,...}`. A record with a
 * scope of its own has the name of it in front, as a JSON string and a space. So a request in JSON is hardly more than
 * the lines with commas between them, and what waits can be read.
 */
export class LogRecordFormat implements LineFormat {
  readonly #limits: AttributeLimits;
  /** The records up to their text. */
  readonly #heads = new Heads(recordHead);
  readonly #parts = new WeakMap<Context, RecordParts>();
  #lastContext: Context | undefined;
  #lastParts: RecordParts | undefined;
  // The same text by the same logger within a millisecond: what a program does that logs a lot.
  #lastText = "";
  #lastTime = NaN;
  #lastLevel = 0;
  #lastStartParts: RecordParts | undefined;
  #lastStart = "";

  constructor(limits: AttributeLimits) {
    this.#limits = limits;
  }

  format(message: Message): string {
    const parts = recordParts(message.fields, this.#limits);
    return this.#start(message.time, LEVEL_NUMBER[message.level], message.msg, parts) + end(parts);
  }

  encode(queue: Queue, index: number): string {
    const shape = queue.shapes[index];
    const context = queue.contexts[index] as Context;
    if (shape === undefined || !context.isDisjoint(shape)) return this.format(queue.message(index));
    const parts = context === this.#lastContext ? this.#lastParts as RecordParts : this.#partsOf(context);
    const prefixes = shape.encoded<Prefixes>(this);
    const { bare, closing } = prefixes;
    if (!prefixes.isPlain || parts.count + bare.length > this.#limits.maxAttributes) {
      return this.format(queue.message(index));
    }
    const { values } = queue;
    const start = queue.starts[index] as number;
    const limit = this.#limits.maxAttributeLength;
    let line = this.#start(
      queue.times[index] as number,
      queue.levels[index] as number,
      queue.texts[index] as string,
      parts,
    );
    let isFirst = parts.count === 0;
    let isOpen = false;
    for (let i = 0; i < bare.length; i++) {
      const value = values[start + i];
      if (value === undefined) continue;
      const prefix = isOpen ? closing[i] : isFirst ? prefixes.first[i] : bare[i];
      isFirst = false;
      isOpen = typeof value === "string" && value.length <= limit && isPlain(value);
      line += isOpen ? prefix + OPEN + value : prefix + anyValue(value, limit) + "}";
    }
    return line + (isOpen ? CLOSE + end(parts) : end(parts));
  }

  /** What stands between two values. */
  encodeKeys(keys: readonly string[]): Prefixes {
    const first = keys.map((key) => `{"key":${otlpString(key)},"value":`);
    const bare = first.map((text) => "," + text);
    return {
      isPlain: !keys.some(isSpecialField),
      first,
      bare,
      closing: bare.map((text) => CLOSE + text),
    };
  }

  #partsOf(context: Context): RecordParts {
    let parts = this.#parts.get(context);
    if (parts === undefined) this.#parts.set(context, parts = recordParts(context.fields, this.#limits));
    this.#lastContext = context;
    this.#lastParts = parts;
    return parts;
  }

  /** The record up to its own attributes. */
  #start(time: number, level: number, text: string, parts: RecordParts): string {
    if (
      text === this.#lastText && time === this.#lastTime && level === this.#lastLevel && parts === this.#lastStartParts
    ) return this.#lastStart;
    const start = parts.scope + this.#heads.at(time, level) + otlpString(text) + '},"attributes":[' + parts.attributes;
    if (text.length > LONGEST_KEPT) return start;
    this.#lastText = text;
    this.#lastTime = time;
    this.#lastLevel = level;
    this.#lastStartParts = parts;
    return this.#lastStart = start;
  }
}

/** A record up to its text. */
function recordHead(time: number, level: number): string {
  const name = levelName(level);
  const nanoseconds = unixNanoseconds(time);
  return `${RECORD_START}${nanoseconds}","observedTimeUnixNano":"${nanoseconds}",` +
    `"severityNumber":${SEVERITY[name]},"severityText":"${name}","body":{"stringValue":`;
}

/** A line that is no record of ours, as the text of one. */
export function foreignRecord(line: string, now: number): string {
  return `${RECORD_START}0","observedTimeUnixNano":"${unixNanoseconds(now)}","body":{"stringValue":${
    otlpString(line)
  }},"attributes":[]}`;
}

function end({ dropped, trace }: RecordParts): string {
  return dropped === 0 ? "]" + trace + "}" : `],"droppedAttributesCount":${dropped}${trace}}`;
}

/** Milliseconds as nanoseconds; what cannot be counted is 0, which means that the time is not known. */
function unixNanoseconds(time: number): string {
  if (!(time >= 0 && time < END_OF_TIME)) return "0";
  const whole = Math.floor(time);
  return (BigInt(whole) * 1_000_000n + BigInt(Math.round((time - whole) * 1e6))).toString();
}
