import type { Backend } from "../backend.ts";
import { Batch } from "../dispatch/batch.ts";
import { JSON_FORMAT } from "../format/json_options.ts";
import type { Formatter } from "../message.ts";
import type { BackendSubject, SubjectAbility } from "./backend_subject.ts";
import { expect } from "./expect.ts";
import { beginning } from "../beginning.ts";

/** One rule for backends. */
export interface BackendCase {
  /** The rule, as a sentence; also what a deviation is declared by. */
  readonly name: string;
  /** What the subject must be able to do. */
  readonly needs?: SubjectAbility;
  /** Checks the rule; throws when it does not hold. */
  readonly run: (context: BackendContext) => Promise<void>;
}

const encoder = new TextEncoder();
/** Characters of one to four bytes: who counts characters for bytes is found out. */
const ALPHABET = [..."0123456789 abcdefghijklmnopqrstuvwxyz äß€語😀"];
const CIRCLE_BYTES = encoder.encode(ALPHABET.join("")).length;
const RECORD = /\[record (\w+)\.(\d+) (\d+): ([^\]]*)\]/g;

/** The text of a record, of about `size` bytes; every part of it follows from the numbers. */
export function recordText(writer: string, number: number, size = 0): string {
  return `[record ${writer}.${number} ${size}: ${payload(number, size)}]`;
}

function payload(number: number, size: number): string {
  const first = number % ALPHABET.length;
  const circle = ALPHABET.slice(first).concat(ALPHABET.slice(0, first)).join("");
  let rest = size % CIRCLE_BYTES;
  let text = circle.repeat((size - rest) / CIRCLE_BYTES);
  for (const character of circle) {
    if (rest <= 0) break;
    text += character;
    rest -= encoder.encode(character).length;
  }
  return text;
}

/** What arrived, by writer, and what is no whole record. */
export interface Arrived {
  readonly numbers: ReadonlyMap<string, readonly number[]>;
  readonly fragments: readonly string[];
}

/** Reads the records out of what a subject has read. */
export function parseArrived(lines: readonly string[]): Arrived {
  const numbers = new Map<string, number[]>();
  const fragments: string[] = [];
  for (const line of lines) {
    const found = [...line.matchAll(RECORD)];
    const [, writer = "", number = "", size = "", text] = found[0] ?? [];
    if (found.length !== 1 || text !== payload(Number(number), Number(size))) {
      fragments.push(line.length > 200 ? `${beginning(line, 200)}...` : line);
      continue;
    }
    const own = numbers.get(writer) ?? [];
    own.push(Number(number));
    numbers.set(writer, own);
  }
  return { numbers, fragments };
}

/** What a case works with: a subject, and helpers around it. */
export class BackendContext {
  readonly subject: BackendSubject;
  /** How long, in milliseconds, anything may take. */
  readonly timeout: number;
  readonly #format: Formatter;
  readonly #made: Backend[] = [];
  readonly #closed = new Set<Backend>();

  constructor(subject: BackendSubject, timeout: number) {
    this.subject = subject;
    this.timeout = timeout;
    this.#format = subject.format ?? ((message) => JSON_FORMAT.format(message));
  }

  /** Makes a backend, which is closed after the case. */
  async create(): Promise<Backend> {
    const backend = await this.subject.create();
    this.#made.push(backend);
    return backend;
  }

  /** Makes a batch of records, each piece of memory with those of one list. */
  batch(...pieces: readonly (readonly string[])[]): Batch {
    return new Batch(this.pieces(pieces));
  }

  /** The pieces of memory that a batch is made of. */
  pieces(pieces: readonly (readonly string[])[]): { bytes: Uint8Array; lines: number }[] {
    const time = Date.UTC(2026, 0, 1);
    return pieces.map((texts) => ({
      bytes: encoder.encode(texts.map((msg) => this.#format({ time, level: "info", msg }) + "\n").join("")),
      lines: texts.length,
    }));
  }

  /** Writes as the dispatcher does, and tries again what has failed; returns the failures. */
  async deliver(backend: Backend, batch: Batch): Promise<unknown[]> {
    const failures: unknown[] = [];
    const deadline = Date.now() + this.timeout;
    for (;;) {
      try {
        await this.settle(backend.write(batch), "write");
        batch.commit();
        return failures;
      } catch (error) {
        failures.push(error);
        if (Date.now() > deadline) throw error;
      }
      if (batch.byteLength === 0) return failures;
      await wait(10);
    }
  }

  /** Waits for a call of the backend; throws when it takes too long. */
  async settle<T>(result: T | Promise<T>, what: string): Promise<T> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`Expected that ${what} ends within ${this.timeout} ms`)), this.timeout);
    });
    try {
      return await Promise.race([result, late]);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Flushes, where the backend has that. */
  async flush(backend: Backend): Promise<void> {
    await this.settle(backend.flush?.(), "flush");
  }

  /** Closes, where the backend has that. */
  async close(backend: Backend): Promise<void> {
    this.#closed.add(backend);
    await this.settle(backend.close?.(), "close");
  }

  /** What has arrived. */
  async arrived(expected: number): Promise<Arrived> {
    return parseArrived(await this.subject.read(expected));
  }

  /** Throws unless the records of one writer have arrived, once, whole and in order. */
  async expectArrived(count: number, writer = "a"): Promise<void> {
    const { numbers, fragments } = await this.arrived(count);
    expect(fragments.length === 0, `every record arrives whole, and not as ${JSON.stringify(fragments[0])}`);
    expectInOrder(numbers.get(writer) ?? [], count);
  }

  /** Closes what the case has left open, and removes the medium. */
  async end(): Promise<void> {
    for (const backend of this.#made) {
      if (this.#closed.has(backend)) continue;
      try {
        await this.settle(backend.close?.(), "close");
      } catch {
        // The case itself tells what is wrong.
      }
    }
    await this.subject.end?.();
  }
}

/** Throws unless the numbers are those from 0 to `count - 1`, each once and in order. */
export function expectInOrder(numbers: readonly number[], count: number): void {
  const missing = Array.from({ length: count }, (_, number) => number).find((number) => !numbers.includes(number));
  expect(missing === undefined, `record ${missing} of ${count} arrives (${numbers.length} have)`);
  expect(new Set(numbers).size === numbers.length, `no record arrives twice, and not ${firstDouble(numbers)}`);
  const late = numbers.findIndex((number, index) => number !== index);
  expect(late < 0, `record ${late} comes in its place, and not record ${numbers[late]}`);
}

/** The first number that is there twice. */
export function firstDouble(numbers: readonly number[]): number | undefined {
  return numbers.find((number, index) => numbers.indexOf(number) !== index);
}

/** The texts of records from a number on. */
export function records(count: number, { from = 0, size = 20, writer = "a" } = {}): string[] {
  return Array.from({ length: count }, (_, index) => recordText(writer, from + index, size));
}

/** Waits in real time. */
export function wait(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
