import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { LEVELS } from "../../src/level.ts";
import * as sample from "../../src/pipeline/sample.ts";
import { SteadyTime } from "../../src/pipeline/sample_time.ts";
import { counted, message, passing, seeded, stream } from "./sample_support.ts";

const seed = fc.integer();

describe("sample.random", () => {
  it("hits its rate within statistical bounds", () => {
    fc.assert(fc.property(seed, fc.double({ min: 0, max: 1, noNaN: true }), (start, rate) => {
      const records = 4_000;
      const sampler = sample.random(rate, { random: seeded(start) });
      const passed = passing(sampler, stream(records, 1));
      const bound = 5.5 * Math.sqrt(records * rate * (1 - rate)) + 1;
      assert.ok(Math.abs(passed - records * rate) <= bound, `${passed} of ${records} at ${rate}`);
      assert.deepEqual(sampler.metrics(), [{ rule: `random(${rate})`, passed, rejected: records - passed }]);
    }));
  });

  it("lets everything or nothing pass at the ends", () => {
    assert.equal(passing(sample.random(1), stream(1_000, 1)), 1_000);
    assert.equal(passing(sample.random(0), stream(1_000, 1)), 0);
    assert.equal(passing(sample.random(1, { random: () => 1 - 2 ** -53 }), stream(10, 1)), 10);
  });

  it("refuses what is no rate", () => {
    for (const rate of [-1, 1.01, NaN, Infinity]) assert.throws(() => sample.random(rate), RangeError);
    assert.throws(() => sample.random("0.1" as unknown as number), /"sample\.random\.rate": expected a number from 0/);
    assert.throws(() => sample.random(0.1, { random: 1 as never }), /"sample\.random\.random"/);
    assert.throws(() => sample.random(0.1, { seed: 1 } as object), /no such option/);
  });
});

describe("sample.every", () => {
  it("lets the first of every n pass", () => {
    fc.assert(fc.property(fc.integer({ min: 1, max: 50 }), fc.integer({ min: 0, max: 500 }), (n, records) => {
      assert.equal(passing(sample.every(n), stream(records, 1)), Math.ceil(records / n));
    }));
    const third = sample.every(3);
    assert.deepEqual([1, 2, 3, 4, 5].map(() => third(message())), [true, false, false, true, false]);
  });

  it("refuses what is no count", () => {
    for (const n of [0, -1, 1.5, NaN]) assert.throws(() => sample.every(n), RangeError);
  });
});

describe("sample.tick", () => {
  it("counts records of a kind per interval as zap does", () => {
    const sampler = sample.tick({ interval: "1s", first: 2, thereafter: 3 });
    const passed = Array.from(stream(12, 1), (parts) => sampler(message(parts)));
    assert.deepEqual(passed.map(Number).join(""), "110010010010");
    assert.ok(sampler(message({ time: 11, msg: "another" })));
    assert.ok(sampler(message({ time: 11, level: "warn" })));
    assert.ok(!sampler(message({ time: 999 })));
    assert.ok(sampler(message({ time: 1_000 })), "a new interval");
  });

  it("lets none of the rest pass without thereafter, or with zero", () => {
    assert.equal(passing(sample.tick({ interval: 1_000, first: 5 }), stream(500, 1)), 5);
    assert.equal(passing(sample.tick({ interval: 1_000, first: 0, thereafter: 10 }), stream(500, 1)), 50);
    assert.equal(passing(sample.tick({ interval: 1_000, first: 0 }), stream(500, 1)), 0);
  });

  it("forgets the kind whose interval began first when there are too many", () => {
    const sampler = sample.tick({ interval: "1h", first: 1, maxKeys: 2 });
    const asks = (msg: string) => sampler(message({ msg }));
    assert.deepEqual(["a", "b", "a", "b"].map(asks), [true, true, false, false]);
    assert.ok(asks("c"), "a is forgotten");
    assert.ok(!asks("b"));
    assert.ok(asks("a"), "b is forgotten");
    assert.ok(!asks("c"));
  });

  it("refuses bad options", () => {
    assert.throws(() => sample.tick({ interval: 0, first: 1 }), /"sample\.tick\.interval"/);
    assert.throws(() => sample.tick({ interval: "1 fortnight", first: 1 }), RangeError);
    assert.throws(() => sample.tick({ interval: 1, first: -1 }), /"sample\.tick\.first"/);
    assert.throws(() => sample.tick({ interval: 1 } as never), TypeError);
    assert.throws(() => sample.tick({ interval: 1, first: 1, thereafter: 0.5 }), RangeError);
    assert.throws(() => sample.tick({ interval: 1, first: 1, maxKeys: 0 }), RangeError);
  });
});

