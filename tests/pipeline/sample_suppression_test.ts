import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import * as sample from "../../src/pipeline/sample.ts";
import { SuppressionReport } from "../../src/pipeline/sample_suppression.ts";
import { counted, message } from "./sample_support.ts";

const MSG = "records suppressed by sampling";

describe("SuppressionReport", () => {
  it("sums up each interval, per rule, and says nothing of rules that removed nothing", () => {
    const sampler = sample.byLevel({ debug: sample.every(4), info: sample.every(1) });
    const report = new SuppressionReport({ interval: "1s", level: "info" });
    const log = (count: number) => {
      for (let n = 0; n < count; n++) {
        sampler(message({ level: "debug" }));
        sampler(message({ level: "info" }));
      }
    };
    assert.deepEqual(report.take(5_000, sampler.metrics()), []);
    log(8);
    assert.equal(report.untilDue(5_999), 1);
    assert.deepEqual(report.take(5_999, sampler.metrics()), []);
    const fields = { rule: "byLevel(debug) > every(4)", suppressed: 6, passed: 2 };
    assert.deepEqual(report.take(6_000, sampler.metrics()), [{ time: 6_000, level: "info", msg: MSG, fields }]);
    assert.deepEqual(report.take(7_500, sampler.metrics()), []);
    log(4);
    assert.deepEqual(report.take(8_400, sampler.metrics()), []);
    assert.equal(report.take(8_500, sampler.metrics())[0]?.fields?.["suppressed"], 3);
    log(4);
    assert.equal(report.flush(8_501, sampler.metrics())[0]?.fields?.["suppressed"], 3);
    assert.deepEqual(report.flush(8_502, sampler.metrics()), []);
  });

  it("tells of each record once, whatever the clock does, and is never late for more than an interval", () => {
    const step = fc.record({ gap: fc.integer({ min: -1e9, max: 3_000 }), records: fc.nat({ max: 20 }) });
    fc.assert(fc.property(fc.array(step, { maxLength: 50 }), (steps) => {
      const sampler = sample.every(3);
      const report = new SuppressionReport({ interval: 1_000 });
      let told = 0;
      let time = 1.7e12;
      let waited = 0;
      const count = (records: ReturnType<typeof report.take>) => {
        for (const { fields } of records) told += fields?.["suppressed"] as number;
      };
      count(report.take(time, sampler.metrics()));
      for (const { gap, records } of steps) {
        for (let n = 0; n < records; n++) sampler(message());
        time += gap;
        waited += Math.max(0, gap);
        count(report.take(time, sampler.metrics()));
        if (waited >= 1_000) {
          assert.equal(told, counted(sampler).rejected);
          waited = 0;
        }
      }
      count(report.flush(time, sampler.metrics()));
      assert.equal(told, counted(sampler).rejected);
    }));
  });

  it("begins anew when the counts are those of another sampler", () => {
    const report = new SuppressionReport({ interval: 1 });
    assert.equal(report.flush(0, [{ rule: "a", passed: 9, rejected: 9 }])[0]?.fields?.["suppressed"], 9);
    assert.equal(report.flush(1, [{ rule: "a", passed: 1, rejected: 2 }])[0]?.fields?.["suppressed"], 2);
    assert.deepEqual(report.flush(2, []), []);
    assert.equal(report.flush(3, [{ rule: "a", passed: 1, rejected: 2 }])[0]?.fields?.["suppressed"], 2);
  });

  it("refuses bad options", () => {
    assert.throws(() => new SuppressionReport({ interval: 0 }), /"suppression\.interval"/);
    assert.throws(() => new SuppressionReport({ level: "loud" as never }), /"suppression\.level"/);
    assert.throws(() => new SuppressionReport({ every: 1 } as object), /no such option/);
  });
});
