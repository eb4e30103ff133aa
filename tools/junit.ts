/**
 * Reads the counts of a test run from its JUnit report, the one format that all three runtimes write.
 *
 * @module
 */

/** How many tests ended how. */
export interface Counts {
  /** Tests that succeeded. */
  readonly passed: number;
  /** Tests that failed. */
  readonly failed: number;
  /** Tests that were not run: skipped or to do. */
  readonly skipped: number;
}

/** The counts of no tests. */
export const noCounts: Counts = { passed: 0, failed: 0, skipped: 0 };

/** Adds two counts. */
export function addCounts(a: Counts, b: Counts): Counts {
  return { passed: a.passed + b.passed, failed: a.failed + b.failed, skipped: a.skipped + b.skipped };
}

// Attribute values may hold a bare ">", which Node does not escape, but never a quote or "<".
const testcase = /<testcase((?:\s+[\w:-]+="[^"]*")*)\s*(?:\/>|>([\s\S]*?)<\/testcase>)/g;

/** What Deno reports for a test whose steps failed: those are counted themselves. */
const failedThroughSteps = /<failure message="\d+ test steps? failed/;

/**
 * Counts the tests of a JUnit report that covers one test file.
 *
 * Only tests without subtests count, so that the numbers mean the same on every runtime: Deno lists a group beside its
 * members (named `group > member`), Node and Bun put the members into a nested suite. A Deno group counts only when it
 * failed by itself, as in a hook.
 */
export function countTests(report: string): Counts {
  const cases = Array.from(report.matchAll(testcase), ([, attributes = "", body = ""]) => ({
    name: /\sname="([^"]*)"/.exec(attributes)?.[1] ?? "",
    file: /\sfile="([^"]*)"/.exec(attributes)?.[1] ?? "",
    body,
  }));
  const groups = new Set(cases.flatMap(({ name }) => prefixes(name)));
  let counts = noCounts;
  for (const { name, file, body } of cases) {
    const failed = /<(?:failure|error)\b/.test(body);
    // Node reports a file without tests as a test of that name that passed.
    if (!failed && file.endsWith(`/${name}`)) continue;
    if (groups.has(name) && (!failed || failedThroughSteps.test(body))) continue;
    const skipped = !failed && /<skipped\b/.test(body);
    counts = addCounts(counts, {
      passed: failed || skipped ? 0 : 1,
      failed: failed ? 1 : 0,
      skipped: skipped ? 1 : 0,
    });
  }
  return counts;
}

/** The names of the groups that a Deno test named `a > b > c` is in: `a` and `a > b`. */
function prefixes(name: string): string[] {
  const parts = name.split(" &gt; ");
  return parts.slice(1).map((_, index) => parts.slice(0, index + 1).join(" &gt; "));
}
