/**
 * Runs the test suite unchanged on Deno, Bun and Node, one after the other:
 * `deno task test [--only deno,bun,node,node24] [--repeat N] [--jobs N] [path ...]`.
 *
 * So many files run at a time as `--jobs` says: two, since most of them wait more than they work. Those that fill the
 * machine run by themselves afterwards.
 *
 * A path, or a part of one, selects test files. Each file gets a process of its own, so that no file sees what another
 * left behind, and a file that ends or hangs its process costs only itself.
 *
 * @module
 */
import { spawn } from "node:child_process";
import { closeSync, globSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { parseArgs } from "node:util";
import { node24 } from "../tests/support/binaries.ts";
import { addCounts, type Counts, countTests, type Failure, findFailures, noCounts } from "./junit.ts";
import { ensureInstalled, projectRoot, runtimes } from "./setup.ts";

/** A runtime that the suite can run on. */
interface Target {
  /** What `OMNI_TEST_RUNTIME` is set to, and what the proof must say. */
  readonly runtime: "deno" | "bun" | "node";
  /** The command that tests one file and leaves a JUnit report. */
  readonly command: (file: string, report: string) => readonly string[];
}

/** What came of a test file. */
interface FileResult {
  readonly counts: Counts;
  readonly failures: readonly Failure[];
  /** Why the file counts as failed beyond its tests: its process crashed, hung or told nothing. */
  readonly problem?: string;
}

/** What came of the suite on one runtime. */
interface RunResult {
  readonly name: string;
  /** The proof: the version that the tests themselves found, or `undefined`. */
  readonly version: string | undefined;
  readonly files: number;
  readonly counts: Counts;
  readonly milliseconds: number;
}

/** A file that takes longer hangs. Bun's own limit of 5 s per test is for unit tests. */
const fileTimeoutMilliseconds = 600_000;

/** Lines that are shown of a message. */
const shownLines = 30;

const proofFile = "tests/support/runtime_proof_test.ts";

function targets(): Readonly<Record<string, Target>> {
  const { deno, bun, node } = runtimes();
  const onNode = (executable: string): Target => ({
    runtime: "node",
    command: (file, report) => [
      executable,
      "--test",
      // The file has this process for itself already. With a second one below it, Node would wait for every program
      // that inherited the pipe between the two, and count a file without tests as one that passed.
      "--test-isolation=none",
      "--test-reporter=spec",
      "--test-reporter-destination=stdout",
      "--test-reporter=junit",
      `--test-reporter-destination=${report}`,
      file,
    ],
  });
  return {
    deno: {
      runtime: "deno",
      // Types are checked by `deno task ok`.
      command: (file, report) => [deno, "test", "-A", "--no-check", `--junit-path=${report}`, file],
    },
    bun: {
      runtime: "bun",
      command: (file, report) => [
        bun,
        "test",
        `--timeout=${fileTimeoutMilliseconds}`,
        "--reporter=junit",
        `--reporter-outfile=${report}`,
        // Without "./" Bun takes the name for a filter.
        `./${file}`,
      ],
    },
    node: onNode(node),
    get node24() {
      return onNode(node24());
    },
  };
}

/** Runs a command in a process group of its own, its output going to a file. Returns what went wrong, if anything. */
function run(command: readonly string[], env: NodeJS.ProcessEnv, output: string): Promise<string | undefined> {
  const [executable = "", ...args] = command;
  const { promise, resolve } = Promise.withResolvers<string | undefined>();
  const log = openSync(output, "a");
  const child = spawn(executable, args, { cwd: projectRoot, env, stdio: ["ignore", log, log], detached: true });
  closeSync(log);
  const killGroup = (): void => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
    } catch {
      // Nobody is left in the group, which is how it should be.
    }
  };
  const interrupt = (): void => {
    killGroup();
    process.exit(130);
  };
  process.once("SIGINT", interrupt);
  process.once("SIGTERM", interrupt);
  let hung = false;
  const timer = setTimeout(() => {
    hung = true;
    killGroup();
  }, fileTimeoutMilliseconds);
  const settle = (problem: string | undefined): void => {
    clearTimeout(timer);
    process.off("SIGINT", interrupt);
    process.off("SIGTERM", interrupt);
    // Programs that a test started and forgot would write into the next test's time.
    killGroup();
    resolve(problem);
  };
  child.once("error", (error: Error) => settle(`did not start: ${error.message}`));
  child.once("exit", (code: number | null, signal: string | null) => {
    if (hung) settle(`did not end within ${fileTimeoutMilliseconds / 1000} s`);
    else settle(code === 0 ? undefined : `ended with ${signal ?? `exit code ${code}`}`);
  });
  return promise;
}

