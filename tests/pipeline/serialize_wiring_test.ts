import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { classSerializer } from "../../src/pipeline/snapshot_options.ts";
import { memoryLogger } from "../logger/harness.ts";

class User {
  readonly name = "ada";
  readonly password = "secret";
}

describe("the option serialize of a logger", () => {
  it("serialises fields of calls and children, of primitives, beside errors and of records made within", async () => {
    const { log, lines } = memoryLogger({
      serialize: {
        serializers: { req: (value) => `<${typeof value === "object" ? (value as { url: string }).url : value}>` },
        classes: [classSerializer(User, ({ name }) => name)],
      },
    });
    const req = { url: "/", secret: "secret" };
    log.info("a", { req, user: new User() });
    log.with({ req, user: new User() }).info("b");
    log.info("c", { req: 5 });
    log.error(new Error("d"), { req, user: new User() });
    log.info("e", new Map<string, unknown>([["req", req], ["user", new User()]]) as unknown as object);
    log.info("f", {
      get inner(): number {
        log.info("g", { req, user: new User() });
        return 1;
      },
    });
    const all = await lines();
    assert.equal(all.length, 7);
    assert.ok(all.every((line) => !line.includes("secret")), all.join("\n"));
    for (const msg of ["a", "b", "d", "e", "g"]) {
      const line = all.find((line) => line.includes(`"msg":"${msg}"`)) ?? "";
      assert.match(line, /"req":"<\/>","user":"ada"/);
    }
    assert.match(all[2] ?? "", /"req":"<5>"/);
  });

  it("reports a serialiser that throws", async () => {
    const { log, record, errors } = memoryLogger({
      serialize: {
        serializers: {
          req: () => {
            throw new Error("no");
          },
        },
      },
    });
    log.info("m", { req: "secret", a: 1 });
    assert.deepEqual({ ...await record(), time: 0 }, {
      time: 0,
      level: "info",
      msg: "m",
      req: "[Serialiser failed: no]",
      a: 1,
    });
    assert.equal(errors.length, 1);
  });

  it("cuts texts, and does not cut them again behind a middleware", async () => {
    const { log, record } = memoryLogger({
      serialize: { maxString: 10, errors: { stack: "frames" } },
      middleware: [(message) => ({ ...message, fields: { ...message.fields, more: 1 } })],
    });
    log.info("m".repeat(20), { text: "x".repeat(20), err: new Error("m") });
    const { msg, text, err } = await record();
    assert.deepEqual([msg, text], ["mmmmmmmmmm...[+10 chars]", "xxxxxxxxxx...[+10 chars]"]);
    assert.ok(Array.isArray((err as { stack: unknown }).stack));
  });
});