describe("sample.burst", () => {
  it("lets so many of each period pass and asks the next about the rest", () => {
    const sampler = sample.burst({ burst: 20, period: "1s", next: sample.every(5) });
    // zerolog's own test: 20 of the burst and every fifth of the other hundred.
    assert.equal(passing(sampler, stream(120, 1)), 40);
    assert.deepEqual(sampler.metrics(), [
      { rule: "burst(20 per 1s)", passed: 20, rejected: 0 },
      { rule: "burst(20 per 1s) > every(5)", passed: 20, rejected: 80 },
    ]);
    assert.equal(passing(sample.burst({ burst: 20, period: "1s" }), stream(100, 1)), 20);
    assert.equal(passing(sample.burst({ burst: 20, period: "1s" }), stream(3_000, 1)), 60);
  });

  it("refuses bad options", () => {
    assert.throws(() => sample.burst({ burst: 0, period: 1 }), /"sample\.burst\.burst"/);
    assert.throws(() => sample.burst({ burst: 1, period: -1 }), /"sample\.burst\.period"/);
    assert.throws(() => sample.burst({ burst: 1, period: 1, next: "x" as never }), /"sample\.burst\.next"/);
  });
});

describe("sample.rateLimit", () => {
  it("never lets more than burst + rate * time pass, in any stretch", () => {
    const gaps = fc.array(fc.integer({ min: 0, max: 300 }), { minLength: 1, maxLength: 200 });
    const rate = fc.double({ min: 0.1, max: 200, noNaN: true });
    fc.assert(fc.property(rate, fc.integer({ min: 1, max: 50 }), gaps, (perSecond, burst, steps) => {
      const sampler = sample.rateLimit(perSecond, burst);
      const passedAt: number[] = [];
      let time = 1e12;
      for (const step of steps) if (sampler(message({ time: time += step }))) passedAt.push(time);
      assert.ok(passedAt.length > 0);
      for (let from = 0; from < passedAt.length; from++) {
        for (let to = from; to < passedAt.length; to++) {
          const most = burst + perSecond * ((passedAt[to] as number) - (passedAt[from] as number)) / 1000 + 1e-6;
          assert.ok(to - from + 1 <= most);
        }
      }
    }));
  });

  it("gives a steady stream exactly its rate", () => {
    const passed = passing(sample.rateLimit(50, 1), stream(60_000, 1));
    assert.ok(Math.abs(passed - 3_000) <= 60, String(passed));
    assert.equal(passing(sample.rateLimit(0.5), stream(100, 1_000)), 50);
    assert.equal(passing(sample.rateLimit(10), stream(100, 0)), 10);
    assert.equal(passing(sample.rateLimit(10, 25), stream(100, 0)), 25);
  });

  it("refuses bad options", () => {
    for (const rate of [0, -1, NaN, Infinity]) assert.throws(() => sample.rateLimit(rate), RangeError);
    assert.throws(() => sample.rateLimit(1, 0), /"sample\.rateLimit\.burst"/);
  });
});

