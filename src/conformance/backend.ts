import { atCaller } from "../at_caller.ts";
import { type BackendCase, BackendContext } from "./backend_case.ts";
import { deliveryCases } from "./backend_delivery_cases.ts";
import { endCases } from "./backend_end_cases.ts";
import { faultCases } from "./backend_fault_cases.ts";
import type { BackendSubject, SubjectAbility } from "./backend_subject.ts";

/** Options of {@linkcode testBackend}. */
export interface TestBackendOptions {
  /** Declares a test: `it` of `node:test`, `Deno.test`, or any other that takes a name and a function. */
  readonly it: (name: string, run: () => Promise<void>) => unknown;
  /** What is tested, for the names of the tests. */
  readonly name: string;
  /** How long, in milliseconds, anything may take. @default 10_000 */
  readonly timeout?: number;
  /**
   * What the subject cannot do, each with the reason; the rules that need it are declared as not checked. Without it a
   * subject must have both `fail` and `stall`.
   */
  readonly lacks?: Readonly<Partial<Record<SubjectAbility, string>>>;
  /**
   * Rules that the backend does not keep, each with the reason. The test is declared all the same and bears the reason
   * in its name.
   */
  readonly deviations?: Readonly<Record<string, string>>;
}

/**
 * Declares the tests of the conformance suite for backends: what the dispatcher expects of everything that it delivers
 * to. The comments at the cases say what each rule is good for.
 *
 * @param open Makes a medium with nothing in it; called once for each test.
 *
 * @example Test a backend
 * ```ts
 * import { type BackendSubject, testBackend } from "@omni/log/conformance";
 *
 * function open(): BackendSubject {
 *   const lines: string[] = [];
 *   let isDown = false;
 *   return {
 *     create: () => ({
 *       supportsAtomic: true,
 *       write(batch) {
 *         if (isDown) throw new Error("the array is down");
 *         lines.push(...batch.lines);
 *       },
 *     }),
 *     read: () => lines,
 *     fail() {
 *       isDown = true;
 *       return () => void (isDown = false);
 *     },
 *   };
 * }
 *
 * const rules: (() => Promise<void>)[] = [];
 * testBackend(open, {
 *   it: (_name, run) => rules.push(run), // in a test file: `it` of node:test
 *   name: "array",
 *   lacks: { stall: "an array never stands still" },
 * });
 * for (const run of rules) await run();
 * ```
 */
export function testBackend(open: () => BackendSubject | Promise<BackendSubject>, options: TestBackendOptions): void {
  const { it, name: subjectName, timeout = 10_000, lacks = {}, deviations = {} } = options;
  const cases: readonly BackendCase[] = [...deliveryCases, ...faultCases, ...endCases];

  const unknown = Object.keys(deviations).find((name) => !cases.some((each) => each.name === name));
  if (unknown !== undefined) {
    const problem = `Cannot use option "deviations": there is no rule ${JSON.stringify(unknown)}`;
    throw atCaller(testBackend, new RangeError(problem));
  }

  for (const { name, needs, run } of cases) {
    const deviation = deviations[name] ?? (needs === undefined ? undefined : lacks[needs]);
    if (deviation !== undefined) {
      it(`${subjectName}: ${name} [not checked: ${deviation}]`, () => Promise.resolve());
      continue;
    }
    it(`${subjectName}: ${name}`, async () => {
      const subject = await open();
      const context = new BackendContext(subject, timeout);
      try {
        if (needs !== undefined && subject[needs] === undefined) {
          throw new TypeError(`Cannot check the rule: the subject has no "${needs}", and "lacks" does not say why`);
        }
        await run(context);
      } finally {
        await context.end();
      }
    });
  }
}
