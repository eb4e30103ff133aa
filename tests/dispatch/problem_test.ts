import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Backend } from "../../src/backend.ts";
import { createLoggerFactory } from "../../src/logger.ts";
import { createMemoryRuntime } from "../support/memory_runtime.ts";

/** What is reported of a backend that fails in a way. */
async function reportsOf(failing: Partial<Backend>, name = "one"): Promise<string[]> {
  const errors: string[] = [];
  const log = createLoggerFactory(createMemoryRuntime)({
    destinations: [{ name, backend: { supportsAtomic: true, write() {}, ...failing } }],
    onError: (error) => void errors.push(error.message),
  });
  log.info("x");
  await log.flush().catch(() => {});
  await log.close();
  return errors;
}

function throwing(message: string): () => never {
  return () => {
    throw new TypeError(message);
  };
}

describe("the report of a destination that fails", () => {
  it("has no sentence within a sentence", async () => {
    const [first] = await reportsOf({ write: throwing('Cannot open "/app.log": it is a directory') });
    assert.equal(
      first,
      'Cannot open "/app.log": it is a directory (destination "one"); 1 record kept to be tried again',
    );
    assert.deepEqual(await reportsOf({ close: throwing('Cannot bring "/app.log" to the disk: EIO') }), [
      'Cannot bring "/app.log" to the disk: EIO (destination "one")',
    ]);
  });

  it("names a destination once that has the name of its file", async () => {
    const [first] = await reportsOf({ write: throwing('Cannot open "/app.log": it is a directory') }, "/app.log");
    assert.equal(first, 'Cannot open "/app.log": it is a directory; 1 record kept to be tried again');
  });

  it("says what could not be done where the error does not", async () => {
    const message = "Cannot read properties of undefined (reading 'id')";
    const [first] = await reportsOf({ write: throwing(message) });
    assert.equal(first, `Cannot write to destination "one": ${message}; 1 record kept to be tried again`);
    assert.deepEqual(await reportsOf({ close: throwing(message) }), [`Cannot close destination "one": ${message}`]);
  });
});
