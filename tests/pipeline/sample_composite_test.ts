import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { LEVELS } from "../../src/level.ts";
import type { Sampler } from "../../src/message.ts";
import * as filter from "../../src/pipeline/filters.ts";
import * as sample from "../../src/pipeline/sample.ts";
import type { RuleSampler } from "../../src/pipeline/sample_rule.ts";
import { counted, message, seeded } from "./sample_support.ts";

const none: Sampler = function nobody() {
  return false;
};

describe("sample.byLevel", () => {
  it("asks the sampler of the level; other levels pass", () => {
    const sampler = sample.byLevel({ debug: none, info: sample.every(2) });
    const passed = LEVELS.flatMap((level) => [level, level]).map((level) => Number(sampler(message({ level })))).join(
      "",
    );
    assert.equal(passed, "110010111111");
    assert.deepEqual(sampler.metrics(), [
      { rule: "byLevel(debug) > nobody", passed: 0, rejected: 2 },
      { rule: "byLevel(info) > every(2)", passed: 1, rejected: 1 },
      { rule: "byLevel(other)", passed: 8, rejected: 0 },
    ]);
  });

  it("counts a sampler of several levels once", () => {
    const shared = sample.every(2);
    for (const part of [shared, none]) {
      const sampler = sample.byLevel({ debug: part, info: part });
      for (const level of LEVELS) sampler(message({ level }));
      assert.equal(sampler.metrics().length, 2);
      assert.equal(counted(sampler).passed + counted(sampler).rejected, LEVELS.length);
    }
  });

  it("refuses unknown levels and what is no sampler", () => {
    assert.throws(() => sample.byLevel({ loud: none } as object), /"sample\.byLevel\.loud": there is no such option/);
    assert.throws(() => sample.byLevel({ info: 0.1 as never }), /"sample\.byLevel\.info": expected a function/);
  });
});

describe("sample.byPattern", () => {
  it("asks the sampler of the first pattern that matches; the rest passes", () => {
    const sampler = sample.byPattern([
      { match: /^GET/g, sampler: none },
      { match: "GET", sampler: sample.every(2) },
      { match: filter.field("bot", { equals: true }), sampler: none },
    ]);
    const passes = (msg: string, fields = {}) => sampler(message({ msg, fields }));
    assert.deepEqual([passes("GET /a"), passes("GET /b"), passes("a GET"), passes("a GET")], [
      false,
      false,
      true,
      false,
    ]);
    assert.deepEqual([passes("POST", { bot: true }), passes("POST")], [false, true]);
    assert.deepEqual(sampler.metrics(), [
      { rule: "byPattern(/^GET/g, field(bot)) > nobody", passed: 0, rejected: 3 },
      { rule: 'byPattern("GET") > every(2)', passed: 1, rejected: 1 },
      { rule: "byPattern(other)", passed: 1, rejected: 0 },
    ]);
  });

  it("gives rules of the same name a number", () => {
    const sampler = sample.byPattern([
      { match: () => false, sampler: sample.every(2) },
      { match: () => false, sampler: sample.every(2) },
    ]);
    const rules = sampler.metrics().map(({ rule }) => rule);
    assert.equal(new Set(rules).size, 3, rules.join());
  });

  it("refuses what is no pattern", () => {
    assert.throws(() => sample.byPattern([{ match: 1 as never, sampler: none }]), /"sample\.byPattern\[0\]\.match"/);
    assert.throws(() => sample.byPattern([{ match: "", sampler: none }]), RangeError);
    assert.throws(() => sample.byPattern([{ match: "a" } as never]), /"sample\.byPattern\[0\]\.sampler"/);
    assert.throws(() => sample.byPattern({} as never), TypeError);
  });
});

