import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createLogger } from "../../mod.ts";
import { ConsoleBackend } from "../../src/backends/console_backend.ts";
import { toOne } from "../../src/backends/console_router.ts";
import { Batch } from "../../src/dispatch/batch.ts";
import { loggerOn } from "../logger/harness.ts";
import { createMemoryRuntime } from "../support/memory_runtime.ts";
import { FakeStream } from "./fake_stream.ts";

/** Logs one record of each level to a destination and returns what stands on both streams. */
async function split(destination: object) {
  const runtime = createMemoryRuntime();
  const errors: string[] = [];
  const log = loggerOn(runtime, {
    level: "trace",
    destinations: [{ uri: "console:", ...destination }],
    onError: (error) => void errors.push(error.message),
  });
  for (const level of ["trace", "debug", "info", "warn", "error", "fatal"] as const) log[level](level);
  await log.close();
  const levels = (stream: "stdout" | "stderr") =>
    runtime.written(stream).split("\n").filter((line) => line !== "").map((line) =>
      line.match(/trace|debug|info|warn|error|fatal/)?.[0]
    );
  return { out: levels("stdout"), err: levels("stderr"), errors, runtime };
}

describe("console:", () => {
  it("takes warnings and what is worse to standard error", async () => {
    const { out, err, errors } = await split({});
    assert.deepEqual([out, err, errors], [["trace", "debug", "info"], ["warn", "error", "fatal"], []]);
  });

  for (
    const destination of [{ stderrFrom: "error" }, { uri: "console:?stderrFrom=error" }, {
      uri: "CONSOLE:?stderrFrom=error",
    }]
  ) {
    it(`takes ${JSON.stringify(destination)}`, async () => {
      const { out, err } = await split(destination);
      assert.deepEqual([out, err], [["trace", "debug", "info", "warn"], ["error", "fatal"]]);
    });
  }

  it("takes everything to standard output from off on", async () => {
    assert.equal((await split({ stderrFrom: "off" })).err.length, 0);
  });

  it("has no marks left in records of several lines, nor where a format fails", async () => {
    const { runtime, errors } = await split({
      format: ({ level, msg }: { level: string; msg: string }) => {
        if (msg === "debug") throw new Error("no format");
        return `${level}\n  ${msg}`;
      },
    });
    const [trace, more, failed, ...rest] = runtime.written("stdout").split("\n");
    assert.deepEqual([trace, more, rest.join("\n")], ["trace", "  trace", "info\n  info\n"]);
    assert.equal(JSON.parse(failed).format_error, "no format");
    assert.equal(runtime.written("stderr"), "warn\n  warn\nerror\n  error\nfatal\n  fatal\n");
    assert.equal(errors.length, 1);
  });

  const bad: [destination: object, message: RegExp][] = [
    [{ stderrFrom: "loud" }, /Cannot use option "destinations\[0\].stderrFrom"/],
    [{ uri: "console:?stderrFrom=loud" }, /Cannot use option "destinations\[0\].uri\?stderrFrom"/],
    [{ uri: "console:?stderr=warn" }, /unknown parameter "stderr"; known is "stderrFrom"/],
    [{ uri: "console:?stderrFrom=warn&stderrFrom=info" }, /"stderrFrom" is there twice/],
    [{ uri: "console:?stderrFrom=warn", stderrFrom: "info" }, /"stderrFrom" is there twice/],
    [{ uri: "console://host" }, /may follow "console:", got "console:\/\/host"/],
    [{ uri: "stdout:?stderrFrom=warn" }, /nothing may follow "stdout:"/],
    [{ uri: "stdout:", stderrFrom: "warn" }, /known are uri, name/],
  ];
  for (const [destination, message] of bad) {
    it(`refuses ${JSON.stringify(destination)}`, () => assert.rejects(split(destination), message));
  }
});

/** Never called: the compiler is the test. */
export function typed(): void {
  createLogger({ destinations: [{ uri: "console:", stderrFrom: "error" }] });
  // @ts-expect-error It is not split.
  createLogger({ destinations: [{ uri: "stdout:", stderrFrom: "error" }] });
  // @ts-expect-error There is no such level.
  createLogger({ destinations: [{ uri: "console:", stderrFrom: "loud" }] });
  // @ts-expect-error A stream cannot be rotated.
  createLogger({ destinations: [{ uri: "console:", rotate: { maxBytes: 1 } }] });
}

describe("the console backend", () => {
  const lines = (...texts: string[]) =>
    new Batch([{ bytes: new TextEncoder().encode(texts.map((text) => text + "\n").join("")), lines: texts.length }]);

  it("ends a line in the middle of which its batch was given up", async () => {
    const stream = new FakeStream();
    const backend = new ConsoleBackend(createMemoryRuntime(), toOne(stream));
    stream.room = 7;
    await assert.rejects(async () => await backend.write(lines("first", "second")), /no space/);
    stream.room = Infinity;
    await backend.write(lines("third"));
    assert.equal(stream.text, "first\ns\nthird\n");
  });

  it("goes on in the middle of a line when the same batch is tried again", async () => {
    const stream = new FakeStream();
    const backend = new ConsoleBackend(createMemoryRuntime(), toOne(stream));
    stream.room = 7;
    const batch = lines("first", "second");
    await assert.rejects(async () => await backend.write(batch), /no space/);
    assert.equal(batch.count, 1);
    stream.room = Infinity;
    await backend.write(batch);
    assert.equal(stream.text, "first\nsecond\n");
  });

  it("counts a line that has gone out in part as dropped when its reader leaves", () => {
    const stream = new FakeStream();
    const backend = new ConsoleBackend(createMemoryRuntime(), toOne(stream));
    stream.room = 7;
    stream.failure = Object.assign(new Error("broken pipe"), { code: "EPIPE" });
    const commits: unknown[] = [];
    const bytes = new TextEncoder().encode("first\nsecond\nthird\n");
    assert.equal(
      backend.write(new Batch([{ bytes, lines: 3 }], (count, _bytes, refusal) => commits.push([count, refusal]))),
      undefined,
    );
    assert.deepEqual(commits, [
      [1, undefined],
      [2, { count: 2, reason: "nobody reads it any more (EPIPE)" }],
    ]);
  });
});
