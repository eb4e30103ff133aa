import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { judge } from "../../bench/parts/growth.ts";
import { charts } from "../../bench/report/charts.ts";
import { goalsOf, goalsTable } from "../../bench/report/goals.ts";
import { toMarkdown } from "../../bench/report/markdown.ts";
import { LogScale } from "../../bench/report/svg.ts";
import { partTable } from "../../bench/report/tables.ts";
import {
  type CostRow,
  type GrowthRow,
  type LatencyRow,
  type PartResult,
  readResults,
  type Results,
  type Spread,
  withPart,
  writeResults,
} from "../../bench/results.ts";
import { ratiosOf } from "../../bench/support/compare.ts";
import { interleave, undisturbed } from "../../bench/support/rounds.ts";
import { bucketsOf, median, percentile } from "../../bench/support/statistics.ts";
import { commitOf } from "../../bench/support/machine.ts";
import { table } from "../../bench/support/table.ts";
import { withLog } from "../support/spawn.ts";

const spread = (median: number): Spread => ({ median, min: median / 2, max: median * 2 });
const cost = (kind: string, ns: number, ratio: CostRow["ratio"] = {}): CostRow => ({
  subject: "omni",
  kind,
  format: "json",
  loop: "turning",
  rounds: 7,
  rejected: 0,
  ns: spread(ns),
  ratio,
});
const exactly = (value: number): Spread => ({ median: value, min: value, max: value });
const latency = (subject: string, scenario: LatencyRow["scenario"]): LatencyRow => ({
  subject,
  scenario,
  rounds: 5,
  rejected: 0,
  rate: 2_000,
  linesPerRequest: 5,
  p50: spread(200),
  p99: spread(500),
  p999: spread(1_500),
  greatest: spread(4_000),
  p999Ratio: exactly(1),
  histogram: [[50, 200], [100, 4_000]],
});
const part = <T>(rows: readonly T[]) => ({
  date: "2026-11-23T11:02:15.123Z",
  machine: { cpu: "a processor", cores: 2, memoryGiB: 8, system: "linux 6 x64", load: 0.1 },
  packages: { "@omni/log": "0.1.0" },
  runtime: "node 26.0.0",
  quick: false,
  seconds: 1,
  rows,
});
const caller = part([cost("disabled", 1), cost("simple", 45, { pino: 0.04 }), cost("five", 71, { pino: 0.06 })]);
const delivered = part([
  cost("five", 300, { floor: 2.4, handWritten: 1.25, pino: 1 / 4, pinoDefault: 1 / 7, logtape: 1 / 9 }),
]);
const results: Results = withPart(
  withPart({}, "caller", "node", caller as PartResult<"caller">),
  "delivered",
  "node",
  delivered as PartResult<"delivered">,
);

