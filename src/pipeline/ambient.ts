/**
 * Fields that belong to what the program is doing rather than to a logger: those of `withContext`, and what providers
 * such as OpenTelemetry's active span give.
 *
 * @module
 */
import { messageOf } from "../errors.ts";
import { type Fields, isFields } from "../message.ts";
import type { AsyncStore, Runtime } from "../runtime.ts";
import { Context } from "./context.ts";
import { snapshot } from "./snapshot.ts";

/** Gives fields for each record that is made, or nothing. The same object again is not read again. */
export type ContextProvider = () => Fields | undefined;

/** Fields that are around, and what they become together with the bound fields of each logger. */
class Surroundings {
  readonly fields: Fields;
  readonly #merged = new WeakMap<Context, Context>();

  constructor(fields: Fields) {
    this.fields = fields;
  }

  /** The fields of a logger with these before them; where both have a field, the logger's own counts. */
  around(context: Context): Context {
    let merged = this.#merged.get(context);
    if (merged === undefined) {
      merged = new Context({ ...this.fields, ...context.fields });
      this.#merged.set(context, merged);
    }
    return merged;
  }
}

/** The `withContext` of a runtime, shared by all loggers on it. */
class Ambient {
  readonly #store: AsyncStore;

  constructor(store: AsyncStore) {
    this.#store = store;
  }

  get current(): Surroundings | undefined {
    return this.#store.get() as Surroundings | undefined;
  }

  run<T>(fields: Fields, call: () => T): T {
    const own = fieldsOf(snapshot(fields).value);
    return this.#store.run(new Surroundings({ ...this.current?.fields, ...own }), call);
  }
}

const ambients = new WeakMap<Runtime, Ambient>();

/** Whether `withContext` has ever been called: until then a record need not look for what is around. */
let isAmbientInUse = false;

/**
 * Runs a function; records made inside, also after awaits, carry the fields. See `withContext`.
 *
 * @example Context on a runtime of your own
 * ```ts
 * import { createLoggerFactory, runWithContext } from "@omni/log/core";
 * import { denoRuntime } from "@omni/log/deno";
 *
 * await using log = createLoggerFactory(denoRuntime)("stdout:");
 * runWithContext(denoRuntime(), { request_id: "r-1" }, () => log.info("handled"));
 * ```
 */
export function runWithContext<T>(runtime: Runtime, fields: Fields, call: () => T): T {
  isAmbientInUse = true;
  let ambient = ambients.get(runtime);
  if (ambient === undefined) ambients.set(runtime, ambient = new Ambient(runtime.asyncStore()));
  return ambient.run(fields, call);
}

/** Adds what is around to the bound fields of a logger. */
export class ContextSource {
  readonly #runtime: Runtime;
  readonly #providers: readonly ContextProvider[];
  readonly #report: (error: Error) => void;
  readonly #known = new WeakMap<Fields, Surroundings>();
  #isAsking = false;

  constructor(runtime: Runtime, providers: readonly ContextProvider[], report: (error: Error) => void) {
    this.#runtime = runtime;
    this.#providers = providers;
    this.#report = report;
  }

  /** Whether there is anything to look at. */
  get isInUse(): boolean {
    return isAmbientInUse || this.#providers.length > 0;
  }

  /** The context of a record. Never throws. Records that a provider logs itself do without providers. */
  extend(context: Context): Context {
    let extended = ambients.get(this.#runtime)?.current?.around(context) ?? context;
    if (this.#isAsking) return extended;
    this.#isAsking = true;
    for (const provider of this.#providers) {
      try {
        const fields = provider();
        if (fields !== undefined) extended = this.#surroundings(fields).around(extended);
      } catch (error) {
        this.#report(new Error(`Cannot get context fields: ${messageOf(error)}`, { cause: error }));
      }
    }
    this.#isAsking = false;
    return extended;
  }

  #surroundings(fields: Fields): Surroundings {
    let known = this.#known.get(fields);
    if (known === undefined) {
      known = new Surroundings(fieldsOf(snapshot(fields).value));
      this.#known.set(fields, known);
    }
    return known;
  }
}

function fieldsOf(value: unknown): Fields {
  return isFields(value) ? value : {};
}
