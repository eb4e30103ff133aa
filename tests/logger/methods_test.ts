import assert from "node:assert/strict";
import { it } from "node:test";
import { getLogger } from "../../src/named.ts";
import { memoryLogger } from "./harness.ts";

it("the methods of the levels can be taken off a logger, as those of console", async () => {
  const { log, records } = memoryLogger();
  const { trace, debug, info, warn, error, fatal } = log;
  const { info: childInfo } = log.with({ child: true });
  for (const method of [trace, debug, info, warn, error, fatal]) method("taken off");
  childInfo("too");
  await Promise.reject(new Error("caught")).catch(error);
  log.level = "error";
  [1, 2].forEach((_) => info("below the level that was set later"));
  const found = (await records()).map(({ level, msg, child }) => [level, msg, child]);
  assert.deepEqual(found, [
    ...["trace", "debug", "info", "warn", "error", "fatal"].map((level) => [level, "taken off", undefined]),
    ["info", "too", true],
    ["error", "caught", undefined],
  ]);
  const { info: early } = getLogger("not.configured");
  early("goes nowhere");
});
