import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import type { LogReport, RecordPlace } from "../../src/verify/report.ts";
import { check, fileOf, KEY, type Line, LogWriter } from "./support.ts";

/** A log of some streams: which one each record belongs to, and which records are dropped. */
const logs = fc.array(
  fc.record({
    stream: fc.nat({ max: 3 }),
    isDropped: fc.boolean(),
    text: fc.string({ unit: "grapheme", maxLength: 40 }),
  }),
  { minLength: 3, maxLength: 60 },
);

function write(steps: readonly { stream: number; isDropped?: boolean; text: string }[], key?: string): Line[] {
  const writer = new LogWriter({ key });
  for (const { stream, isDropped, text } of steps) isDropped ? writer.drop(stream) : writer.log(stream, text);
  return writer.lines;
}

const whole = logs.map((steps) => steps.map((step) => ({ ...step, isDropped: false })));

/** The streams of a report by the pid that {@linkcode LogWriter} gives them. */
function streamOf(report: LogReport, stream: number) {
  return report.streams.find(({ pid }) => pid === 100 + stream);
}

function places(places: readonly RecordPlace[] | undefined): [line: number, seq: number][] {
  return (places ?? []).map(({ line, seq }) => [line, seq]);
}

/** What a report says is wrong, without what is not. */
function problems({ totals }: LogReport): Record<string, number> {
  return Object.fromEntries(Object.entries(totals).filter(([, count]) => count > 0));
}

