import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ConsoleBackend } from "../../src/backends/console_backend.ts";
import { byMark, type Router, StreamMarks, toOne } from "../../src/backends/console_router.ts";
import { JSON_FORMAT } from "../../src/format/json_options.ts";
import { LEVEL_NUMBER } from "../../src/level.ts";
import { loggerOn } from "../logger/harness.ts";
import { createMemoryRuntime } from "../support/memory_runtime.ts";
import { FakeBackgroundStream, FakeStream } from "./fake_stream.ts";

function goneAfter(bytes: number, stream = new FakeStream()): FakeStream {
  stream.room = bytes;
  stream.failure = Object.assign(new Error("broken pipe"), { code: "EPIPE" });
  return stream;
}

/** A logger to streams, and what it reports. */
function logTo(router: Router) {
  const runtime = createMemoryRuntime();
  const errors: string[] = [];
  const marks = new StreamMarks(LEVEL_NUMBER.warn);
  const log = loggerOn(runtime, {
    destinations: [{
      name: "console",
      backend: new ConsoleBackend(runtime, router),
      ...(router.streams.length > 1 ? { format: (message) => marks.wrap(JSON_FORMAT.format(message), message) } : {}),
    }],
    onError: (error: Error) => void errors.push(error.message),
  });
  /** Logs a batch by itself; those of a stream that has gone make `flush` reject. */
  async function batch(...levels: readonly ("info" | "warn")[]): Promise<void> {
    for (const level of levels) log[level]("text");
    await log.flush().catch(() => {});
  }
  return { log, errors, batch, numbers: () => log.metrics().destinations[0]! };
}

describe("a stream whose reader has gone", () => {
  for (const [name, stream] of [["", new FakeStream()], [", in the background", new FakeBackgroundStream()]] as const) {
    it(`is reported once, and each record that is lost is counted${name}`, async () => {
      const { log, errors, batch, numbers } = logTo(toOne(goneAfter(200, stream)));
      for (let i = 0; i < 58; i++) await batch("info");
      const written = stream.text.split("\n").length - 1;
      assert.ok(written > 0);
      assert.equal(numbers().written, written);
      assert.equal(numbers().droppedBy.refused, 58 - written);
      assert.deepEqual(errors, ['Dropped 1 record for destination "console": nobody reads it any more (EPIPE)']);
      assert.equal(log.metrics().errors, 1);
      log.info("text");
      await assert.rejects(log.flush(), /Dropped 1 record .* nobody reads it any more/);
      await log.close();
      assert.equal(numbers().dropped, 59 - written);
      assert.equal(errors.length, 1);
    });
  }

  it("is reported once for each of two", async () => {
    const [stdout, stderr] = [goneAfter(0), goneAfter(200)];
    stderr.failure = Object.assign(new Error("bad descriptor"), { code: "EBADF" });
    const { log, errors, batch, numbers } = logTo(byMark(stdout, stderr));
    await batch("info", "info");
    await batch("info");
    await batch("warn", "info");
    assert.equal(errors.length, 1);
    for (let i = 0; i < 10; i++) await batch("warn", "info");
    await log.close();
    const written = stderr.text.split("\n").length - 1;
    assert.ok(written > 0);
    assert.deepEqual([numbers().written, numbers().droppedBy.refused], [written, 25 - written]);
    assert.deepEqual(errors.map((error) => /^Dropped \d+ records? for destination "console": (.*)$/.exec(error)?.[1]), [
      "nobody reads it any more (EPIPE)",
      "nobody reads it any more (EBADF)",
    ]);
  });
});