async function testFile(target: Target, file: string, scratch: string, output: string): Promise<FileResult> {
  const report = `${output}.xml`;
  rmSync(report, { force: true });
  const env = { ...process.env, OMNI_TEST_RUNTIME: target.runtime, OMNI_TEST_PROOF: join(scratch, "proof") };
  const ending = await run(target.command(file, report), env, output);
  const reported = readIfThere(report);
  const result = { counts: countTests(reported), failures: findFailures(reported) };
  const { passed, failed, skipped } = result.counts;
  if (ending !== undefined && failed === 0) return { ...result, problem: ending };
  if (ending === undefined && failed > 0) return { ...result, problem: "reported a failure but ended well" };
  if (passed + failed + skipped === 0) return { ...result, problem: "ran no test" };
  return result;
}

/** Files that need the whole machine: nothing else runs beside them. */
const alone = ["tests/process/contention_test.ts", "tests/process/rotation_delay_test.ts"];

/** Runs the files on one runtime. */
async function testRuntime(
  name: string,
  target: Target,
  files: readonly string[],
  { scratch, jobs }: { readonly scratch: string; readonly jobs: number },
): Promise<RunResult> {
  const started = performance.now();
  let counts = noCounts;
  const test = async (file: string, index: number): Promise<void> => {
    const fileStarted = performance.now();
    const output = join(scratch, `${name}-${index}-${file.replaceAll("/", "_")}.txt`);
    const result = await testFile(target, file, scratch, output);
    // A problem that no test accounts for is a failure of its own.
    const unaccounted = result.problem !== undefined && result.counts.failed === 0;
    const own = addCounts(result.counts, { ...noCounts, failed: unaccounted ? 1 : 0 });
    counts = addCounts(counts, own);
    const verdict = own.failed === 0 ? "ok    " : "FAILED";
    console.log(`${verdict} ${name.padEnd(6)} ${file}  ${summary(own)}  ${seconds(performance.now() - fileStarted)}`);
    if (own.failed > 0) {
      for (const failure of result.failures) console.log(describeFailure(failure));
      if (result.problem !== undefined) console.log(`  ${file} on ${name} ${result.problem}`);
      if (unaccounted) console.log(readIfThere(output).trimEnd());
      console.log(`  The whole output is in ${output}`);
    }
  };
  const numbered = files.map((file, index) => [file, index] as const);
  const together = numbered.filter(([file]) => file !== proofFile && !alone.includes(file));
  await test(proofFile, 0);
  const work = async (): Promise<void> => {
    for (let next = together.shift(); next !== undefined; next = together.shift()) await test(...next);
  };
  await Promise.all(Array.from({ length: jobs }, work));
  for (const [file, index] of numbered) if (alone.includes(file)) await test(file, index);
  const proof = new RegExp(`^${target.runtime} (\\S+) `, "m").exec(readIfThere(join(scratch, "proof")));
  return { name, version: proof?.[1], files: files.length, counts, milliseconds: performance.now() - started };
}

