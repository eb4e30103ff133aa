import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { temporaryDirectory } from "../adapters/programs.ts";
import { currentRuntime } from "../support/spawn.ts";
import {
  type ConsoleRun,
  numbersIn,
  runConsole,
  type RunOptions,
  slowReader,
  untilLogged,
  untilStopped,
  type Way,
  ways,
} from "./harness.ts";

const NUMBERS = (count: number) => Array.from({ length: count }, (_, i) => i);

/** Runs a program with a file in a directory of its own. */
async function run(way: Way, options: (out: string) => Omit<RunOptions, "way" | "directory">) {
  const directory = temporaryDirectory();
  const out = join(directory, "out");
  const result = await runConsole({ way, directory, ...options(out) });
  const text = (path: string) => readFileSync(join(directory, path), "utf8");
  return { ...result, text, end: () => rmSync(directory, { recursive: true }) };
}

function expectMetrics({ metrics, stderr }: ConsoleRun, expected: Partial<NonNullable<ConsoleRun["metrics"]>>): void {
  assert.ok(metrics !== undefined, stderr);
  for (const [name, value] of Object.entries(expected)) {
    assert.equal(metrics[name as keyof typeof metrics], value, `${name} in ${JSON.stringify(metrics)}`);
  }
}

const has = (program: string, ...args: string[]) => spawnSync(program, args).status === 0;
const needsPerl = has("perl", "-e", "1") ? false : "perl is not installed";
const needsScript = has("script", "--version") ? false : "script of util-linux is not installed";

/** Sets O_NONBLOCK for everybody who has the pipe, as a Node program of the same pipeline would. */
const NON_BLOCKING = `perl -e 'use Fcntl; fcntl(STDOUT, F_SETFL, O_WRONLY|O_NONBLOCK); exec @ARGV' "$@"`;

