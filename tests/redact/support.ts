import type { Message } from "../../src/message.ts";
import { snapshot } from "../../src/pipeline/snapshot.ts";
import type { RedactOptions } from "../../src/redact/options.ts";
import { compileRedaction } from "../../src/redact/redaction.ts";

/** A message as the pipeline has it, with everything in it frozen: whatever is changed must be a copy. */
export function messageOf(msg: string, fields?: unknown): Message {
  const message = { time: 1_764_000_000_000, level: "info", msg } as const;
  if (fields === undefined) return Object.freeze(message);
  return Object.freeze({ ...message, fields: freeze(snapshot(fields).value) as Record<string, unknown> });
}

/** The fields of a message after redaction. */
export function redactFields(fields: unknown, options: RedactOptions): unknown {
  return compileRedaction(options, "redact").apply(messageOf("", fields)).fields;
}

/** The text of a message after redaction. */
export function redactString(text: string, options: RedactOptions): string {
  return compileRedaction(options, "redact").apply(messageOf(text)).msg;
}

function freeze(value: unknown): unknown {
  if (typeof value === "object" && value !== null) {
    Object.freeze(value);
    for (const item of Object.values(value)) freeze(item);
  }
  return value;
}