/** A failure in few lines: the whole output of a file with a hundred tests hides it. */
function describeFailure({ name, message, place }: Failure): string {
  const lines = message.split("\n").filter((line) => line.trim() !== "");
  const shown = lines.slice(0, shownLines).map((line) => line.length > 300 ? `${line.slice(0, 300)}...` : line);
  if (lines.length > shown.length) shown.push(`... ${lines.length - shown.length} more lines`);
  return [`  ${name}`, ...shown.map((line) => `    ${line}`), ...place === "" ? [] : [`    at ${place}`]].join("\n");
}

function readIfThere(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

function seconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(1)} s`;
}

function summary({ passed, failed, skipped }: Counts): string {
  return `${passed} passed, ${failed} failed${skipped === 0 ? "" : `, ${skipped} skipped`}`;
}

function selectFiles(filters: readonly string[], times: number): string[] {
  if (!Number.isInteger(times) || times < 1) throw new RangeError(`Cannot repeat tests ${times} times`);
  const all = globSync("tests/**/*_test.ts", { cwd: projectRoot }).map((file) => file.replaceAll("\\", "/")).sort();
  const wanted = filters.map((filter) => filter.replace(/^\.\//, ""));
  const selected = all.filter((file) => wanted.length === 0 || wanted.some((filter) => file.includes(filter)));
  if (selected.length === 0) throw new Error(`Cannot run tests: no file matches ${JSON.stringify(filters)}`);
  // First and always: no other result means anything on the wrong runtime.
  const others = selected.filter((file) => file !== proofFile);
  return [proofFile, ...Array.from({ length: times }, () => others).flat()];
}

function printTable(results: readonly RunResult[]): void {
  const rows = [
    ["runtime", "version", "files", "passed", "failed", "skipped", "time"],
    ...results.map(({ name, version, files, counts, milliseconds }) => [
      name,
      version ?? "unproved",
      ...[files, counts.passed, counts.failed, counts.skipped].map(String),
      seconds(milliseconds),
    ]),
  ];
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  for (const row of rows) {
    console.log(row.map((cell, i) => i < 2 ? cell.padEnd(widths[i]) : cell.padStart(widths[i])).join("  "));
  }
}

async function main(): Promise<boolean> {
  const { values, positionals } = parseArgs({
    args: process.argv.slice(2),
    options: {
      only: { type: "string", multiple: true },
      repeat: { type: "string", default: "1" },
      jobs: { type: "string", default: "2" },
    },
    allowPositionals: true,
  });
  const names = (values.only ?? ["deno,bun,node"]).flatMap((value) => value.split(","));
  const files = selectFiles(positionals, Number(values.repeat));
  const jobs = Number(values.jobs);
  if (!Number.isInteger(jobs) || jobs < 1) throw new RangeError(`Cannot run ${values.jobs} tests at a time`);
  ensureInstalled();
  const available = targets();
  const results: RunResult[] = [];
  for (const name of names) {
    if (!Object.hasOwn(available, name)) {
      throw new RangeError(`Cannot run tests on "${name}": allowed are ${Object.keys(available).join(", ")}`);
    }
  }
  for (const name of names) {
    const scratch = mkdtempSync(join(tmpdir(), `omni-test-${name}-`));
    const result = await testRuntime(name, available[name], files, { scratch, jobs });
    results.push(result);
    if (result.counts.failed === 0) rmSync(scratch, { recursive: true });
  }
  console.log("");
  printTable(results);
  const unproved = results.filter(({ version }) => version === undefined);
  for (const { name } of unproved) console.log(`No test has proved that it ran on ${name}`);
  const total = results.map(({ counts }) => counts).reduce(addCounts, { ...noCounts, failed: unproved.length });
  console.log(`\n${summary(total)}`);
  return total.failed === 0 && results.every(({ counts }) => counts.passed > 0);
}

try {
  process.exitCode = await main() ? 0 : 1;
} catch (error) {
  console.error(`error: ${error instanceof Error ? error.message : error}`);
  process.exitCode = 1;
}
