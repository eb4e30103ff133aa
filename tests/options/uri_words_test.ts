import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { pathToFileURL } from "node:url";
import { configure, createLogger } from "../../mod.ts";
import { withLog } from "../support/spawn.ts";
import { linesOf, loggerOn } from "../logger/harness.ts";
import { createMemoryRuntime } from "../support/memory_runtime.ts";

describe("a destination", () => {
  const texts = (path: string) => linesOf(readFileSync(path, "utf8")).map((line) => JSON.parse(line).msg);

  it("can be a URL, wherever it can be a text", async () => {
    await withLog(async (_, directory) => {
      const names = ["a b.log", "ü%41.log", "c.log", "d.log", "e.log", "f.log"] as const;
      const [a, b, c, d, e, f] = names.map((name) => pathToFileURL(join(directory, name))) as [
        URL,
        URL,
        URL,
        URL,
        URL,
        URL,
      ];
      const alone = createLogger(a);
      alone.info("a");
      await alone.close();
      const log = createLogger({ destinations: [b, { uri: c, fallback: { uri: new URL("stderr:") } }] });
      log.destinations.add(d);
      const added = log.destinations.add({ uri: e, name: "e" });
      log.info("b");
      added.update({ uri: f });
      log.info("f");
      await log.close();
      const root = configure(a);
      root.info("again");
      await root.close();
      const expected = [["a", "again"], ["b", "f"], ["b", "f"], ["b", "f"], ["b"], ["f"]];
      assert.deepEqual(names.map((name) => texts(join(directory, name))), expected);
    });
  });

  it("that is a URL is the same as before only where it leads to the same", async () => {
    await withLog(async (_, directory) => {
      const url = (name: string) => pathToFileURL(join(directory, name));
      const log = createLogger({ destinations: [{ uri: url("a.log") }] });
      log.info("one");
      log.update({ destinations: [{ uri: url("b.log") }] });
      log.info("two");
      await log.close();
      assert.deepEqual([texts(join(directory, "a.log")), texts(join(directory, "b.log"))], [["one"], ["two"]]);
    });
  });

  const streams = {
    "/dev/stdout": "stdout",
    "/dev/fd/1": "stdout",
    "/proc/self/fd/1": "stdout",
    "file:///dev/stdout": "stdout",
    "/dev/stderr": "stderr",
    "/proc/self/fd/2": "stderr",
  } as const;
  for (const [path, stream] of Object.entries(streams)) {
    it(`that is ${path} is ${stream}:`, async () => {
      const runtime = createMemoryRuntime();
      const log = loggerOn(runtime, { destinations: [path], fields: { a: 1 } });
      log.info("hello");
      await log.close();
      assert.equal(JSON.parse(runtime.written(stream)).msg, "hello");
      assert.equal(log.metrics().destinations[0]?.name, `${stream}:`);
    });
  }

  const refused: { readonly [uri: string]: RegExp } = {
    "~/x.log": /nothing is put in the place of "~" in "~\/x\.log"; write what it stands for/,
    "~root/x.log": /nothing is put in the place of "~root"/,
    "$HOME/x.log": /nothing is put in the place of "\$HOME"/,
    "${HOME}/x.log": /nothing is put in the place of "\$\{HOME\}"/,
    "logs/${name}.log": /nothing is put in the place of "\$\{name\}"/,
    "%APPDATA%\\x.log": /nothing is put in the place of "%APPDATA%"/,
    "kafka://broker/topic": /unknown scheme "kafka:".*; registerBackend\("kafka", \.\.\.\) adds it$/,
    "kafka:topic": /registerBackend\("kafka", \.\.\.\) adds it; a path with a colon is written "\.\/kafka:topic"$/,
  };
  for (const [uri, message] of Object.entries(refused)) {
    it(`that is ${uri} is refused, with what to do`, () => {
      for (const destination of [uri, { uri }]) {
        assert.throws(() => loggerOn(createMemoryRuntime(), { destinations: [destination] }), (error: Error) => {
          assert.match(error.message, /^Cannot use option "destinations\[0\]\.uri": /);
          assert.match(error.message, message);
          return true;
        });
      }
    });
  }

  it("may have such a name where that is said", async () => {
    await withLog(async (_, directory) => {
      const paths = ["~x.log", "$x.log", "100%.log", "~"].map((name) => join(directory, name));
      const log = createLogger({ destinations: [...paths, `file:${directory}/$%7Bx}.log`] });
      log.info("a");
      await log.close();
      for (const path of [...paths, join(directory, "${x}.log")]) assert.ok(existsSync(path), path);
    });
  });
});