describe("goals", () => {
  it("are met or not by what was measured", () => {
    const goals = goalsOf(results).map(({ what, wanted, isMet }) => `${what}: ${wanted}: ${isMet}`);
    assert.deepEqual(goals, [
      "caller, disabled level: <= 3 ns: true",
      "caller, no fields: <= 45 ns: true",
      "caller, no fields: <= 1/20 of pino: true",
      "caller, five fields: <= 70 ns: false",
      "caller, five fields: <= 1/20 of pino: false",
      "delivered, five fields: >= 6 times pino's default: true",
      "delivered, five fields: >= 4.5 times pino's best mode: false",
      "delivered, five fields: >= 10 times LogTape: false",
      "delivered, five fields: <= 1.3 times the hand-written logger: true",
    ]);
  });

  it("ask less of other records, and nothing of a tight loop, of text and of others", () => {
    const rows: readonly CostRow[] = [
      cost("simple", 300, { pino: 1 / 5, pinoDefault: 1 / 7.9, handWritten: 1.31 }),
      ...["nested", "fields:20", "unicode", "error"].map((kind) => cost(kind, 300, { pino: 0.99, pinoDefault: 0.5 })),
      cost("child", 300, { pino: 2 }),
      { ...cost("five", 300, { pino: 2 }), loop: "tight" },
      { ...cost("five", 300, { pino: 2 }), format: "text" },
      { ...cost("five", 300, { pino: 2 }), subject: "omni unlocked" },
    ];
    const measured = withPart({}, "delivered", "node", part(rows) as PartResult<"delivered">);
    assert.deepEqual(goalsOf(measured).map(({ what, wanted, isMet }) => `${what}: ${wanted}: ${isMet}`), [
      "delivered, no fields: >= 8 times pino's default: false",
      "delivered, no fields: >= 5 times pino's best mode: true",
      "delivered, no fields: <= 1.3 times the hand-written logger: false",
      "delivered, nested object: >= 1 times pino's best mode: true",
      "delivered, 20 fields: >= 1 times pino's best mode: true",
      "delivered, unicode: >= 1 times pino's best mode: true",
      "delivered, error with cause: >= 1 times pino's best mode: true",
    ]);
  });

  it("are none of what an earlier run did not measure", () => {
    const old = part([cost("five", 300, { pino: 1 / 5 }), { ...cost("simple", 300), ratio: undefined }]);
    const measured = withPart({}, "delivered", "node", old as PartResult<"delivered">);
    assert.deepEqual(goalsOf(measured).map(({ wanted }) => wanted), [">= 4.5 times pino's best mode"]);
    assert.doesNotMatch(partTable("delivered", old.rows as CostRow[]), /hand-written/);
    assert.match(partTable("delivered", delivered.rows), /x floor \| x hand-written \| x pino/);
  });

  it("let the first line be five milliseconds later than pino's", () => {
    const isMet = (ours: number) => {
      const rows = [["omni", ours], ["pino", 10]].map(([subject, firstLine]) => ({
        subject,
        importMs: exactly(1),
        firstLineMs: exactly(firstLine as number),
        processMs: exactly(50),
      }));
      const [goal] = goalsOf(withPart({}, "startup", "bun", part(rows) as unknown as PartResult<"startup">));
      return `${goal?.wanted}: ${goal?.isMet}`;
    };
    assert.equal(isMet(14.9), "<= pino + 5 ms, 15.0 ms: true");
    assert.equal(isMet(15.1), "<= pino + 5 ms, 15.0 ms: false");
  });

  it("compare the delays of a scenario with the same scenario, which is a part of its own", () => {
    const delays = (scenario: LatencyRow["scenario"], omni: number) =>
      part(["no logging", "omni", "no logging, again"].map((subject) => ({
        ...latency(subject, scenario),
        p999Ratio: exactly(subject === "omni" ? omni : 1),
      })));
    const both = withPart(
      withPart({}, "latency", "node", delays("plain", 1.01) as PartResult<"latency">),
      "latency-rotation",
      "node",
      delays("rotation", 1.3) as PartResult<"latency-rotation">,
    );
    assert.deepEqual(goalsOf(both).map(({ what, isMet }) => `${what}: ${isMet}`), [
      "HTTP p99.9, plain: true",
      "HTTP p99.9, rotation: false",
    ]);
    const { "latency.svg": drawn } = charts(both);
    assert.equal(drawn?.match(/class="[a-f] line"/g)?.length, 6, "three subjects in two scenarios");
  });

  it("say nothing of delays where the same measured again lies further off than the goal allows", () => {
    const goalOf = (omni: number, control: Spread) => {
      const rows = [
        { ...latency("omni", "plain"), p999Ratio: exactly(omni) },
        { ...latency("no logging, again", "plain"), p999Ratio: control },
      ];
      const table = goalsTable(goalsOf(withPart({}, "latency", "node", part(rows) as PartResult<"latency">)));
      return table.split("|").at(-2)?.trim();
    };
    assert.equal(goalOf(1.19, exactly(1.02)), "yes");
    assert.equal(goalOf(1.21, exactly(1.02)), "NO");
    const wide = { median: 1, min: 0.7, max: 1.3 };
    assert.equal(goalOf(1.19, wide), "within the noise (control 0.70 to 1.30)");
    assert.equal(goalOf(1.29, wide), "within the noise (control 0.70 to 1.30)");
    assert.equal(goalOf(1.31, wide), "NO", "worse than the control ever was");
    assert.equal(goalOf(0.9, { median: 0.9, min: 0.8, max: 1 }), "within the noise (control 0.80 to 1.00)");
    assert.equal(goalOf(1.21, { median: 0.9, min: 0.8, max: 1 }), "NO");
  });

  it("are none where nothing was measured", () => assert.deepEqual(goalsOf({}), []));
});

describe("growth", () => {
  const steps = (...costs: readonly [number, number][]) => costs.map(([size, ns]) => ({ size, ns: spread(ns) }));

  it("is linear when the cost grows no more than the size", () => {
    assert.deepEqual(judge(steps([1, 100], [2, 190], [8, 700]), "with size"), {
      worst: { from: 1, to: 2, factor: 0.95 },
      isLinear: true,
    });
  });

  it("is not when one step is worse", () => {
    assert.deepEqual(judge(steps([1, 100], [2, 400], [8, 800]), "with size"), {
      worst: { from: 1, to: 2, factor: 2 },
      isLinear: false,
    });
  });

  it("may not be dearer at all where the work stays the same", () => {
    assert.equal(judge(steps([1, 100], [2, 120]), "not").isLinear, true);
    assert.equal(judge(steps([1, 100], [2, 130]), "not").isLinear, false);
  });
});

