/**
 * What stands between the queue and the destinations, and again between them and one destination: middleware,
 * redaction, filters, sampler, in this order.
 *
 * @module
 */
import { messageOf } from "../errors.ts";
import { type Level, LEVELS } from "../level.ts";
import type { Fields, Filter, Message, Middleware } from "../message.ts";
import type { RedactOptions } from "../redact/options.ts";
import { compileRedaction, type Redaction } from "../redact/redaction.ts";
import { type RuleSampler, type SamplerMetrics, withDistinctRules } from "./sample_rule.ts";
import { defaultSnapshots, type Snapshots } from "./snapshot.ts";

/** What a pipeline is made of, checked. */
export interface PipelineParts {
  readonly middleware: readonly Middleware[];
  readonly redact: RedactOptions | undefined;
  readonly filters: readonly Filter[];
  readonly sampler: RuleSampler | undefined;
}

/** What one filter or middleware has done so far. */
export interface StageMetrics {
  /** Name of the function, or its place. */
  readonly rule: string;
  /** Records it removed. */
  readonly rejected: number;
  /** Records for which it threw; they went on. */
  readonly errors: number;
}

/** Numbers of a pipeline. */
export interface PipelineMetrics {
  /** Each middleware, in its order. */
  readonly middleware: readonly StageMetrics[];
  /** Each filter. */
  readonly filters: readonly StageMetrics[];
  /** Each rule of the sampler. */
  readonly sampler: readonly SamplerMetrics[];
}

/** A function of the program in its place, with its counts. */
class Stage<F> {
  readonly call: F;
  readonly rule: string;
  rejected = 0;
  errors = 0;

  constructor(call: F, rule: string) {
    this.call = call;
    this.rule = rule;
  }

  get metrics(): StageMetrics {
    return { rule: this.rule, rejected: this.rejected, errors: this.errors };
  }
}

/** One pipeline. Changing it means putting another in its place. */
export class Pipeline {
  /** What it is made of. */
  readonly parts: PipelineParts;
  /** Whether every record passes unchanged, so that no message object need be made. */
  readonly isEmpty: boolean;
  readonly #middleware: readonly Stage<Middleware>[];
  readonly #filters: readonly Stage<Filter>[];
  readonly #redaction: Redaction | undefined;
  readonly #report: (error: unknown) => void;
  readonly #snapshots: Snapshots;

  constructor(parts: PipelineParts, report: (error: unknown) => void, snapshots: Snapshots = defaultSnapshots) {
    this.#snapshots = snapshots;
    this.parts = parts;
    this.#middleware = stages("middleware", parts.middleware);
    this.#filters = stages("filters", parts.filters);
    this.#report = report;
    this.isEmpty = this.#middleware.length === 0 && this.#filters.length === 0 && parts.sampler === undefined &&
      parts.redact === undefined;
    this.#redaction = parts.redact === undefined ? undefined : compileRedaction(parts.redact, "redact", report);
  }

  /** Takes a message through; `undefined` when it ends here. */
  pass(message: Message): Message | undefined {
    const { sampler } = this.parts;
    let current = message;
    for (const stage of this.#middleware) {
      try {
        // A copy, so that one which changes it in place and then fails leaves the record as it was.
        const changed = stage.call({ ...current });
        if (changed === undefined) {
          stage.rejected++;
          return undefined;
        }
        current = checkedMessage(changed, this.#snapshots);
      } catch (error) {
        stage.errors++;
        const failed = new Error(`Cannot use middleware "${stage.rule}": ${messageOf(error)}`, { cause: error });
        this.#report(this.withoutSecrets(failed));
      }
    }
    if (this.#redaction !== undefined) current = this.#redactMessage(this.#redaction, current);
    for (const stage of this.#filters) {
      try {
        if (stage.call(current)) continue;
        stage.rejected++;
        return undefined;
      } catch (error) {
        // A filter that throws lets the record pass: rather one too many than one too few.
        stage.errors++;
        this.#report(new Error(`Cannot use filter "${stage.rule}": ${messageOf(error)}`, { cause: error }));
      }
    }
    if (sampler === undefined) return current;
    try {
      return sampler(current) ? current : undefined;
    } catch (error) {
      this.#report(new Error(`Cannot use sampler "${sampler.rule}": ${messageOf(error)}`, { cause: error }));
      return current;
    }
  }

  /** Whether it takes secrets out of messages. */
  get redacts(): boolean {
    return this.#redaction !== undefined;
  }

  /** Takes the secrets out of values that are to be printed; they are plain data. Never throws. */
  redact(values: readonly unknown[]): readonly unknown[] {
    return this.#redaction?.values(values) ?? values;
  }

  /** An error without the secrets that its message quotes: code of the program has seen them, and thrown it. */
  withoutSecrets(error: Error): Error {
    if (this.#redaction === undefined) return error;
    const { msg } = this.#redactMessage(this.#redaction, { time: 0, level: "error", msg: error.message });
    return msg === error.message ? error : new Error(msg, { cause: error.cause });
  }

  /** A redaction that fails must not let the secret through. */
  #redactMessage(redaction: Redaction, message: Message): Message {
    try {
      return redaction.apply(message);
    } catch (error) {
      this.#report(new Error(`Cannot redact a record: ${messageOf(error)}`, { cause: error }));
      return { time: message.time, level: message.level, msg: "[redaction failed]" };
    }
  }

  /** The numbers so far. */
  metrics(): PipelineMetrics {
    return {
      middleware: this.#middleware.map(({ metrics }) => metrics),
      filters: this.#filters.map(({ metrics }) => metrics),
      sampler: withDistinctRules(this.parts.sampler?.metrics() ?? []),
    };
  }
}

function stages<F extends (message: Message) => unknown>(kind: string, calls: readonly F[]): Stage<F>[] {
  return calls.map((call, index) => new Stage(call, call.name === "" ? `${kind}[${index}]` : call.name));
}

/** What a middleware returned, as plain as what the log calls leave in the queue; throws when it is no message. */
function checkedMessage(changed: unknown, snapshots: Snapshots): Message {
  const { time, level, msg, fields } = Object(changed) as Partial<Message>;
  if (typeof time !== "number" || !LEVELS.includes(level as Level) || typeof msg !== "string") {
    throw new TypeError("it returned neither a message nor undefined");
  }
  const plain = fields === undefined ? undefined : snapshots.again(fields).value;
  const message = { time, level: level as Level, msg };
  return typeof plain === "object" && plain !== null ? { ...message, fields: plain as Fields } : message;
}
