import assert from "node:assert/strict";
import { describe, it } from "node:test";
import v8 from "node:v8";
import vm from "node:vm";
import { format } from "../../src/format/format.ts";
import { JsonFormat } from "../../src/format/json_format.ts";
import type { Logger } from "../../src/logger.ts";
import { Context } from "../../src/pipeline/context.ts";
import { ShapeRegistry } from "../../src/pipeline/shape.ts";
import { memoryLogger } from "../logger/harness.ts";

/** Collects the garbage. */
function collect(): void {
  const { Bun } = globalThis as { Bun?: { gc(synchronously: boolean): void } };
  if (Bun !== undefined) return Bun.gc(true);
  v8.setFlagsFromString("--expose-gc");
  (vm.runInNewContext("gc") as () => void)();
}

/** How many of these are still there once the garbage is collected, some times over if need be. */
async function survivors(references: readonly WeakRef<object>[], most: number): Promise<number> {
  for (let round = 0;; round++) {
    // A reference that was made or read in this turn holds until its end.
    await new Promise((resolve) => setImmediate(resolve));
    collect();
    const alive = references.filter((reference) => reference.deref() !== undefined).length;
    if (alive <= most || round === 20) return alive;
  }
}

describe("a format that is no longer used", () => {
  it("is kept neither by shapes nor by contexts", async () => {
    const registry = new ShapeRegistry();
    const shapes = ["a", "b", "c"].map((key) => registry.empty.then(key)!);
    const context = new Context({ bound: 1 });
    const use = (encoder: JsonFormat) => {
      for (const shape of shapes) shape.encoded(encoder);
      context.encoded(encoder);
    };
    const references = Array.from({ length: 100 }, () => {
      const encoder = new JsonFormat();
      use(encoder);
      return new WeakRef(encoder);
    });
    use(new JsonFormat());
    // Bun's collector is conservative about what may still be on the stack.
    assert.ok(await survivors(references, 5) <= 5);
    // They are still there, and still work.
    assert.equal(shapes.length, 3);
    assert.equal(new TextDecoder().decode(context.encoded(new JsonFormat())?.bytes), ',"bound":1\0\0\0\0\0\0');
  });

  it("leaves no more behind however often formats are replaced", async () => {
    const { log, lines } = memoryLogger();
    const child = log.with({ request: 1 });
    const references: WeakRef<object>[] = [];
    for (let i = 0; i < 200; i++) references.push(replaced(log, child, i));
    await log.flush();
    assert.ok(await survivors(references, 20) <= 20);
    log.info("last");
    assert.match((await lines()).at(-1) ?? "", /"k199":"last"/);
  });

  it("is worked out once for a shape, however formats take turns", () => {
    const shape = new ShapeRegistry().empty.then("a")!;
    const context = new Context({ b: 1 });
    let calls = 0;
    const encoders = [0, 1, 2].map((n) => ({
      encodeKeys: () => (calls++, [n]),
      encodeFields: () => (calls++, `${n}`),
    }));
    for (let round = 0; round < 3; round++) {
      for (const [n, encoder] of encoders.entries()) {
        assert.deepEqual([shape.encoded(encoder), context.encoded(encoder)], [[n], `${n}`]);
      }
    }
    assert.equal(calls, 6);
  });
});

/** Has a logger use a new format; a function of its own, so that nothing on the stack keeps it. */
function replaced(log: Logger, child: Logger, i: number): WeakRef<object> {
  const made = format.json({ keys: { msg: `k${i}` } });
  log.update({ destinations: [{ uri: "/logs/app.log", format: made }] });
  log.info("x", { a: 1, b: "2" });
  child.info("y", { c: 1 });
  return new WeakRef(made);
}