describe("rounds", () => {
  it("are left out when the floor was far from the others", () => {
    assert.deepEqual(undisturbed([0, 1, 2, 3], [100, 139, 300, 101]), [0, 1, 3]);
  });

  it("all stay when most would go", () => {
    assert.deepEqual(undisturbed([0, 1, 2, 3], [1, 10, 100, 1000]), [0, 1, 2, 3]);
  });

  it("begin with each participant in turn", async () => {
    const order: string[] = [];
    const participants = ["a", "b"].map((name) => ({
      name,
      run(round: number) {
        order.push(name);
        return Promise.resolve(round);
      },
    }));
    const { results, rejected } = await interleave(participants, { rounds: 2, reference: () => undefined });
    assert.equal(order.join(""), "abba");
    assert.deepEqual([...results], [["a", [0, 1]], ["b", [0, 1]]]);
    assert.equal(rejected, 0);
  });
});

describe("ratios", () => {
  it("are to the best mode in each round, and to pino's default by itself", () => {
    const rounds = (...costs: readonly number[]) => costs.map((ns) => ({ ns }));
    const own = rounds(100, 100, 100);
    const measured = new Map([
      ["omni", own],
      ["floor", rounds(50, 50, 40)],
      ["hand-written", rounds(80, 80, 100)],
      ["pino sync", rounds(500, 800, 900)],
      ["pino async", rounds(1_000, 400, 400)],
    ]);
    assert.deepEqual(ratiosOf(own, measured, ({ ns }) => ns), {
      floor: 2,
      handWritten: 1.25,
      pino: 1 / 4,
      pinoDefault: 1 / 8,
    });
  });
});

describe("statistics", () => {
  it("find the middle and the percentiles", () => {
    const numbers = Array.from({ length: 1000 }, (_, index) => index + 1);
    assert.deepEqual(bucketsOf([0, 1, 64, 90, 91, 127, 128]), [[1, 2], [64, 2], [91, 2], [128, 1]]);
    assert.equal(median([3, 1, 2]), 2);
    assert.equal(median([4, 1, 2, 3]), 2.5);
    assert.deepEqual([50, 99, 99.9, 100].map((percent) => percentile(numbers, percent)), [500, 990, 999, 1000]);
  });
});

describe("the commit", () => {
  const test = spawnSync("git", ["--version"]).status === 0 ? it : it.skip;
  test("is told with what was measured, and whether files differed", () =>
    withLog((_, directory) => {
      const git = (...args: readonly string[]) =>
        execFileSync("git", ["-c", "user.name=a", "-c", "user.email=a@b", ...args], {
          cwd: directory,
          encoding: "utf8",
        });
      git("init", "-q");
      assert.equal(commitOf(directory), undefined, "there is none yet");
      writeFileSync(join(directory, "mod.ts"), "");
      git("add", "mod.ts");
      git("commit", "-q", "-m", "first");
      const commit = git("rev-parse", "--short=12", "HEAD").trim();
      assert.equal(commitOf(directory), commit);
      writeFileSync(join(directory, "README.md"), "");
      assert.equal(commitOf(directory), commit, "nothing that is measured");
      writeFileSync(join(directory, "mod.ts"), "export {};");
      assert.equal(commitOf(directory), `${commit}, changed`);
      return Promise.resolve();
    }));
});

describe("results", () => {
  it("keep counts as they are, and four digits of other numbers", () =>
    withLog((path) => {
      const row = { ...latency("omni", "plain"), buckets: [[64, 123_456]], p999Ratio: exactly(1.23456) };
      const result = part([row]) as unknown as PartResult<"latency">;
      writeResults(path, withPart({}, "latency", "node", result));
      const [read] = readResults(path).latency?.["node"]?.rows ?? [];
      assert.deepEqual(read?.buckets, [[64, 123_456]]);
      assert.equal(read?.p999Ratio.median, 1.235);
      return Promise.resolve();
    }));
});

