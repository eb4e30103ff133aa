/**
 * The promise of the library, to watch: processes on Deno, Bun and Node log into one rotating, compressed file, and
 * then every line of it is counted. Run it with `deno task demo`; `deno task demo --help` lists the options.
 *
 * @module
 */
import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { type Count, count, type Tally } from "./demo/count.ts";
import { startFleet, type Writer } from "./demo/fleet.ts";
import { type DemoOptions, parseOptions, usage, UsageError } from "./demo/options.ts";
import { showProgress } from "./demo/progress.ts";
import { aligned, bytes, grouped, seconds } from "./demo/table.ts";

async function run(options: DemoOptions): Promise<boolean> {
  const { writers: number, lines, maxBytes, kill, keep } = options;
  const directory = realpathSync(mkdtempSync(join(tmpdir(), "omni-demo-")));
  const path = join(directory, "app.log");
  console.log(
    `${plural(number, "process", "processes")} x ${plural(lines, "line", "lines")} into one file, ` +
      `rotated at ${bytes(maxBytes)}, gzip${kill ? `; process ${number} gets a kill -9 half-way` : ""}`,
  );
  if (keep) console.log(`Directory: ${directory}`);
  console.log("");

  const startedAt = performance.now();
  const { writers, ended, stop } = startFleet({ path, writers: number, lines, maxBytes, kill });
  const finishProgress = showProgress(writers);
  const interrupt = () => {
    stop();
    finishProgress();
    if (!keep) rmSync(directory, { recursive: true, force: true });
    process.exit(130);
  };
  process.once("SIGINT", interrupt).once("SIGTERM", interrupt);
  await ended;
  finishProgress();
  const writtenAt = performance.now();
  console.log("\nReading everything back ...\n");
  const counted = count(path, writers);
  const countedAt = performance.now();

  report(writers, counted, { writing: writtenAt - startedAt, reading: countedAt - writtenAt });
  const faults = findFaults(writers, counted);
  // What went wrong is worth a look.
  if (keep || faults.length > 0) console.log(`Files are kept in ${directory}\n`);
  else rmSync(directory, { recursive: true });
  console.log(faults.length > 0 ? `FAIL: ${faults.join("; ")}` : `PASS: ${success(writers, counted)}`);
  return faults.length === 0;
}

function report(
  writers: readonly Writer[],
  { tallies, pieces, compressed, plainBytes, storedBytes }: Count,
  time: { readonly writing: number; readonly reading: number },
): void {
  const cells = ({ expected, found, lost, doubled, torn }: Tally) =>
    [expected, found, lost, doubled, torn].map((value) => grouped(value).padStart(7));
  const rows = writers.map(({ number, runtime, pid, isVictim }, i) => {
    const [expected, ...rest] = cells(tallies[i]);
    return [`${number} ${runtime}`, String(pid), isVictim ? `>= ${expected.trim()}` : expected, ...rest];
  });
  const total = ["expected", "found", "lost", "doubled", "torn"].map((column) => sum(tallies, column as keyof Tally));
  const all = total.map((value, i) =>
    (i === 0 && writers.some(({ isVictim }) => isVictim) ? ">= " : "") + grouped(value)
  );
  const head = ["process", "pid", "expected", "found", "lost", "doubled", "torn"];
  const table = aligned([head, ...rows, ["all", "", ...all]], 1);
  const rule = "  " + "-".repeat(Math.max(...table.map((row) => row.length)) - 2);
  console.log([table[0], rule, ...table.slice(1, -1), rule, table.at(-1), ""].join("\n"));

  const found = sum(tallies, "found");
  const smaller = plainBytes === 0 ? 0 : Math.round(100 * (1 - storedBytes / plainBytes));
  const facts = [
    ["files", `${plural(pieces, "piece", "pieces")}, ${grouped(compressed)} of them compressed`],
    ["size", `${bytes(plainBytes)} of lines in ${bytes(storedBytes)} on disk (${smaller} % less)`],
    ["time", `${seconds(time.writing)} to write, ${seconds(time.reading)} to read back and check`],
    ["speed", `${grouped(found / time.writing * 1000)} lines/s`],
  ];
  writers.forEach((writer, i) => {
    if (writer.isVictim) facts.push(["kill -9", obituary(writer, tallies[i])]);
    for (const complaint of writer.complaints.slice(0, 5)) {
      facts.push([`${writer.number} ${writer.runtime}`, complaint]);
    }
  });
  console.log(aligned(facts, 2).join("\n") + "\n");
}

function obituary({ number, runtime, written }: Writer, { found, fragments }: Tally): string {
  const left = fragments.length === 0
    ? "no fragment"
    : `${plural(fragments.length, "fragment", "fragments")} of ${
      fragments.map(({ length }) => length).join(", ")
    } bytes`;
  return `${number} ${runtime}: ${grouped(written)} lines acknowledged, ${grouped(found)} found, ${left}`;
}

/** Everything that breaks the promise. */
function findFaults(writers: readonly Writer[], { tallies, foreign }: Count): string[] {
  const faults: string[] = [];
  for (const column of ["lost", "doubled", "torn", "disordered"] as const) {
    const number = sum(tallies, column);
    if (number !== 0) faults.push(`${plural(number, "line", "lines")} ${column}`);
  }
  if (foreign > 0) faults.push(`${plural(foreign, "line", "lines")} of nobody`);
  writers.forEach(({ number, runtime, isVictim, failure }, i) => {
    if (tallies[i].fragments.length > 1) faults.push(`process ${number} left more than one fragment`);
    if (isVictim ? failure !== "SIGKILL" : failure !== undefined) {
      faults.push(`process ${number} (${runtime}) ended with ${failure ?? "exit code 0, before it could be killed"}`);
    }
  });
  return faults;
}

function success(writers: readonly Writer[], { tallies }: Count): string {
  const runtimes = new Set(writers.map(({ runtime }) => runtime)).size;
  const survived = writers.some(({ isVictim }) => isVictim) ? ", though one was killed" : "";
  return `${plural(sum(tallies, "found"), "line", "lines")} of ${plural(writers.length, "process", "processes")} ` +
    `on ${plural(runtimes, "runtime", "runtimes")}, none lost, doubled, torn or out of order${survived}`;
}

function sum(tallies: readonly Tally[], column: keyof Tally): number {
  return tallies.reduce((total, tally) => total + Number(tally[column]), 0);
}

function plural(number: number, one: string, many: string): string {
  return `${grouped(number)} ${number === 1 ? one : many}`;
}

try {
  const options = parseOptions(process.argv.slice(2));
  if (options.help) console.log(usage);
  else if (!await run(options)) process.exitCode = 1;
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  console.error(`${error.message}\n\n${usage}`);
  process.exitCode = 2;
}
