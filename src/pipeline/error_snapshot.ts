import { bareUrl } from "./bare_url.ts";
import type { Copier } from "./snapshot_copy.ts";
import { readProperty } from "./snapshot_read.ts";
import { defineNew, LONGEST_STRING } from "./snapshot_text.ts";
import { parseStack } from "./stack_frames.ts";
import { beginning } from "../beginning.ts";

/** Properties that are taken by name, whether they are enumerable, inherited or neither. */
const KNOWN: ReadonlySet<string> = new Set(["message", "stack", "code", "cause"]);
const KNOWN_WITH_ERRORS: ReadonlySet<string> = new Set([...KNOWN, "errors"]);

/**
 * Copies an error: `type`, `message`, `code`, its own enumerable properties, `stack`, `cause`, `errors`.
 *
 * An own property called `type` becomes `type (2)`. A method `toJSON` is not asked: it would hide stack and causes.
 */
export function copyError(error: Error, copier: Copier): Record<string, unknown> {
  const type = typeOfError(error);
  const out: Record<string, unknown> = {
    type: copier.text(type),
    message: copier.copy(readProperty(error, "message")),
  };
  const code = readProperty(error, "code");
  if (code !== undefined && code !== null) out["code"] = copier.copy(code);
  const errors = readProperty(error, "errors");
  const isAggregate = Array.isArray(errors);
  const copy = (key: string, value: unknown) =>
    copier.copy(key === "path" && typeof value === "string" && /^https?:/i.test(value) ? bareUrl(value) : value);
  copier.copyEntries(error, out, { skip: isAggregate ? KNOWN_WITH_ERRORS : KNOWN, copy });
  const stack = copyStack(error, copier);
  if (stack !== undefined) defineNew(out, "stack", stack);
  if (Object.hasOwn(error, "cause")) defineNew(out, "cause", copier.copyInner(readProperty(error, "cause")));
  // A SuppressedError (explicit resource management, ES2026) has two, which are not enumerable.
  if (Object.hasOwn(error, "suppressed")) {
    for (const key of ["error", "suppressed"]) {
      if (!isOwnEnumerable(error, key)) defineNew(out, key, copier.copyInner(readProperty(error, key)));
    }
  }
  if (isAggregate) defineNew(out, "errors", copier.copyItems(errors, true));
  return out;
}

/** The error's `name`, or that of its class when it has not been given one. */
export function typeOfError(error: Error): string {
  const name = readProperty(error, "name");
  if (typeof name === "string" && name !== "Error" && name !== "") return name;
  const constructor = readProperty(error, "constructor");
  const className = typeof constructor === "function" ? readProperty(constructor, "name") : undefined;
  return typeof className === "string" && className !== "" ? className : "Error";
}

function isOwnEnumerable(error: Error, key: string): boolean {
  return Object.prototype.propertyIsEnumerable.call(error, key);
}

function copyStack(error: Error, copier: Copier): unknown {
  const { stack: wanted, maxEntries } = copier.plan;
  // V8 makes the text of a stack when it is first read, which costs more than all the rest.
  if (wanted === false) return undefined;
  const stack = readProperty(error, "stack");
  if (wanted === true || typeof stack !== "string") return copier.copy(stack);
  const message = readProperty(error, "message");
  return copier.copy(
    parseStack(beginning(stack, LONGEST_STRING), {
      message: typeof message === "string" ? message : "",
      limit: maxEntries,
    }),
  );
}
