/**
 * Records to format: the worst that can be in a queue, and the queue itself.
 *
 * @module
 */
import fc from "fast-check";
import { Queue } from "../../src/dispatch/queue.ts";
import { LineBuffer } from "../../src/format/line_buffer.ts";
import type { LineFormat } from "../../src/format/line_format.ts";
import { type Level, LEVEL_NUMBER, LEVELS } from "../../src/level.ts";
import type { Fields, Message } from "../../src/message.ts";
import { Context } from "../../src/pipeline/context.ts";
import { type Shape, ShapeRegistry } from "../../src/pipeline/shape.ts";

/** A record as a logger with bound fields makes it. */
export interface QueuedRecord {
  readonly time: number;
  readonly level: Level;
  readonly msg: string;
  readonly bound: Fields | undefined;
  readonly own: Fields;
}

const NASTY = '\n\r\t\0\x07\x1b[31m\x7f\x85\x9b\u2028\u2029\ud83d\ude00\udc00\ud800\ufffd="\\ {},:ab_.'.split("");

/** Texts with everything that one format or another trips over. */
export const nastyText: fc.Arbitrary<string> = fc.oneof(
  fc.string(),
  fc.string({ unit: fc.constantFrom(...NASTY), maxLength: 60 }),
  fc.constantFrom("", "null", "a b", "x=y", "\x1b]0;title\x07", "first\nsecond", "-0", "\u202e"),
);

/**
 * Names: those that formats use themselves, those they make, and nasty ones. No numbers: a JavaScript object moves them
 * to its front, the fast way leaves them where they were.
 */
export const fieldName: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(
    ..."time level msg fields.time fields.fields.time fields.msg pid hostname @timestamp log.level message ecs.version"
      .split(" "),
    ..."log ecs error err error.type process process.pid host service user labels trace_id trace.id logger log.logger"
      .split(" "),
    ..."id _id fields.id version short_message full_message timestamp source a_b a.b fields.a_b _ __proto__ constructor"
      .split(" "),
    "a b",
    "a=b",
    'a"b',
    "",
  ),
  // Nor a single backslash: where V8 (of Node 24 and 26, and Deno 2.9) has read such a key, `JSON.parse` takes the next
  // one in its place for the same, if that begins with an escape.
  nastyText.filter((text) => !/^(?:\d+|\\)$/.test(text)),
);

const errorCopy = (depth: number): fc.Arbitrary<Fields> =>
  fc.record({
    type: nastyText,
    message: nastyText,
    code: fc.oneof(nastyText, fc.integer()),
    stack: fc.oneof(
      nastyText,
      fc.constant("Error: x\n    at f (file:///a.ts:1:2)\n    at g (file:///b.ts:3:4)"),
      fc.constant([{ function: "f", file: "file:///a.ts", line: 1, column: 2 }, { file: "b\x1b.ts" }, {}]),
    ),
    ...depth > 0 && { cause: errorCopy(depth - 1), errors: fc.array(errorCopy(0), { maxLength: 2 }) },
  }, { requiredKeys: ["type", "message"] });

const data: fc.Arbitrary<unknown> = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: "small" },
    nastyText,
    fc.double(),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie("value"), { maxLength: 30 }),
    fc.dictionary(fieldName, tie("value"), { maxKeys: 6 }),
  ),
})).value;

const fields: fc.Arbitrary<Fields> = fc.dictionary(
  fieldName,
  fc.oneof(data, errorCopy(2), fc.constant(undefined), fc.bigInt(), fc.constant(Symbol("s"))),
  { maxKeys: 6, noNullPrototype: true },
);

/** Any record. */
export const anyRecord: fc.Arbitrary<QueuedRecord> = fc.record({
  time: fc.oneof(fc.integer({ min: 0, max: 4e12 }), fc.constantFrom(0, -1, 1.5, 8.64e15, 1e300, NaN, -Infinity)),
  level: fc.constantFrom(...LEVELS),
  msg: nastyText,
  bound: fc.option(fields, { nil: undefined }),
  own: fields,
});

/** A queue with the one record. */
export function queueOf({ time, level, msg, bound, own }: QueuedRecord): Queue {
  const queue = new Queue(1);
  let shape: Shape | undefined = new ShapeRegistry().empty;
  for (const key of Object.keys(own)) {
    shape = shape?.then(key);
    queue.values[queue.valueCount++] = own[key];
  }
  queue.shapes[0] = shape;
  queue.times[0] = time;
  queue.levels[0] = LEVEL_NUMBER[level];
  queue.texts[0] = msg;
  queue.contexts[0] = new Context(bound);
  queue.length = 1;
  return queue;
}

/**
 * The record as a message, and its line, which the fast way and the general way must agree on, and the bytes with both;
 * but for the names that were taken, where a field is `undefined`: it has left the message, but not the keys of the fast
 * way.
 */
export function lineOf(format: LineFormat, record: QueuedRecord): { readonly message: Message; readonly line: string } {
  const queue = queueOf(record);
  const message = queue.message(0);
  const line = format.encode(queue, 0);
  const general = format.format(message);
  const isExact = Object.values(record.own).every((value) => value !== undefined);
  if (line !== general && isExact) throw new Error(`The fast way differs:\n${line}\n${general}`);
  // Twice, because something of the first one is kept for the second.
  for (const written of [writtenLine(format, queue), writtenLine(format, queue)]) {
    if (written !== undefined && written !== line) throw new Error(`The bytes differ:\n${written}\n${line}`);
  }
  const held = new Queue(1);
  held.hold(message);
  const heldLine = writtenLine(format, held) ?? format.encode(held, 0);
  const isHeldExact = Object.values(message.fields ?? {}).every((value) => value !== undefined);
  if (heldLine !== general && isHeldExact) {
    throw new Error(`The line of a held message differs:\n${heldLine}\n${general}`);
  }
  return { message, line };
}

const buffer = new LineBuffer(1 << 20);

/** The line as it is written, whatever has stood in the memory before; `undefined` for formats that only make text. */
function writtenLine(format: LineFormat, queue: Queue): string | undefined {
  if (format.write === undefined) return undefined;
  buffer.bytes.fill(0xff);
  const end = format.write(queue, 0, buffer);
  if (end < 0) throw new Error("There is no room for a line");
  return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(buffer.bytes.subarray(0, end));
}

/** Whether a text has a character that a terminal obeys or a reader of lines takes for the end of one. */
export function hasControl(text: string): boolean {
  // deno-lint-ignore no-control-regex
  return /[\u0000-\u001f\u007f-\u009f]/.test(text);
}

/** Names of the members of a JSON object as they stand in the text, doubled ones twice. */
export function memberNames(json: string): string[] {
  const names: string[] = [];
  let depth = 0;
  for (const [token, name] of json.matchAll(/("(?:[^"\\]|\\.)*")\s*:|"(?:[^"\\]|\\.)*"|[[\]{}]/g)) {
    if (name !== undefined) {
      if (depth === 1) names.push(JSON.parse(name) as string);
    } else if (token === "{" || token === "[") depth++;
    else if (token === "}" || token === "]") depth--;
  }
  return names;
}
