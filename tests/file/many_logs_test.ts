import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Logger } from "../../src/logger.ts";
import type { Runtime } from "../../src/runtime.ts";
import { loggerOn } from "../logger/harness.ts";
import { createMemoryRuntime, type MemoryRuntime } from "../support/memory_runtime.ts";

const LOGS = 100;

/** A runtime that counts how often directories are listed in the background, and which of these hang. */
function watched(memory: MemoryRuntime, hangs: (directory: string) => boolean = () => false) {
  const counts = { listings: 0, together: 0, most: 0 };
  const list = async (path: string): Promise<string[]> => {
    counts.listings++;
    counts.most = Math.max(counts.most, ++counts.together);
    try {
      if (hangs(path)) await new Promise(() => {});
      return await memory.background.list(path);
    } finally {
      counts.together--;
    }
  };
  return { counts, runtime: { ...memory, background: { ...memory.background, list } } };
}

/** Makes logs that all write their first line, of those that are named by a function. */
async function begin(memory: MemoryRuntime, runtime: Runtime, path: (number: number) => string): Promise<Logger[]> {
  const logs: Logger[] = [];
  for (let number = 0; number < LOGS; number++) {
    const log = loggerOn(runtime, { destinations: [{ uri: path(number), rotate: { maxBytes: 1_000, maxFiles: 3 } }] });
    log.info("first");
    logs.push(log);
  }
  await Promise.all(logs.map((log) => log.flush()));
  await memory.clock.advance(500);
  return logs;
}

async function close(memory: MemoryRuntime, logs: readonly Logger[]): Promise<void> {
  let isClosed = false;
  const closing = Promise.all(logs.map((log) => log.close())).finally(() => isClosed = true);
  for (let step = 0; !isClosed && step < 1_000; step++) await memory.clock.advance(1);
  await closing;
}

const registered = (memory: MemoryRuntime, directory: string) =>
  memory.fs.calls().list(directory).filter((name) => name.endsWith(".writer")).length;

describe("many logs of a thread", () => {
  it("in one directory share its listings, of which one goes on at a time", async () => {
    const memory = createMemoryRuntime();
    const { counts, runtime } = watched(memory);
    const logs = await begin(memory, runtime, (number) => `/logs/${number}.log`);
    assert.equal(registered(memory, "/logs"), LOGS);
    await close(memory, logs);
    assert.equal(counts.most, 1);
    assert.ok(counts.listings < LOGS, `${counts.listings} listings`);
    assert.equal(registered(memory, "/logs"), 0);
  });

  it("in directories of their own begin their maintenance by and by", async () => {
    const memory = createMemoryRuntime();
    const { counts, runtime } = watched(memory);
    const logs = await begin(memory, runtime, (number) => `/logs/${number}/app.log`);
    for (let number = 0; number < LOGS; number++) assert.equal(registered(memory, `/logs/${number}`), 1);
    await close(memory, logs);
    assert.ok(counts.most < LOGS / 5, `${counts.most} at a time`);
  });

  it("do not wait for the maintenance of those whose disk hangs", async () => {
    const memory = createMemoryRuntime();
    const { runtime } = watched(memory, (path) => Number(path.slice("/logs/".length)) < 20);
    const logs = await begin(memory, runtime, (number) => `/logs/${number}/app.log`);
    for (let number = 0; number < LOGS; number++) assert.equal(registered(memory, `/logs/${number}`), 1);
    await close(memory, logs.slice(20));
    for (let number = 20; number < LOGS; number++) assert.equal(registered(memory, `/logs/${number}`), 0);
  });
});
