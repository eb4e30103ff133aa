/**
 * How long it takes from the import to the first line in the file, and how large a program becomes.
 *
 * @module
 */
import { spawnSync } from "node:child_process";
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { gzipSync } from "node:zlib";
import { binaries, projectRoot } from "../../tests/support/binaries.ts";
import type { SizeRow, StartupRow } from "../results.ts";
import { interleave } from "../support/rounds.ts";
import { spreadOf } from "../support/statistics.ts";
import { startProgram } from "../support/worker.ts";
import { outputOf } from "./latency.ts";
import type { Place } from "./part.ts";

const PROGRAM = "support/first_line.ts";
const SAMPLES = 31;
const QUICK_SAMPLES = 1;

interface Sample {
  readonly importMs: number;
  readonly firstLineMs: number;
  readonly processMs: number;
}

interface Subject {
  /** Its name; what stands before a comma is the logger. */
  readonly subject: string;
  readonly module: string;
  readonly program?: string;
}

/** Measures fresh processes that log one line. */
export async function measureStartup({ runtime, directory, effort }: Place): Promise<StartupRow[]> {
  const installed = (name: string) => pathToFileURL(join(projectRoot, "node_modules", name)).href;
  const omni = pack(directory);
  const usual = runtime === "node" ? outsideOfProject(directory) : PROGRAM;
  const subjects: readonly Subject[] = [
    { subject: "nothing", module: "" },
    { subject: "omni", module: omni },
    { subject: "omni, its adapter named", module: omni.replace("mod.js", `adapters/${runtime}.js`) },
    // What JSR hands out. Deno keeps what it has made of them.
    ...(runtime === "node"
      ? []
      : [{ subject: "omni, its sources", module: pathToFileURL(join(projectRoot, "mod.ts")).href }]),
    ...(runtime === "node" ? [{ subject: "omni, with koffi", module: omni, program: PROGRAM }] : []),
    { subject: "omni, bundled", module: pathToFileURL(bundle(`export * from "@omni/log";`, directory)).href },
    { subject: "pino", module: `${installed("pino")}/pino.js` },
    {
      subject: "logtape",
      module: `${installed("@logtape/logtape")}/dist/mod.js ${installed("@logtape/file")}/dist/mod.js`,
    },
  ];
  let number = 0;
  const { results, rounds, rejected } = await interleave<Sample>(
    subjects.map(({ subject, module, program = usual }) => ({
      name: subject,
      run: async () => {
        const path = join(directory, `first-${++number}.log`);
        const start = performance.now();
        const output = await outputOf(
          startProgram(runtime, program, {
            args: [subject.split(",")[0] as string, module, path],
            directory,
          }),
        );
        return { ...JSON.parse(output) as Omit<Sample, "processMs">, processMs: performance.now() - start };
      },
    })),
    {
      rounds: effort.quick ? QUICK_SAMPLES : SAMPLES,
      reference: (name, { processMs }) => name === "nothing" ? processMs : undefined,
    },
  );
  return subjects.map(({ subject }) => {
    const own = results.get(subject) ?? [];
    return {
      subject,
      rounds,
      rejected,
      importMs: spreadOf(own.map(({ importMs }) => importMs)),
      firstLineMs: spreadOf(own.map(({ firstLineMs }) => firstLineMs)),
      processMs: spreadOf(own.map(({ processMs }) => processMs)),
    };
  });
}

/** Copies the program to where there is no koffi: Node then uses its own calls, as for most who use Node 26. */
function outsideOfProject(directory: string): string {
  const copy = join(directory, "first_line.mts");
  copyFileSync(join(projectRoot, "bench", PROGRAM), copy);
  return copy;
}

/** Makes the package that npm hands out; returns the address of its entry point. */
function pack(directory: string): string {
  const tarball = join(directory, "package.tgz");
  run(binaries().deno, ["run", "-A", join(projectRoot, "tools", "pack.ts"), tarball], projectRoot);
  run("tar", ["xzf", tarball], directory);
  return pathToFileURL(join(directory, "package", "dist", "mod.js")).href;
}

function run(program: string, args: readonly string[], cwd: string): void {
  const { status, error, stderr } = spawnSync(program, args, { cwd, encoding: "utf8" });
  if (status !== 0) throw new Error(`Cannot measure: ${program} ${args[0]} failed: ${error?.message ?? stderr}`);
}

const PROGRAMS: readonly { readonly subject: string; readonly program: string; readonly source: string }[] = [
  {
    subject: "omni",
    program: "one line",
    source: `import { createLogger } from "@omni/log"; createLogger("app.log").info("hello");`,
  },
  {
    subject: "omni/node",
    program: "one line",
    source: `import { createLogger } from "@omni/log/node"; createLogger("app.log").info("hello");`,
  },
  {
    subject: "pino",
    program: "one line",
    source: `import { pino } from "pino"; pino(pino.destination("app.log")).info("hello");`,
  },
  {
    subject: "logtape",
    program: "one line",
    source: `
      import { configureSync, getLogger, jsonLinesFormatter } from "@logtape/logtape";
      import { getFileSink } from "@logtape/file";
      configureSync({
        sinks: { file: getFileSink("app.log", { formatter: jsonLinesFormatter }) },
        loggers: [{ category: [], lowestLevel: "info", sinks: ["file"] }],
      });
      getLogger("app").info("hello");`,
  },
  { subject: "omni", program: "everything", source: `export * from "@omni/log";` },
  { subject: "omni/core", program: "everything", source: `export * from "@omni/log/core";` },
  { subject: "pino", program: "everything", source: `export * from "pino";` },
  {
    subject: "logtape",
    program: "everything",
    source: `export * from "@logtape/logtape"; export * from "@logtape/file";`,
  },
];

/** Measures minified bundles for Node: of a program that logs one line, and of all that a package exports. */
export function measureSize({ directory }: Place): Promise<SizeRow[]> {
  return Promise.resolve(PROGRAMS.map(({ subject, program, source }) => {
    const bytes = readFileSync(bundle(source, directory));
    return { subject, program, rounds: 1, rejected: 0, bytes: bytes.length, gzip: gzipSync(bytes).length };
  }));
}

let bundles = 0;

/** Bundles and minifies a program; returns the path of the bundle. */
function bundle(source: string, directory: string): string {
  // Below the project, so that the packages are found.
  const scratch = mkdtempSync(join(projectRoot, "node_modules", ".omni-bench-"));
  try {
    const entry = join(scratch, "entry.mjs");
    const path = join(directory, `bundle-${++bundles}.mjs`);
    writeFileSync(entry, withOwnSources(source));
    run(binaries().bun, ["build", entry, "--minify", "--target=node", "--outfile", path], scratch);
    return path;
  } finally {
    rmSync(scratch, { recursive: true });
  }
}

function withOwnSources(source: string): string {
  const { exports } = JSON.parse(readFileSync(join(projectRoot, "deno.json"), "utf8")) as {
    readonly exports: { readonly [name: string]: string };
  };
  return source.replace(/"@omni\/log(\/\w+)?"/, (_, subpath: string | undefined) => {
    const path = exports[subpath === undefined ? "." : `.${subpath}`] as string;
    return JSON.stringify(join(projectRoot, path));
  });
}