describe("a generated log", () => {
  for (const key of [undefined, KEY]) {
    const withKey = key === undefined ? "without key" : "with a key";

    it(`as it was written has no problem but what was dropped, ${withKey}`, () => {
      fc.assert(fc.property(logs, fc.integer({ min: 1, max: 400 }), (steps, pieceBytes) => {
        const lines = write(steps, key);
        const half = lines.length >> 1;
        const report = check([fileOf(lines.slice(0, half)), fileOf(lines.slice(half))], { key, pieceBytes });
        const { gaps, missing, ...others } = report.totals;
        assert.deepEqual(Object.values(others).filter((count) => count > 0), []);
        for (const { stream, seq } of lines) {
          const found = streamOf(report, stream);
          assert.ok(found !== undefined && found.first <= seq && seq <= found.last);
        }
        // A drop at the beginning looks like a deleted beginning unless the key tells.
        const dropped = steps.filter(({ stream, isDropped }, index) =>
          isDropped && steps.slice(index).some((later) => later.stream === stream && !later.isDropped) &&
          (key !== undefined || steps.slice(0, index).some((step) => step.stream === stream && !step.isDropped))
        );
        assert.equal(missing, dropped.length);
        const listed = report.streams.flatMap((stream) => stream.gaps);
        assert.equal(listed.length, gaps);
        for (const { cause } of listed) assert.equal(cause, key === undefined ? undefined : "dropped");
        assert.ok(report.streams.every(({ unproven }) => unproven === 0));
      }));
    });

    it(`tells of a record that was taken away, ${withKey}`, () => {
      fc.assert(fc.property(whole, fc.nat(), (steps, choice) => {
        const lines = write(steps, key);
        const index = choice % lines.length;
        const { stream, seq } = lines[index] as Line;
        const rest = lines.toSpliced(index, 1);
        const next = rest.findIndex((line, at) => at >= index && line.stream === stream);
        const report = check([fileOf(rest)], { key });
        if (next < 0) {
          // The end of a stream.
          assert.ok(report.ok);
          const anchored = check([fileOf(rest)], { key, anchors: check([fileOf(lines)], { key }).streams });
          assert.deepEqual(anchored.cutOff.map(({ pid, expected }) => [pid, expected]), [[100 + stream, seq]]);
          assert.equal(anchored.ok, false);
        } else if (seq === 1) {
          // The beginning, as retention takes it.
          assert.ok(report.ok);
          assert.equal(streamOf(report, stream)?.startsAt, 2);
          assert.equal(streamOf(report, stream)?.unproven, key === undefined ? 0 : 1);
          const complete = check([fileOf(rest)], { key, complete: true });
          assert.deepEqual(problems(complete), { gaps: 1, missing: 1 });
        } else {
          assert.deepEqual(problems(report), { gaps: 1, missing: 1 });
          const cause = key === undefined ? {} : { cause: "removed" };
          assert.deepEqual(streamOf(report, stream)?.gaps, [
            { after: seq - 1, before: seq + 1, missing: 1, ...cause, file: "file0", line: next + 1 },
          ]);
        }
      }));
    });

    it(`tells of a record that is there twice, ${withKey}`, () => {
      fc.assert(fc.property(whole, fc.nat(), fc.nat(), (steps, choice, later) => {
        const lines = write(steps, key);
        const index = choice % lines.length;
        const { stream, seq } = lines[index] as Line;
        const at = index + 1 + later % (lines.length - index);
        const report = check([fileOf(lines.toSpliced(at, 0, lines[index] as Line))], { key });
        assert.deepEqual(problems(report), { doubles: 1 });
        assert.deepEqual(places(streamOf(report, stream)?.doubles), [[at + 1, seq]]);
      }));
    });

    it(`tells of two records that have changed places, ${withKey}`, () => {
      fc.assert(fc.property(whole, fc.nat(), (steps, choice) => {
        const lines = write(steps, key);
        const index = choice % lines.length;
        const { stream, seq } = lines[index] as Line;
        const next = lines.findIndex((line, at) => at > index && line.stream === stream);
        fc.pre(next >= 0 && seq > 1);
        const swapped = lines.with(index, lines[next] as Line).with(next, lines[index] as Line);
        const report = check([fileOf(swapped)], { key });
        assert.deepEqual(problems(report), { disorder: 1 });
        assert.deepEqual(places(streamOf(report, stream)?.disorder), [[next + 1, seq]]);
      }));
    });

    it(`tells of a record that is cut, ${withKey}`, () => {
      fc.assert(fc.property(whole, fc.nat(), fc.nat(), (steps, choice, length) => {
        const lines = write(steps, key);
        const index = choice % lines.length;
        const { stream, seq, text } = lines[index] as Line;
        const cut = text.slice(0, 1 + length % (text.length - 1));
        const report = check([fileOf(lines.with(index, { stream, seq, text: cut }))], { key });
        assert.deepEqual(report.fragments.map(({ line }) => line), [index + 1]);
        assert.equal(report.ok, false);
        if (seq > 1 && lines.slice(index + 1).some((line) => line.stream === stream)) {
          assert.deepEqual(streamOf(report, stream)?.gaps.map(({ before }) => before), [seq + 1]);
        }
      }));
    });
  }

  it("tells with the key of a record that was changed", () => {
    fc.assert(fc.property(whole, fc.nat(), fc.nat(), (steps, choice, where) => {
      const lines = write(steps, KEY);
      const index = choice % lines.length;
      const { stream, seq, text } = lines[index] as Line;
      // The date: always a digit, and still JSON.
      const at = '{"time":"'.length + [0, 1, 2, 3, 5, 6, 8, 9][where % 8]!;
      const changed = text.slice(0, at) + (Number(text[at]) + 1) % 10 + text.slice(at + 1);
      const altered = [fileOf(lines.with(index, { stream, seq, text: changed }))];
      assert.ok(check(altered).ok);
      const report = check(altered, { key: KEY });
      assert.deepEqual(problems(report), { altered: 1 });
      assert.deepEqual(places(streamOf(report, stream)?.altered), [[index + 1, seq]]);
    }));
  });

  it("tells with the key of a record that was put in, whatever it says of itself", () => {
    fc.assert(
      fc.property(whole, fc.nat(), fc.integer({ min: -2, max: 3 }), fc.boolean(), (steps, choice, by, signed) => {
        const lines = write(steps, KEY);
        const index = choice % lines.length;
        const { stream, seq, text } = lines[index] as Line;
        const mac = signed ? text.slice(-45, -2) : "A".repeat(43);
        const forged = text.replace(/"seq":\d+,"mac":"[^"]*"\}$/, `"seq":${Math.max(1, seq + by)},"mac":"${mac}"}`)
          .replace('"msg":', '"msg":"forged","was":');
        const report = check([fileOf((lines as (Line | string)[]).toSpliced(index + 1, 0, forged))], { key: KEY });
        assert.equal(report.ok, false);
        const found = streamOf(report, stream);
        const named = [
          ...found?.altered ?? [],
          ...found?.doubles ?? [],
          ...found?.disorder ?? [],
          ...found?.gaps ?? [],
        ];
        assert.ok(named.some(({ line }) => line === index + 2), JSON.stringify(found));
      }),
    );
  });

  it("tells with the key of a record without code", () => {
    fc.assert(fc.property(whole, fc.nat(), (steps, choice) => {
      const lines = write(steps, KEY);
      const index = choice % lines.length;
      const report = check([fileOf((lines as (Line | string)[]).toSpliced(index, 0, `{"msg":"forged"}`))], {
        key: KEY,
      });
      assert.deepEqual(problems(report), { unsigned: 1 });
      assert.deepEqual(report.unsigned, [{ file: "file0", line: index + 1 }]);
    }));
  });

  it("tells with key, anchors and complete of everything that is not as it was written", () => {
    type Edit = { readonly kind: number; readonly at: number; readonly to: number };
    const edits = fc.array(fc.record({ kind: fc.nat({ max: 4 }), at: fc.nat(), to: fc.nat() }), {
      minLength: 1,
      maxLength: 4,
    });
    const apply = (texts: string[], { kind, at, to }: Edit): string[] => {
      if (texts.length === 0) return texts;
      const [from, target] = [at % texts.length, to % texts.length];
      const text = texts[from] as string;
      switch (kind) {
        case 0:
          return texts.toSpliced(from, 1);
        case 1:
          return texts.toSpliced(target, 0, text);
        case 2:
          return texts.toSpliced(from, 1).toSpliced(target, 0, text);
        case 3:
          return texts.with(from, text.slice(0, to % (text.length + 1)));
        default: {
          const place = to % (text.length + 1);
          return texts.with(from, text.slice(0, place) + String.fromCharCode(32 + to % 95) + text.slice(place + 1));
        }
      }
    };
    fc.assert(
      fc.property(whole, edits, (steps, edits) => {
        const lines = write(steps, KEY);
        const anchors = check([fileOf(lines)], { key: KEY }).streams;
        const before = lines.map(({ text }) => text);
        const after = edits.reduce(apply, before);
        // Which stream comes first is nobody's promise: codes follow one stream each.
        const byStream = (texts: string[]) => {
          const groups = new Map<string, string[]>();
          for (const text of texts) {
            const writer = /"writer":"([^"]*)"/.exec(text)?.[1] ?? "";
            groups.set(writer, [...groups.get(writer) ?? [], text]);
          }
          return [...groups].sort(([a], [b]) => a < b ? -1 : 1);
        };
        const isSame = JSON.stringify(byStream(before)) === JSON.stringify(byStream(after));
        assert.equal(check([fileOf(after)], { key: KEY, anchors, complete: true }).ok, isSame);
      }),
      { numRuns: 1_000 },
    );
  });
});
