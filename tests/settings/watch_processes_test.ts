import assert from "node:assert/strict";
import { readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { runtimeNames, start } from "../adapters/programs.ts";
import { currentRuntime, withLog } from "../support/spawn.ts";

interface Line {
  readonly msg: string;
  readonly w: string;
  readonly n: number;
  readonly password: string;
}

function linesIn(directory: string, file: string): Line[] {
  const names = readdirSync(directory).filter((name) => name === file || name.startsWith(`${file}.`));
  return names.flatMap((name) => {
    const lines = readFileSync(join(directory, name), "utf8").split("\n");
    assert.equal(lines.pop(), "", `${name} ends with a whole line`);
    return lines.map((line) => JSON.parse(line) as Line);
  });
}

// It starts all three runtimes itself: once is enough. Skipped as a test: Bun says nothing of a suite that is.
describe("watchConfig() in three processes on three runtimes", () => {
  it(
    "changes all of them together, and no line is lost",
    { skip: currentRuntime !== "deno" },
    () =>
      withLog(async (path, directory) => {
        const config = join(directory, "log.json");
        const other = join(directory, "other.log");
        const rotate = { maxBytes: 16_384 };
        const one = { level: "error", destinations: [{ uri: path, rotate }] };
        const two = {
          level: "error",
          levels: { "db.*": "debug" },
          destinations: [{ uri: path, rotate }, { uri: other, level: "error" }],
          redact: { keys: ["password"] },
        };
        writeFileSync(config, JSON.stringify(one));
        const writers = runtimeNames.map((runtime) => {
          const flags = runtime === "node" ? ["--disable-warning=ExperimentalWarning"] : [];
          return start(runtime, "../settings/watch_program.ts", { args: [runtime, directory], flags });
        });
        const all = (text: string) => Promise.all(writers.map((writer) => writer.printed(text)));
        // The first may be on its way already: 20 lines at least.
        const linesOfAll = () => Promise.all(writers.map((writer) => writer.more("line ", 2)));
        // Replaced as a whole, as editors and deployments do it.
        const replaceConfig = (settings: object) => {
          writeFileSync(`${config}.new`, JSON.stringify(settings));
          renameSync(`${config}.new`, config);
        };
        await all("ready\n");
        await all("change 0 destinations,level\n");

        replaceConfig(two);
        await all("change 1 destinations,levels,redact\n");
        await linesOfAll();

        // Settings that are wrong: reported once by each, and nothing changes.
        replaceConfig({ ...one, level: "loud" });
        await all("error ");
        await linesOfAll();

        // Rewritten in place, and caught half-way.
        const text = JSON.stringify(one, null, 2);
        writeFileSync(config, text.slice(0, 40));
        await wait(10);
        writeFileSync(config, text);
        await all("change 2 destinations,levels,redact\n");
        await linesOfAll();
        writeFileSync(join(directory, "stop"), "");

        const expected: Record<string, number> = {};
        for (const [index, name] of runtimeNames.entries()) {
          const { code, stdout, stderr } = await writers[index].ended;
          assert.deepEqual({ code, stderr }, { code: 0, stderr: "" }, name);
          const errors = stdout.split("\n").filter((line) => line.startsWith("error "));
          assert.match(
            errors[0],
            /^error Cannot use option "level" of ".*log\.json", line 1, column 2: expected one of/,
          );
          // The second is of the half of the file, if a process was slow enough to have seen it twice.
          assert.ok(errors.length === 1 || errors.slice(1).every((line) => /Cannot read settings/.test(line)), stdout);
          const { n, dropped } = JSON.parse(/^end (.*)$/m.exec(stdout)?.[1] ?? "");
          assert.equal(dropped, 0);
          expected[name] = n;
        }
        const lines = linesIn(directory, "app.log");
        const second = linesIn(directory, "other.log");
        for (const [name, count] of Object.entries(expected)) {
          const own = lines.filter(({ w, msg }) => w === name && msg === "line");
          assert.deepEqual(
            own.map(({ n }) => n).sort((a, b) => a - b),
            Array.from({ length: count }, (_, n) => n),
            name,
          );
          // What the second setting says counted for one stretch of the lines, in both files alike.
          const redacted = own.filter(({ password }) => password === "[REDACTED]").map(({ n }) => n).sort((a, b) =>
            a - b
          );
          const [first = NaN] = redacted;
          assert.deepEqual(redacted, redacted.map((_, index) => first + index), name);
          assert.ok(redacted.length > 10 && first > 0 && redacted.length < count, name);
          const there = second.filter(({ w, msg }) => w === name && msg === "line").map(({ n }) => n);
          assert.deepEqual(there.sort((a, b) => a - b), redacted, name);
          assert.ok(lines.some(({ w, msg }) => w === name && msg === "detail"), name);
        }
        assert.ok(readdirSync(directory).filter((name) => name.startsWith("app.log.")).length > 0, "it has rotated");
      }),
  );
});
