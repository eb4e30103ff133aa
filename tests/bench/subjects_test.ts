import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { LOGGERS } from "../../bench/parts/part.ts";
import { DELIVERED_KINDS, type Kind, KINDS, TEXT, type TITLES, workOf } from "../../bench/records.ts";
import { loadSubject } from "../../bench/subjects/mod.ts";
import { Unsupported } from "../../bench/subjects/subject.ts";
import { withLog } from "../support/spawn.ts";

/** What each line must hold, beside the text. */
const HELD: { readonly [K in keyof typeof TITLES]: readonly string[] } = {
  disabled: [],
  simple: [],
  five: ["GET", "/api/v1/items", "200", "42", "5.25"],
  child: ["checkout", "eu-central-1", "7", "42", "true"],
  nested: ["Ann Example", "writer", "application/json", "300"],
  error: ["payment 42 failed"],
  large: [", and more, and more"],
  "fields:20": ["field_0", "42", "field_19", "a short value"],
  unicode: ["注文は東京から 🎉", "Jürgen Größmann", "schön 素晴らしい 👍🏽"],
};
const ALL_KINDS = new Set([...KINDS, ...DELIVERED_KINDS]);

const RECORDS = 43;

/** Subjects and what they do not write, as the reports say. */
const LEFT_OUT = [
  "bunyan, text",
  "hand-written, child, json",
  "hand-written, disabled, json",
  "hand-written, error, json",
  "hand-written, text",
  "log4js, error, json",
  "log4js, fields, text",
  "pino async, text",
  "pino sync, text",
];

describe("the subjects of the benchmarks", () => {
  const leftOut = new Set<string>();
  for (const subject of [...LOGGERS, "hand-written"]) {
    it(`${subject} writes a line for each record, with all of it`, async () => {
      for (const format of ["json", "text"] as const) {
        for (const kind of ALL_KINDS) {
          if (kind === "disabled" && subject === "floor") continue;
          // The benchmarks' text formats are of flat fields.
          if ((kind === "nested" || kind === "error") && format === "text") continue;
          await withLog(async (path) => {
            const open = await loadSubject(subject);
            try {
              const logger = await open({ path, kind, format });
              logger.log(RECORDS);
              await logger.flush();
              await logger.close();
            } catch (error) {
              if (!(error instanceof Unsupported)) throw error;
              leftOut.add(reason(subject, kind, format));
              return;
            }
            if (kind === "disabled") return;
            const lines = readFileSync(path, "utf8").split("\n").slice(0, -1);
            const where = `${subject}, ${kind}, ${format}: ${lines.at(-1)}`;
            assert.ok(lines.at(-1)?.includes(TEXT), where);
            for (const part of subject === "floor" ? [] : HELD[kind]) assert.ok(lines.at(-1)?.includes(part), where);
            assert.equal(lines.length, RECORDS, where);
            if (format === "json") { for (const line of lines) JSON.parse(line); }
          });
        }
      }
    });
  }

  it("tell of records that Omni has dropped, and why", () =>
    withLog(async (path) => {
      writeFileSync(path, "");
      const open = await loadSubject("omni");
      const logger = await open({ path: join(path, "below-a-file.log"), kind: "five", format: "json" });
      logger.log(3);
      await assert.rejects(logger.close(), ({ message, cause }: Error) => {
        assert.match(message, /^Cannot use this measurement: dropped \{.*:3[,}]/);
        assert.match(String(cause), /below-a-file\.log/);
        return true;
      });
    }));

  it("are left out where they cannot do it, and only there", () => {
    assert.deepEqual([...leftOut].toSorted(), LEFT_OUT);
  });
});

function reason(subject: string, kind: Kind, format: string): string {
  if (subject === "hand-written" && format === "json") return `${subject}, ${kind}, ${format}`;
  if (subject !== "log4js") return `${subject}, ${format}`;
  return workOf(kind).fields === undefined || format === "json"
    ? `${subject}, ${kind}, ${format}`
    : `${subject}, fields, ${format}`;
}
