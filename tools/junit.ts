/**
 * Reads what became of a test run from its JUnit report, the one format that all three runtimes write.
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

/** A test that failed, for people to read. */
export interface Failure {
  /** The name of the test, behind those of its groups where the runtime tells them. */
  readonly name: string;
  /** What the error says. */
  readonly message: string;
  /** Where in the tests it was thrown, as in `tests/a_test.ts:3:5`; empty when the report does not say. */
  readonly place: string;
}

/** A test as the report has it. */
interface EndedTest {
  readonly name: string;
  readonly outcome: keyof Counts;
  readonly body: string;
}

/**
 * The tests of a JUnit report that covers one test file.
 *
 * Only tests without subtests count, so that the numbers mean the same on every runtime: Deno lists a group beside its
 * members (named `group > member`), Node and Bun put the members into a nested suite. A Deno group counts only when it
 * failed by itself, as in a hook.
 */
function readTests(report: string): EndedTest[] {
  const cases = Array.from(report.matchAll(testcase), ([, attributes = "", body = ""]) => ({
    name: /\sname="([^"]*)"/.exec(attributes)?.[1] ?? "",
    file: /\sfile="([^"]*)"/.exec(attributes)?.[1] ?? "",
    body,
  }));
  const groups = new Set(cases.flatMap(({ name }) => prefixes(name)));
  const tests: EndedTest[] = [];
  for (const { name, file, body } of cases) {
    const failed = /<(?:failure|error)\b/.test(body);
    // Node reports a file without tests as a test of that name that passed.
    if (!failed && file.endsWith(`/${name}`)) continue;
    if (groups.has(name) && (!failed || failedThroughSteps.test(body))) continue;
    tests.push({ name, body, outcome: failed ? "failed" : /<skipped\b/.test(body) ? "skipped" : "passed" });
  }
  return tests;
}

/** Counts the tests of a JUnit report that covers one test file. */
export function countTests(report: string): Counts {
  const counts = { ...noCounts };
  for (const { outcome } of readTests(report)) counts[outcome]++;
  return counts;
}

/** The tests of a JUnit report that failed. */
export function findFailures(report: string): Failure[] {
  return readTests(report).filter(({ outcome }) => outcome === "failed").map(({ name, body }) => ({
    name: unescape(name),
    message: unescape(/<(?:failure|error)\b[^>]*?\smessage="([^"]*)"/.exec(body)?.[1] ?? "").trim(),
    place: /tests\/[^\s()]*:\d+:\d+/.exec(body)?.[0] ?? "",
  }));
}

const entities: Readonly<Record<string, string>> = { lt: "<", gt: ">", amp: "&", quot: '"', apos: "'" };

/** Undoes the escapes of XML. */
function unescape(text: string): string {
  return text.replaceAll(/&(?:#(\d+)|#x([\da-f]+)|(\w+));/gi, (escape, decimal, hexadecimal, name) => {
    if (name !== undefined) return entities[name] ?? escape;
    return String.fromCodePoint(decimal === undefined ? parseInt(hexadecimal, 16) : Number(decimal));
  });
}

/** The names of the groups that a Deno test named `a > b > c` is in: `a` and `a > b`. */
function prefixes(name: string): string[] {
  const parts = name.split(" &gt; ");
  return parts.slice(1).map((_, index) => parts.slice(0, index + 1).join(" &gt; "));
}
