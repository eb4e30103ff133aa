import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { DestinationOptions } from "../../src/destination_options.ts";
import { createSettingsFromObject } from "../../src/settings/sources.ts";
import { logPath, memoryLogger } from "../logger/harness.ts";
import { createMemoryRuntime } from "../support/memory_runtime.ts";
import { breakable, metricsOf, range } from "./breakable.ts";

const destination = (name: string, fallback?: DestinationOptions["fallback"]): DestinationOptions => ({
  name,
  uri: `/logs/${name}.log`,
  ...(fallback === undefined ? {} : { fallback }),
});

describe('option "fallback"', () => {
  const bad: [string, DestinationOptions[], RegExp][] = [
    [
      "an unknown name",
      [destination("a", "b")],
      /"destinations\[0\]\.fallback": there is no destination "b", only "a"/,
    ],
    [
      "an unknown name in a list",
      [destination("a", ["./a2.log", "b"])],
      /"destinations\[0\]\.fallback\[1\]": there is no destination "b"; |no destination "b", only/,
    ],
    ["itself", [destination("a", "a")], /"destinations\[0\]\.fallback": it leads back to "a"/],
    [
      "a circle",
      [destination("a", "b"), destination("b", ["c"]), destination("c", "a")],
      /"destinations\[2\]\.fallback": it leads back to "a"/,
    ],
    [
      "a circle through one of its own",
      [destination("a", { uri: "./spare.log", fallback: "a" })],
      /"destinations\[0\]\.fallback\.fallback": it leads back to "a"/,
    ],
    [
      "a bad option in it",
      [destination("a", { uri: "./b", level: "loud" as "info" })],
      /"destinations\[0\]\.fallback\.level"/,
    ],
    ["a scheme that there is not", [destination("a", "nosuch:x")], /"destinations\[0\]\.fallback\.uri"/],
    ["nothing", [destination("a", "")], /"destinations\[0\]\.fallback": it is empty/],
    [
      "a number",
      [destination("a", 5 as unknown as string)],
      /"destinations\[0\]\.fallback": expected the name of a destination, a URI or options, got 5/,
    ],
  ];
  for (const [what, destinations, message] of bad) {
    it(`refuses ${what}, in code and in settings`, () => {
      assert.throws(() => memoryLogger({ destinations }), message);
      const settings = createSettingsFromObject(() => createMemoryRuntime());
      assert.throws(() => settings({ destinations } as never), message);
    });
  }

  it("takes names, URIs, paths and options, in code and in settings", () => {
    const destinations = [
      destination("a", ["b", "stderr:", "./c.log", { uri: "./d.log", format: "text" }]),
      destination("b"),
    ];
    const settings = createSettingsFromObject(() => createMemoryRuntime())({ destinations } as never);
    for (const list of [destinations, settings.destinations]) {
      const { log } = memoryLogger({ destinations: list });
      assert.deepEqual(log.destinations.names, ["a", "b"]);
      assert.deepEqual(log.metrics().destinations.map(({ name }) => name).sort(), [
        "./c.log",
        "./d.log",
        "a",
        "b",
        "stderr:",
      ]);
    }
  });
});

describe("fallbacks of a logger that is changed", () => {
  it("stay as they are where nothing changes, and are closed with who has them", async () => {
    const [main, spare] = [breakable(new Error("down")), breakable()];
    const options = {
      backend: main.backend,
      name: "main",
      circuitBreaker: { failures: 1 },
      fallback: { backend: spare.backend, name: "spare" },
    };
    const { log, runtime } = memoryLogger({ destinations: [options] });
    log.info("x", { i: 0 });
    await runtime.clock.advance(20);
    log.update({ destinations: [{ ...options, fallback: { ...options.fallback } }, "/logs/other.log"] });
    log.info("x", { i: 1 });
    await runtime.clock.advance(20);
    assert.deepEqual([metricsOf(log, "main").accepted, metricsOf(log, "spare").received], [2, 1]);
    log.update({ destinations: ["/logs/other.log"] });
    await runtime.clock.advance(20_000);
    assert.deepEqual(log.metrics().destinations.map(({ name }) => name), ["/logs/other.log"]);
    // What waited for the one that is gone went to its fallback.
    assert.deepEqual(spare.numbers(), [1, 0]);
    assert.equal((spare.backend as unknown as { closes(): number }).closes(), 1);
    await log.close();
    assert.equal((spare.backend as unknown as { closes(): number }).closes(), 1);
  });

  it("follow a fallback that is changed", async () => {
    const [main, first, second] = [breakable(new Error("down")), breakable(), breakable()];
    const { log, runtime } = memoryLogger({
      destinations: [
        { backend: main.backend, name: "main", circuitBreaker: { failures: 1 }, fallback: "spare" },
        { backend: first.backend, name: "spare", level: "off" },
      ],
    });
    log.info("x", { i: 0 });
    await runtime.clock.advance(20);
    log.info("x", { i: 1 });
    log.destinations.get("spare")!.update({ backend: second.backend });
    log.info("x", { i: 2 });
    await runtime.clock.advance(20);
    log.destinations.get("spare")!.enabled = false;
    log.info("x", { i: 3 });
    await runtime.clock.advance(20);
    assert.deepEqual([first.numbers(), second.numbers()], [[1], [2]]);
    main.failure = undefined;
    log.destinations.get("main")!.update({ fallback: undefined });
    assert.equal(await log.destinations.remove("spare"), true);
    await log.close();
    assert.deepEqual(main.numbers().sort(), [0, 3]);
  });

  it("cannot be removed while another one names them", async () => {
    const { log } = memoryLogger({ destinations: [destination("a", "b"), destination("b")] });
    await assert.rejects(
      log.destinations.remove("b"),
      /^TypeError: Cannot remove destination "b": it is a fallback of "a"$/,
    );
    assert.throws(() => log.update({ destinations: [destination("a", "b")] }), /there is no destination "b"/);
    assert.throws(() => log.destinations.get("b")!.update({ fallback: "a" }), /"b\.fallback": it leads back to "a"/);
    assert.throws(
      () => log.destinations.add(destination("c", "d")),
      /"destination\.fallback": there is no destination "d"/,
    );
    log.destinations.add(destination("c", "b"));
    assert.deepEqual(log.destinations.names, ["a", "b", "c"]);
    assert.equal(await log.destinations.remove("a"), true);
    await assert.rejects(log.destinations.remove("b"), /it is a fallback of "c"/);
    await log.close();
  });

  it("get what waited when a failing destination is removed", async () => {
    const [main, spare] = [breakable(new Error("down")), breakable()];
    const { log } = memoryLogger({
      destinations: [
        { backend: main.backend, name: "main", fallback: "spare" },
        { backend: spare.backend, name: "spare", level: "off" },
      ],
    });
    for (let i = 0; i < 5; i++) log.info("x", { i });
    assert.equal(await log.destinations.remove("main"), true);
    await log.close();
    assert.deepEqual(spare.numbers(), range(0, 5));
  });
});

describe("a logger that is closed", () => {
  it("takes no destination any more, which nobody would close", async () => {
    const spare = breakable();
    const { log } = memoryLogger();
    const closing = log.close();
    const refused = /^TypeError: Cannot add a destination: the logger is closed$/;
    assert.throws(() => log.destinations.add({ backend: spare.backend }), refused);
    assert.throws(() => log.destinations.get(logPath)!.update({ uri: "/logs/other.log" }), refused);
    await closing;
    assert.throws(() => log.destinations.add("/logs/other.log"), refused);
    assert.deepEqual(log.destinations.names, [logPath]);
  });
});
