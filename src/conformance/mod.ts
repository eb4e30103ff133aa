/**
 * The public conformance suites: whoever writes a runtime adapter or a backend runs them on it.
 *
 * @module
 */

import { atCaller } from "../at_caller.ts";
import type { Runtime } from "../runtime.ts";
import { type Case, type OtherProcess, type Surroundings, synchronousForm } from "./case.ts";
import { fileCases } from "./file_cases.ts";
import { lockCases } from "./lock_cases.ts";
import { processCases } from "./process_cases.ts";
import { surroundingsCases } from "./surroundings_cases.ts";

export { testBackend, type TestBackendOptions } from "./backend.ts";
export type { BackendSubject, Heal, SubjectAbility } from "./backend_subject.ts";
export type { OtherProcess, Surroundings };

/** Options of {@linkcode testRuntime}. */
export interface TestRuntimeOptions extends Surroundings {
  /** Declares a test: `it` of `node:test`, `Deno.test`, or any other that takes a name and a function. */
  readonly it: (name: string, run: () => Promise<void>) => unknown;
  /** Absolute path of an empty directory that the suite may fill; the caller removes it. Separated by `/`. */
  readonly directory: string;
  /**
   * Rules that the runtime does not keep, each with the reason. The test is declared all the same and bears the reason
   * in its name.
   */
  readonly deviations?: Readonly<Record<string, string>>;
}

/**
 * Declares the tests of the conformance suite for runtimes: what the library expects of everything below it. The
 * comments at the cases say what each rule is good for.
 *
 * @example Test an adapter
 * ```ts ignore
 * import { it } from "node:test";
 *
 * testRuntime(myRuntime(), { it, directory: temporaryDirectory() });
 * ```
 */
export function testRuntime(runtime: Runtime, options: TestRuntimeOptions): void {
  const { it, directory, deviations = {}, elapse = wait } = options;
  const cases: readonly Case[] = [...fileCases, ...lockCases, ...processCases, ...surroundingsCases];

  const unknown = Object.keys(deviations).find((name) => !cases.some((each) => each.name === name));
  if (unknown !== undefined) {
    const problem = `Cannot use option "deviations": there is no rule ${JSON.stringify(unknown)}`;
    throw atCaller(testRuntime, new RangeError(problem));
  }

  const forms = { sync: synchronousForm(runtime.calls), background: { ...runtime.calls, ...runtime.background } };
  let number = 0;
  for (const { name, needs, inBothForms, run } of cases) {
    const missing = needs !== undefined && options[needs] === undefined ? `no ${needs} was given` : undefined;
    const deviation = deviations[name] ?? missing;
    if (deviation !== undefined) {
      it(`${runtime.name}: ${name} [not checked: ${deviation}]`, () => Promise.resolve());
      continue;
    }
    for (const form of inBothForms ? ["sync", "background"] as const : ["background"] as const) {
      const own = `${directory}/case_${++number}`;
      it(`${runtime.name}: ${name}${inBothForms ? ` (${form})` : ""}`, async () => {
        runtime.calls.makeDirectory(own);
        await run({ ...options, runtime, calls: forms[form], directory: own, elapse });
      });
    }
  }
}

/** Waits in real time. */
function wait(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