describe("sample.except", () => {
  it("lets a level and the more severe ones pass, unseen by the sampler", () => {
    const sampler = sample.except("error", sample.every(2));
    const levels = ["info", "error", "info", "fatal", "info"] as const;
    assert.deepEqual(levels.map((level) => sampler(message({ level }))), [true, true, false, true, true]);
    assert.deepEqual(sampler.metrics(), [
      { rule: "except(error)", passed: 2, rejected: 0 },
      { rule: "except(error) > every(2)", passed: 2, rejected: 1 },
    ]);
  });

  it("lets pass what a filter names", () => {
    const sampler = sample.except(filter.field("audit", { equals: true }), none);
    assert.ok(sampler(message({ fields: { audit: true } })));
    assert.ok(!sampler(message()));
  });

  it("refuses unknown levels", () => {
    assert.throws(() => sample.except("loud" as never, none), /"sample\.except\.exempt"/);
    assert.throws(() => sample.except("error", 1 as never), /"sample\.except\.sampler"/);
  });
});

describe("counts", () => {
  /** Samplers of every kind, nested. */
  const { sampler: anySampler } = fc.letrec<{ sampler: (seed: number) => RuleSampler }>((tie) => ({
    sampler: fc.oneof(
      { maxDepth: 4, depthSize: "small" },
      fc.constantFrom<(seed: number) => RuleSampler>(
        (seed) => sample.random(0.5, { random: seeded(seed) }),
        () => sample.every(3),
        () => sample.tick({ interval: 100, first: 1, thereafter: 4 }),
        () => sample.rateLimit(20),
        (seed) => sample.adaptive(50, { random: seeded(seed) }),
      ),
      tie("sampler").map((make) => (seed: number) => sample.burst({ burst: 2, period: 50, next: make(seed) })),
      tie("sampler").map((make) => (seed: number) => sample.consistent(0.5, "key", { otherwise: make(seed) })),
      tie("sampler").map((make) => (seed: number) => sample.except("error", make(seed))),
      fc.tuple(tie("sampler"), tie("sampler")).map(([a, b]) => (seed: number) =>
        sample.byLevel({ info: a(seed), error: b(seed) })
      ),
      fc.tuple(tie("sampler"), tie("sampler")).map(([a, b]) => (seed: number) =>
        sample.byPattern([{ match: "a", sampler: a(seed) }, { match: /b/, sampler: b(seed) }])
      ),
    ),
  }));

  it("add up to what was seen, each decision counted by one rule", () => {
    const record = fc.record({
      level: fc.constantFrom(...LEVELS),
      msg: fc.constantFrom("a", "b", "ab", "c"),
      fields: fc.constantFrom({}, { key: "x" }, { key: 7 }),
      gap: fc.integer({ min: -20, max: 60 }),
    });
    fc.assert(
      fc.property(anySampler, fc.integer(), fc.array(record, { maxLength: 60 }), (make, seed, records) => {
        const sampler = make(seed);
        let time = 0;
        const sum = { passed: 0, rejected: 0 };
        for (const { gap, ...parts } of records) {
          if (sampler(message({ ...parts, time: time += gap }))) sum.passed++;
          else sum.rejected++;
        }
        assert.deepEqual(counted(sampler), sum);
        const rules = sampler.metrics().map(({ rule }) => rule);
        assert.equal(new Set(rules).size, rules.length, rules.join());
      }),
      { numRuns: 200 },
    );
  });

  it("count a part that throws as passed", () => {
    const broken = () => {
      throw new Error("broken");
    };
    for (
      const sampler of [
        sample.byLevel({ info: broken }),
        sample.burst({ burst: 1, period: 1, next: broken }),
        sample.except("fatal", broken),
        sample.except(broken, none),
        sample.byPattern([{ match: broken, sampler: none }]),
      ]
    ) {
      if (sampler.rule.startsWith("burst")) sampler(message());
      assert.throws(() => sampler(message()), /broken/);
      assert.equal(counted(sampler).rejected, 0);
      assert.ok(counted(sampler).passed > 0);
    }
  });
});
