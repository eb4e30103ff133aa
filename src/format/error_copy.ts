import type { Fields } from "../message.ts";
import { beginning } from "../beginning.ts";

/** An error as it stands in a record: its copy, made at the call. */
export type ErrorCopy = Fields & { readonly type: string; readonly message: string };

/** Names under which errors are logged: that of `log.error(err)`, and the one that programs like to use. */
const ERROR_KEYS: ReadonlySet<string> = new Set(["err", "error"]);

/** UTF-16 units of a stack, or of a message, that are taken apart into lines: each costs more than its length. */
export const LONGEST_STACK: number = 1 << 20;

/** Depth of causes to which formats follow an error; copies are less deep, what middleware puts in may not be. */
export const MAX_CAUSES = 32;

/** Whether a value is an object with names and values. */
export function isObject(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Whether a value is the copy of an error; one without a stack is one only under the name of an error. */
export function isErrorCopy(value: unknown, key: string): value is ErrorCopy {
  return isObject(value) && typeof value["type"] === "string" && typeof value["message"] === "string" &&
    (ERROR_KEYS.has(key) || typeof value["stack"] === "string");
}

/** The name of the field that holds the record's error. */
export function errorKey(fields: Fields): string | undefined {
  for (const key of ERROR_KEYS) if (isErrorCopy(fields[key], key)) return key;
  return undefined;
}

/** `TypeError: the message`. */
export function errorTitle({ type, message }: ErrorCopy): string {
  return message === "" ? type : `${type}: ${message}`;
}

/** The calls of a stack, one a line, without its title; of a stack as text, or of one that was taken apart. */
export function stackCalls({ stack, message }: ErrorCopy): string[] {
  if (Array.isArray(stack)) return stack.map(callText);
  if (typeof stack !== "string") return [];
  const lines = beginning(stack, LONGEST_STACK).split("\n").map((line) => line.trim());
  const first = lines.findIndex((line) => line.startsWith("at "));
  if (first >= 0) return lines.slice(first);
  return message !== "" && stack.includes(message) ? [] : lines;
}

function callText(call: unknown): string {
  if (!isObject(call)) return String(call);
  const { function: name, file = "<anonymous>", line, column } = call;
  const place = [file, line, column].filter((part) => part !== undefined).join(":");
  return name === undefined ? `at ${place}` : `at ${name} (${place})`;
}

/** The stack of an error as text; `undefined` where it has none. */
export function stackText(error: ErrorCopy): string | undefined {
  const { stack } = error;
  if (typeof stack === "string") return stack;
  return Array.isArray(stack)
    ? [errorTitle(error), ...stackCalls(error).map((line) => `    ${line}`)].join("\n")
    : undefined;
}

/** The stack of an error, or its title where there is none, and those of its causes below it. */
export function chainText(error: ErrorCopy, depth = 0): string {
  const { cause, errors } = error;
  let text = stackText(error) ?? errorTitle(error);
  if (depth >= MAX_CAUSES) return text;
  if (isErrorCopy(cause, "err")) text += `\ncaused by: ${chainText(cause, depth + 1)}`;
  for (const part of Array.isArray(errors) ? errors : []) {
    if (isErrorCopy(part, "err")) text += `\nwith: ${chainText(part, depth + 1)}`;
  }
  return text;
}
