/** One call of a stack. What the engine does not tell is absent. */
export interface StackFrame {
  /** The function, as the engine calls it. */
  readonly function?: string;
  /** Path or URL of the file. */
  readonly file?: string;
  /** Line, from 1. */
  readonly line?: number;
  /** Column, from 1. */
  readonly column?: number;
}

/** Places that are none. */
const NO_FILE: ReadonlySet<string> = new Set(["", "<anonymous>", "native", "unknown", "[native code]"]);

/**
 * Reads the text of `stack`, the innermost call first.
 *
 * Two formats are known, both without a standard: that of V8 (`    at f (file:1:2)`, in Node, Deno and Bun;
 * https://v8.dev/docs/stack-trace-api) and that of JavaScriptCore (`f@file:1:2`, also that of Firefox). Lines that are
 * neither are left out, those of the error's message among them.
 *
 * @example Frames of an error
 * ```ts ignore
 * parseStack("Error: x\n    at load (file:///app/main.ts:3:9)");
 * // [{ function: "load", file: "file:///app/main.ts", line: 3, column: 9 }]
 * ```
 */
export function parseStack(
  stack: string,
  options: {
    /** The error's message, whose lines might look like calls. */
    readonly message?: string;
    /** Most calls to return. */
    readonly limit?: number;
  } = {},
): StackFrame[] {
  const { message = "", limit = 1_000 } = options;
  let start = 0;
  if (message !== "") {
    const at = stack.indexOf(message);
    if (at >= 0 && !stack.slice(0, at).includes("\n")) start = at + message.length;
  }
  const calls = stack.slice(start);
  const parseLine = /^[ \t]*at /m.test(calls) ? v8Frame : jscFrame;
  const frames: StackFrame[] = [];
  for (let from = 0; from < calls.length && frames.length < limit;) {
    const end = calls.indexOf("\n", from);
    const frame = parseLine(calls.slice(from, end < 0 ? undefined : end).trim());
    if (frame !== undefined) frames.push(frame);
    from = end < 0 ? calls.length : end + 1;
  }
  return frames;
}

/** `at f (place)` or `at place`, where each may have `async` in front. */
function v8Frame(line: string): StackFrame | undefined {
  if (!line.startsWith("at ")) return undefined;
  const call = line.slice(line.startsWith("at async ") ? "at async ".length : "at ".length);
  const open = call.indexOf(" (");
  if (open < 0 || !call.endsWith(")")) return frameOf("", call);
  const place = call.slice(open + 2, -1);
  return place.startsWith("index ") ? frameOf(call, "") : frameOf(call.slice(0, open), place);
}

/** `f@place`, `@place` or `place`; a path may have an `@` too. */
function jscFrame(line: string): StackFrame | undefined {
  const at = line.indexOf("@");
  const name = at < 0 ? "" : line.slice(0, at);
  if (at >= 0 && !/[/\\:]/.test(name)) return frameOf(name, line.slice(at + 1));
  return POSITION.test(line) ? frameOf("", line) : undefined;
}

const POSITION = /:(\d+)(?::(\d+))?$/;

function frameOf(name: string, place: string): StackFrame {
  const frame: { -readonly [K in keyof StackFrame]: StackFrame[K] } = {};
  if (name !== "" && name !== "<anonymous>") frame.function = name;
  const position = POSITION.exec(place);
  const file = position === null ? place : place.slice(0, position.index);
  if (NO_FILE.has(file)) return frame;
  frame.file = file;
  if (position?.[1] !== undefined) frame.line = Number(position[1]);
  if (position?.[2] !== undefined) frame.column = Number(position[2]);
  return frame;
}
