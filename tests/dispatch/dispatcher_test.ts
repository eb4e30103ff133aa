import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { checkDelivery } from "../../src/dispatch/delivery.ts";
import { Destination } from "../../src/dispatch/destination.ts";
import { deliverMessage } from "../../src/dispatch/dispatcher.ts";
import type { LineFormat } from "../../src/format/line_format.ts";
import { createMemoryRuntime } from "../support/memory_runtime.ts";

/** Two destinations of one format. */
function destinationsOf(format: LineFormat) {
  const runtime = createMemoryRuntime();
  const lines: string[] = [];
  const errors: Error[] = [];
  const destinations = ["first", "second"].map((name) =>
    new Destination(runtime, {
      name,
      level: "info",
      enabled: true,
      pipeline: { middleware: [], filters: [], sampler: undefined, redact: undefined },
      format,
      backend: { supportsAtomic: true, write: (batch) => void lines.push(...batch.lines) },
      delivery: checkDelivery("test", { uri: name }, { maxBytes: 1 << 20, overflow: "drop", closeTimeout: 10_000 }),
      report: (error) => errors.push(error),
    })
  );
  return { destinations, lines, errors };
}

describe("a format that only makes text", () => {
  const message = { time: 0, level: "info", msg: "sold" } as const;

  it("makes it once for all destinations that have it", async () => {
    let made = 0;
    const { destinations, lines } = destinationsOf({ format: () => "", encode: () => `line ${++made}` });
    deliverMessage(message, destinations);
    await Promise.all(destinations.map((destination) => destination.flush()));
    assert.deepEqual(lines, ["line 1", "line 1"]);
  });

  it("and throws is reported by each of them", async () => {
    const boom = () => {
      throw new Error("broken on purpose");
    };
    const { destinations, lines, errors } = destinationsOf({ format: boom, encode: boom });
    deliverMessage(message, destinations);
    await Promise.all(destinations.map((destination) => destination.flush()));
    assert.deepEqual(lines.map((line) => JSON.parse(line).format_error), ["broken on purpose", "broken on purpose"]);
    assert.deepEqual(errors.map(({ message }) => /destination "(\w+)"/.exec(message)?.[1]), ["first", "second"]);
  });
});
