import type { Queue } from "../../dispatch/queue.ts";
import type { Envelope } from "../../format/envelope.ts";
import { visibleBlock } from "../../format/escape.ts";
import type { LineFormat } from "../../format/line_format.ts";
import { timestamp } from "../../format/timestamp.ts";
import { LEVEL_NUMBER } from "../../level.ts";
import type { Message } from "../../message.ts";
import { escapeValue } from "./journal_entry.ts";

/** Severities of syslog (RFC 5424, table 2) by level number / 10. */
const PRIORITIES = [7, 7, 7, 6, 4, 3, 2];

/** Longest name of a field that journald takes. */
const LONGEST_NAME = 64;

/** Names that the entry has already. */
const TAKEN: ReadonlySet<string> = new Set(["MESSAGE", "PRIORITY", "TIMESTAMP", "SYSLOG_IDENTIFIER"]);

/** How many different names of fields are remembered with what they become. */
const MOST_NAMES = 10_000;

/** Objects in objects that become fields of their own; what lies deeper is JSON. */
const MOST_DEPTH = 4;

/** The text of a record and nothing else: the fields are fields of the entry. */
export const MESSAGE_TEXT: LineFormat = {
  format: (message) => message.msg,
  encode: (queue, index) => queue.texts[index] as string,
};

/** Makes of a record the fields of an entry of the journal, with its line as the text. */
export class JournalEnvelope implements Envelope {
  readonly #tail: string;
  readonly #names = new Map<string, string>();

  /** @param identifier What stands in front of the text when `journalctl` shows it. */
  constructor(identifier: string | undefined) {
    this.#tail = identifier === undefined ? "" : `\0SYSLOG_IDENTIFIER=${escapeValue(identifier)}`;
  }

  wrap(text: string, message: Message): string {
    const priority = PRIORITIES[LEVEL_NUMBER[message.level] / 10];
    let entry = `MESSAGE=${escapeValue(visibleBlock(text))}\0PRIORITY=${priority}\0TIMESTAMP=${
      timestamp(message.time)
    }${this.#tail}`;
    for (const key in message.fields) entry += this.#field(key, message.fields[key], 1);
    return entry;
  }

  wrapRecord(text: string, queue: Queue, index: number): string {
    return this.wrap(text, queue.message(index));
  }

  #field(key: string, value: unknown, depth: number): string {
    if (typeof value === "object" && value !== null && !Array.isArray(value) && depth < MOST_DEPTH) {
      let fields = "";
      for (const [inner, content] of Object.entries(value)) {
        fields += this.#field(`${key}_${inner}`, content, depth + 1);
      }
      return fields;
    }
    return `\0${this.#name(key)}=${escapeValue(visibleBlock(typeof value === "string" ? value : textOf(value)))}`;
  }

  #name(key: string): string {
    let name = this.#names.get(key);
    if (name !== undefined) return name;
    name = journalName(key);
    if (this.#names.size < MOST_NAMES) this.#names.set(key, name);
    return name;
  }
}

/**
 * The name of a field in the journal: capital letters, digits and underscores, of which a letter comes first (an
 * underscore marks what journald itself vouches for), 64 at the most. `user.id` becomes `USER_ID`.
 */
export function journalName(key: string): string {
  const name = key.replace(/([a-z0-9])([A-Z])/g, "$1_$2").toUpperCase().replace(/[^A-Z0-9]/g, "_");
  return (/^[A-Z]/.test(name) && !TAKEN.has(name) ? name : `FIELD_${name.replace(/^_+/, "")}`).slice(0, LONGEST_NAME);
}

function textOf(value: unknown): string {
  if (typeof value !== "object" || value === null) return String(value);
  try {
    return JSON.stringify(value) ?? "";
  } catch {
    // Only a middleware of the program's can have made what JSON does not take.
    return "[not printable]";
  }
}