describe("sample.adaptive", () => {
  /** Passed in each second, at the loads given. */
  function passedPerSecond(loads: readonly number[], start: number, target: number): number[] {
    const sampler = sample.adaptive(target, { random: seeded(start) });
    return loads.map((load, second) => passing(sampler, stream(load, 1_000 / load, second * 1_000)));
  }

  it("settles at the target, whatever the load", () => {
    const target = 200;
    fc.assert(
      fc.property(seed, fc.integer({ min: 200, max: 20_000 }), (start, load) => {
        const seconds = passedPerSecond(Array(8).fill(load), start, target);
        assert.ok(seconds.every((passed) => passed <= 2 * target), seconds.join());
        const mean = seconds.slice(2).reduce((sum, passed) => sum + passed) / 6;
        assert.ok(Math.abs(mean - target) < 5.5 * Math.sqrt(target / 6), seconds.join());
      }),
      { numRuns: 20 },
    );
  });

  it("lets everything pass below the target", () => {
    assert.deepEqual(passedPerSecond([100, 100, 50, 100], 1, 100), [100, 100, 50, 100]);
  });

  it("limits a surge and is back at the target one second after each change", () => {
    const target = 500;
    const loads = [100, 100, 20_000, 20_000, 20_000, 400, 400, 400, 30_000, 800, 800];
    fc.assert(
      fc.property(seed, (start) => {
        const seconds = passedPerSecond(loads, start, target);
        const shown = seconds.join();
        const within = (second: number, expected: number) =>
          assert.ok(Math.abs((seconds[second] as number) - expected) < 5.5 * Math.sqrt(expected), shown);
        assert.deepEqual([...seconds.slice(0, 3), ...seconds.slice(6, 9)], [100, 100, 1_000, 400, 400, 1_000], shown);
        for (const second of [3, 4, 10]) within(second, target);
        // What the second after a surge still pays for it.
        within(5, 400 * target / 20_000);
        within(9, 800 * target / 30_000);
      }),
      { numRuns: 10 },
    );
  });

  it("keeps to a target of less than one a second", () => {
    const sampler = sample.adaptive(0.1, { random: seeded(3) });
    passing(sampler, stream(10_000, 100));
    const passed = passing(sampler, stream(100_000, 100, 1_000_000));
    assert.ok(Math.abs(passed - 1_000) < 5.5 * Math.sqrt(1_000), String(passed));
  });

  it("forgets a surge while nothing comes", () => {
    const sampler = sample.adaptive(100, { random: seeded(1) });
    passing(sampler, stream(100_000, 0.05));
    assert.equal(passing(sampler, stream(100, 10, 3_600_000)), 100);
  });

  it("refuses bad options", () => {
    assert.throws(() => sample.adaptive(0), /"sample\.adaptive\.targetPerSecond"/);
    assert.throws(() => sample.adaptive(1, { interval: 0 }), /"sample\.adaptive\.interval"/);
  });
});

describe("a clock that is set back", () => {
  const samplers = {
    tick: () => sample.tick({ interval: 1_000, first: 1 }),
    burst: () => sample.burst({ burst: 1, period: 1_000 }),
    rateLimit: () => sample.rateLimit(1, 1),
    adaptive: () => sample.adaptive(1, { interval: 1_000, random: seeded(7) }),
  };
  for (const [name, make] of Object.entries(samplers)) {
    it(`never locks up sample.${name}`, () => {
      fc.assert(
        fc.property(fc.array(fc.integer({ min: -1e12, max: 1e12 }), { maxLength: 10 }), (jumps) => {
          const sampler = make();
          let time = 1.7e12;
          sampler(message({ time }));
          for (const jump of [...jumps, -3_600_000]) {
            time += jump;
            const passed = passing(sampler, stream(200, 100, time));
            assert.ok(passed >= 5, `${passed} in 20 s after a jump of ${jump} ms`);
            assert.ok(passed <= 43, `${passed} in 20 s after a jump of ${jump} ms`);
            time += 20_000;
          }
        }),
        { numRuns: 30 },
      );
    });

    it(`does not open the way: sample.${name} passes no more while it swings`, () => {
      const sampler = make();
      let passed = 0;
      for (let n = 0; n < 1_000; n++) if (sampler(message({ time: 1e12 - n * 5_000 }))) passed++;
      assert.ok(passed <= 2, String(passed));
    });

    it(`lets sample.${name} go on after times that are no numbers`, () => {
      const sampler = make();
      for (const time of [NaN, 1e12, NaN, -Infinity, Infinity]) sampler(message({ time }));
      assert.ok(passing(sampler, stream(200, 100, 1e12)) >= 5);
    });
  }

  it("counts for no time", () => {
    const time = new SteadyTime();
    assert.deepEqual([50, 60, 10, 15, NaN, 20, Infinity, 21].map((now) => time.at(now)), [
      0,
      10,
      10,
      15,
      15,
      20,
      20,
      21,
    ]);
  });
});

describe("memory", () => {
  it("stays bounded under a flood of different texts, and the hot kind stays sampled", () => {
    const sampler = sample.tick({ interval: "1h", first: 1, maxKeys: 100 });
    let hot = 0;
    for (let n = 0; n < 20_000; n++) {
      if (sampler(message({ msg: "hot" }))) hot++;
      sampler(message({ msg: `text ${n}`, level: LEVELS[n % LEVELS.length] ?? "info" }));
    }
    // Once for each hundred others, never more.
    assert.ok(hot <= 202, String(hot));
    assert.equal(counted(sampler).passed, hot + 20_000);
  });
});