for (const way of ways.filter(({ runtime }) => runtime === currentRuntime)) {
  describe(`standard output of ${way.name}`, () => {
    const ends = ["process.exit", "uncaught throw", "end of script"] as const;
    for (const end of ends) {
      for (const pause of [undefined, [500, 12]] as const) {
        const manner = pause === undefined ? "at once" : "while the reader reads";
        it(`has every line, written ${manner}, when the program ends by ${end} before a slow reader`, async () => {
          const shell = (out: string) => `"$@" | ${slowReader(out, 50, 2)}`;
          const result = await run(way, (out) => ({ shell: shell(out), lines: 5_000, size: 200, end, pause }));
          assert.deepEqual(numbersIn(result.text("out")), NUMBERS(5_000));
          expectMetrics(result, { written: 5_000, dropped: 0 });
          result.end();
        });
      }
    }

    it("has every line in a pipe that somebody has made non-blocking", { skip: needsPerl }, async () => {
      const shell = (out: string) => `${NON_BLOCKING} | ${slowReader(out, 50, 2)}`;
      const end = "process.exit";
      const result = await run(way, (out) => ({ shell: shell(out), lines: 5_000, size: 200, end, pause: [500, 12] }));
      const found = numbersIn(result.text("out"));
      if (way.name.includes("few permissions")) {
        // What was in the hands of Deno's thread at the exit, 4 KiB at the most, may have met a full pipe, and nobody
        // tells the process any more.
        const missing = NUMBERS(5_000).filter((number) => !found.includes(number));
        assert.ok(missing.length * 200 <= 4_096, `${missing.length} lines are missing`);
        assert.deepEqual(found, NUMBERS(5_000).filter((number) => !missing.includes(number)));
      } else assert.deepEqual(found, NUMBERS(5_000));
      expectMetrics(result, { written: 5_000, dropped: 0 });
      result.end();
    });

    it("has every line in a socket", async () => {
      const shell = (out: string) => `${slowReader(out, 50, 2)} "$@"`;
      const end = "process.exit";
      const result = await run(way, (out) => ({ shell: shell(out), lines: 5_000, size: 200, end, pause: [500, 12] }));
      assert.deepEqual(numbersIn(result.text("out")), NUMBERS(5_000));
      expectMetrics(result, { written: 5_000, dropped: 0 });
      result.end();
    });

    it("has every line in a file", async () => {
      const result = await run(way, () => ({ shell: '"$@" > out', lines: 2_000, size: 200, end: "process.exit" }));
      assert.deepEqual(numbersIn(result.text("out")), NUMBERS(2_000));
      expectMetrics(result, { written: 2_000, dropped: 0 });
      result.end();
    });

    it("ends well when its reader leaves, and counts what nobody could read", async () => {
      const result = await run(way, () => ({ shell: '"$@" | head -n 1', lines: 3_000, size: 200, pause: [100, 5] }));
      assert.equal(result.code, 0, result.stderr);
      assert.deepEqual(numbersIn(result.stdout), [0]);
      const { written, dropped } = result.metrics!;
      assert.equal(written + dropped, 3_000);
      assert.ok(dropped > 2_000, `${dropped} dropped`);
      assert.ok(result.errors.length >= 1 && result.errors.length <= 31, result.errors.join("\n"));
      assert.match(result.errors[0], /nobody reads it any more \(EPIPE\)/);
      result.end();
    });

    it("waits for a reader that does not read, without holding up the program, and drops what finds no room", async () => {
      const result = await run(way, () => ({
        shell: '"$@" | (until [ -e go ]; do sleep 0.05; done; cat > out)',
        lines: 4_000,
        size: 500,
        pause: [50, 10],
        options: { destinations: ["stdout:"], queue: { maxBytes: 300_000 } },
        during: async (_child, told, directory) => {
          await untilLogged(told).finally(() => writeFileSync(join(directory, "go"), ""));
        },
      }));
      const { written, dropped, logged } = result.metrics!;
      assert.equal(written + dropped, logged);
      assert.ok(dropped > 0, "some are dropped");
      const records = result.text("out").trimEnd().split("\n").map((line) => JSON.parse(line));
      const notices = records.filter(({ msg }) => msg !== "line");
      assert.equal(records.length - notices.length, written);
      assert.equal(notices.reduce((sum, { dropped }) => sum + dropped, 0), dropped);
      result.end();
    });

    it("goes on while a terminal is stopped", { skip: needsScript }, async () => {
      let sawStop = false;
      const result = await run(way, () => ({
        // `script` takes one string; the quotes of the configuration survive in a variable.
        shell:
          `COMMAND="$*" CONFIG="$(for last; do :; done; echo "$last")" script -qfec 'exec \${COMMAND% *} "$CONFIG"' /dev/null`,
        until: "enough",
        size: 100,
        pause: [10, 5],
        options: { destinations: [{ uri: "stdout:", format: "json" }] },
        during: async (child, told, directory) => {
          await new Promise((resolve) => child.stdout?.once("data", resolve));
          child.stdin?.write("\x13");
          try {
            await untilStopped(child, told).finally(() => writeFileSync(join(directory, "enough"), ""));
            await untilLogged(told);
            sawStop = told().metrics === undefined;
          } finally {
            child.stdin?.write("\x11");
          }
        },
      }));
      assert.ok(sawStop, "it does not end before the terminal goes on");
      const printed = result.stdout.replaceAll("\r", "").replace(/^[^{]+/, "");
      assert.deepEqual(numbersIn(printed), NUMBERS(result.count));
      expectMetrics(result, { written: result.count, dropped: 0 });
      result.end();
    });

    it("keeps what a full disk does not take, and counts it at the end", async () => {
      const result = await run(way, () => ({ shell: '"$@" > /dev/full', lines: 20, end: "end of script" }));
      expectMetrics(result, { logged: 20, written: 0, pending: 20 });
      assert.match(result.errors[0], /Cannot write to destination "stdout:".*(ENOSPC|No space)/i);
      assert.match(result.errors.at(-1)!, /Dropped 20 records.*the process is ending/);
      result.end();
    });

    it("does not mind a standard output that is closed", async () => {
      const result = await run(way, () => ({ shell: '"$@" >&-', lines: 20 }));
      assert.equal(result.code, 0, result.stderr);
      const { written, dropped } = result.metrics!;
      assert.equal(written + dropped, 20);
      result.end();
    });

    it("is split by level, each part in order", async () => {
      const options = { destinations: ["console:"] };
      const result = await run(way, () => ({
        shell: '"$@" > out 2> err',
        lines: 3_000,
        size: 100,
        otherLevel: "warn" as const,
        options,
      }));
      const even = NUMBERS(3_000).filter((i) => i % 2 === 0);
      assert.deepEqual(numbersIn(result.text("out")), even);
      assert.deepEqual(numbersIn(result.text("err")), even.map((i) => i + 1));
      expectMetrics(result, { written: 3_000, dropped: 0 });
      result.end();
    });

    it("is split by level, and one part goes on when nobody reads the other", async () => {
      const result = await run(way, () => ({
        shell: '{ "$@" 2> err; } | head -n 1',
        lines: 2_000,
        size: 100,
        pause: [100, 5] as const,
        otherLevel: "warn" as const,
        options: { destinations: [{ uri: "console:", stderrFrom: "warn" as const }] },
      }));
      assert.equal(numbersIn(result.text("err")).length, 1_000);
      const { written, dropped } = result.metrics!;
      assert.equal(written + dropped, 2_000);
      assert.ok(dropped > 500, `${dropped} dropped`);
      result.end();
    });
  });
}
