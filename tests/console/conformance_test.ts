import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { detectRuntime } from "../../adapters/detect.ts";
import { ConsoleBackend } from "../../src/backends/console_backend.ts";
import { byMark, StreamMarks, toOne } from "../../src/backends/console_router.ts";
import { type BackendSubject, testBackend } from "../../src/conformance/mod.ts";
import { JSON_FORMAT } from "../../src/format/json_options.ts";
import { temporaryDirectory, watch } from "../adapters/programs.ts";
import { currentRuntime } from "../support/spawn.ts";
import { FakeBackgroundStream, FakeStream } from "./fake_stream.ts";
import { command, ways } from "./harness.ts";

/** Streams in memory; the first gets the records, another one none. */
function subject(streams: readonly FakeStream[], create: () => ConsoleBackend): BackendSubject {
  return {
    create,
    read: () => streams.flatMap(({ text }) => text.split("\n").filter((line) => line !== "")),
    fail(after) {
      for (const stream of streams) stream.room = after;
      return () => streams.forEach((stream) => stream.room = Infinity);
    },
    stall() {
      for (const stream of streams) stream.isStopped = true;
      return () => streams.forEach((stream) => stream.isStopped = false);
    },
  };
}

for (const Stream of [FakeStream, FakeBackgroundStream]) {
  describe(`the console backend on a ${Stream === FakeStream ? "stream that never waits" : "stream that waits"}`, () => {
    testBackend(() => {
      const stream = new Stream();
      return subject([stream], () => new ConsoleBackend(detectRuntime(), toOne(stream)));
    }, { it, name: "stdout" });

    testBackend(() => {
      const [stdout, stderr] = [new Stream(), new Stream()];
      const marks = new StreamMarks(40);
      return {
        ...subject([stdout, stderr], () => new ConsoleBackend(detectRuntime(), byMark(stdout, stderr))),
        format: (message) => marks.wrap(JSON_FORMAT.format(message), message),
      };
    }, { it, name: "console" });
  });
}

for (const way of ways.filter(({ runtime }) => runtime === currentRuntime)) {
  // The way with few permissions may not send signals.
  const flags = way.flags.includes("--allow-read") ? [...way.flags, "--allow-run"] : way.flags;
  describe(`the console backend of ${way.name} on a pipe`, () => {
    it("passes the conformance suite", async () => {
      const directory = temporaryDirectory();
      const [out, pid] = [join(directory, "out"), join(directory, "pid")];
      const program = command({ ...way, flags }, "./conformance_program.ts", out, pid);
      const reader = `sh -c 'echo $$ > "${pid}"; exec cat > "${out}"'`;
      const { stderr } = await watch(spawn("sh", ["-c", `"$@" | ${reader}`, "sh", ...program])).ended;
      const results = stderr.split("\n").filter((line) => line.startsWith("{")).map((line) => JSON.parse(line));
      assert.deepEqual(results.filter(({ error }) => error !== undefined), [], stderr);
      assert.ok(results.length >= 20, stderr);
      rmSync(directory, { recursive: true });
    });
  });
}
