import type { Message } from "../../src/message.ts";
import type { RuleSampler } from "../../src/pipeline/sample_rule.ts";

/** A message with what a test does not care about filled in. */
export function message(parts: Partial<Message> = {}): Message {
  return { time: 0, level: "info", msg: "hello", ...parts };
}

/** Numbers from 0 to 1 that depend on nothing but the seed (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = state + 0x6d2b79f5 | 0;
    let mixed = Math.imul(state ^ state >>> 15, 1 | state);
    mixed = mixed + Math.imul(mixed ^ mixed >>> 7, 61 | mixed) ^ mixed;
    return ((mixed ^ mixed >>> 14) >>> 0) / 2 ** 32;
  };
}

/** How many of the messages pass. */
export function passing(sampler: (message: Message) => boolean, messages: Iterable<Partial<Message>>): number {
  let passed = 0;
  for (const parts of messages) if (sampler(message(parts))) passed++;
  return passed;
}

/** So many messages, so many milliseconds apart. */
export function* stream(count: number, gap: number, start: number = 0): Generator<Partial<Message>> {
  for (let n = 0; n < count; n++) yield { time: start + n * gap };
}

/** Decisions that the rules of a sampler have counted together. */
export function counted(sampler: RuleSampler): { readonly passed: number; readonly rejected: number } {
  const sum = { passed: 0, rejected: 0 };
  for (const { passed, rejected } of sampler.metrics()) {
    sum.passed += passed;
    sum.rejected += rejected;
  }
  return sum;
}
