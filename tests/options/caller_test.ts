import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { configure, createLogger, format } from "../../mod.ts";

/** The stack frames of what a function throws. */
function framesOf(call: () => unknown): string[] {
  try {
    call();
  } catch (error) {
    assert.ok(error instanceof TypeError || error instanceof RangeError);
    assert.match(error.message, /^Cannot use option "/);
    const { stack = "" } = error;
    assert.ok(stack.includes(error.message));
    return stack.slice(stack.indexOf(error.message) + error.message.length).split("\n").filter((line) =>
      /^\s+at /.test(line)
    );
  }
  assert.fail("nothing was thrown");
}

const bad = { noSuchOption: 1 } as never;

describe("an error about an option", () => {
  // Each call inside of a block: one at the very end of a function need not be in the stack.
  const calls: { readonly [name: string]: () => void } = {
    createLogger() {
      createLogger({ destinations: [{ uri: "stdout:", ...bad as object }] as never });
      assert.fail();
    },
    "createLogger with no such scheme"() {
      createLogger("no-such-scheme://host" as string);
      assert.fail();
    },
    configure() {
      configure({ destinations: ["stdout:"], level: "loud" as never });
      assert.fail();
    },
    "update of a logger"() {
      const log = createLogger("stdout:");
      log.update(bad);
      assert.fail();
    },
    "level of a logger"() {
      const log = createLogger("stdout:");
      log.level = "loud" as never;
      assert.fail();
    },
    "level of a child"() {
      const log = createLogger("stdout:");
      log.with({}, { level: "loud" as never });
      assert.fail();
    },
    "destinations.add"() {
      const log = createLogger("stdout:");
      log.destinations.add({ uri: "" });
      assert.fail();
    },
    "update of a destination"() {
      const log = createLogger("stdout:");
      log.destinations.get("stdout:")?.update(bad);
      assert.fail();
    },
    "format.json"() {
      format.json(bad);
      assert.fail();
    },
  };
  for (const [name, call] of Object.entries(calls)) {
    it(`shows the line of the program: ${name}`, () => {
      const [first = "", ...rest] = framesOf(call);
      assert.match(first, /caller_test\.ts/, [first, ...rest].join("\n"));
    });
  }

  it("is the only kind whose stack is changed", () => {
    function throwing(): never {
      throw new TypeError("of the program's own");
    }
    let stack = "";
    try {
      createLogger({
        destinations: ["stdout:"],
        get fields(): never {
          return throwing();
        },
      });
    } catch (error) {
      stack = (error as Error).stack ?? "";
    }
    assert.match(stack, /throwing/);
  });
});