describe("the report", () => {
  it("tells when each part was measured, at which commit, and whether briefly", () => {
    const told = (more: Partial<PartResult<"caller">>) =>
      toMarkdown(withPart({}, "caller", "node", { ...caller as PartResult<"caller">, ...more }));
    assert.match(told({}), /\| caller \| - +\| - +\| 2026-11-23 11:02 UTC \|/);
    assert.match(told({ commit: "0123abc", brief: true }), /\| 2026-11-23 11:02 UTC, 0123abc, brief \|/);
  });

  it("says what the logger by hand is, and after how many records the loop turns", () => {
    const text = toMarkdown(results);
    assert.match(text, /"hand-written" is what plain JavaScript can do/);
    assert.match(text, /event loop turn after every 500 records/);
  });

  it("tells how much worse than linear a step may be", () => {
    assert.match(toMarkdown(results), /at most\s+25 % more than the size/);
  });

  it("lines up tables", () => {
    const lines = ["| what |  ns |", "| ---- | --: |", "| a\\|b |   1 |"];
    assert.equal(table(["what", "ns"], [["a|b", "1"]]), lines.join("\n"));
  });

  it("tells below a table why a subject is not in it", () => {
    const rows = [cost("five", 300), { ...cost("five", 1), subject: "peer", ns: undefined, note: "cannot" }];
    const text = partTable("delivered", rows as CostRow[]);
    assert.match(text, /five fields \| json, turning \| omni/);
    assert.doesNotMatch(text, /\| peer/);
    assert.match(text, /\n- peer: cannot \(five fields, json, turning\)$/);
  });

  it("tells the cost of a rotation in milliseconds, in a row and a panel of its own", () => {
    const steps = [{ size: 1, ns: spread(2e6) }, { size: 100, ns: spread(90e6) }];
    const row = { subject: "omni", dimension: "rotated files", rounds: 5, rejected: 0 };
    const rows: GrowthRow[] = [
      { ...row, per: "record", grows: "not", steps, ...judge(steps, "not") },
      { ...row, per: "rotation", grows: "with size", steps, ...judge(steps, "with size") },
    ];
    const text = partTable("growth", rows);
    assert.match(text, /\| rotated files +\| omni +\| 1: 2,000,000, 100: 90,000,000 .* NO /);
    assert.match(text, /\| rotated files: ms per rotation +\| omni +\| 1: 2\.00, 100: 90\.0 .* yes /);
    const measured = withPart({}, "growth", "node", part(rows) as PartResult<"growth">);
    const { "growth.svg": drawn } = charts(measured);
    assert.match(drawn as string, />node, rotated files, 100: 90,000,000 ns</);
    assert.match(drawn as string, />node, rotated files: ms per rotation, 100: 90\.0</);
    assert.deepEqual(goalsOf(measured).map(({ what, isMet }) => `${what}: ${isMet}`), [
      "growth: rotated files: false",
      "growth: rotated files: ms per rotation: true",
    ]);
  });

  it("draws what may not grow beside a line that is level", () => {
    const steps = [{ size: 1, ns: spread(100) }, { size: 8, ns: spread(100) }];
    const guideOf = (grows: "with size" | "not") => {
      const row = { subject: "omni", dimension: "files", grows, rounds: 5, rejected: 0, steps, ...judge(steps, grows) };
      const { "growth.svg": drawn } = charts(withPart({}, "growth", "node", part([row]) as PartResult<"growth">));
      const [, from, to] = /d="M\S+ (\S+)L\S+ (\S+)" class="guide"/.exec(drawn as string) ?? [];
      return Number(to) - Number(from);
    };
    assert.equal(guideOf("not"), 0);
    assert.ok(guideOf("with size") < 0, "it rises");
  });

  it("names versions, machine and date of each part", () => {
    const text = toMarkdown(results);
    assert.match(text, /## Caller's cost, per call: node 26\.0\.0\n\n2026-11-23 11:02 UTC, a processor, 2 cores/);
    assert.match(text, /@omni\/log 0\.1\.0/);
  });

  it("draws charts that are well formed, of anything", () => {
    assert.ok(Object.keys(charts(results)).length > 0);
    for (const some of [results, {}]) {
      for (const [name, svg] of Object.entries(charts(some))) {
        assert.match(svg, /^<svg [^>]*>\n<title>/, name);
        assert.match(svg, /<\/svg>\n$/, name);
        assert.doesNotMatch(svg, /NaN|undefined|Infinity/, name);
        const open = svg.match(/<(svg|title|style|text|circle)\b/g) ?? [];
        const closed = svg.match(/<\/(svg|title|style|text|circle)>/g) ?? [];
        assert.equal(open.length, closed.length, name);
      }
    }
    const { "delivered.svg": drawn, "growth.svg": empty } = charts(results);
    assert.match(drawn as string, />node 26\.0\.0, @omni\/log 0\.1\.0</);
    assert.match(drawn as string, />a processor, 2 cores, 8 GiB, linux 6 x64; measured on 2026-11-23 \(UTC\)</);
    assert.doesNotMatch(empty as string, /measured on/);
    assert.match(drawn as string, /omni on node: 300 ns \(150 to 600\)/);
  });

  it("places numbers on a logarithmic axis", () => {
    const scale = new LogScale([12, 800], 0, { to: 200 });
    assert.deepEqual(scale.ticks, [10, 20, 50, 100, 200, 500, 1000]);
    assert.equal(scale.at(10), 0);
    assert.equal(Math.round(scale.at(100)), 100);
    assert.equal(scale.at(1000), 200);
  });
});
