import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { LEVEL_NUMBER, LEVELS } from "../../src/level.ts";
import type { Message } from "../../src/message.ts";
import { checkRoutes, type Route, Router } from "../../src/pipeline/routes.ts";

const destinations = ["a", "b", "c"].map((name) => ({ name }));

function chosen(routes: readonly Route[], message: Partial<Message>, errors: unknown[] = []): string {
  const router = new Router<{ name: string }>(checkRoutes(routes), (error) => errors.push(error));
  router.check(["a", "b", "c"]);
  const full: Message = { time: 0, level: "info", msg: "m", ...message };
  return router.select(full, destinations).map(({ name }) => name).join("");
}

describe("routes", () => {
  it("lead to the destinations they name; those that none names take everything", () => {
    const routes: Route[] = [{ level: "error", to: "a" }, { fields: { audit: true }, to: ["b"] }];
    assert.equal(chosen(routes, {}), "c");
    assert.equal(chosen(routes, { level: "error" }), "ac");
    assert.equal(chosen(routes, { fields: { audit: true } }), "bc");
    assert.equal(chosen(routes, { level: "fatal", fields: { audit: true } }), "abc");
  });

  it("take a record only where all conditions hold", () => {
    const routes: Route[] = [{
      level: "warn",
      logger: "db.*",
      fields: { "user.id": 7 },
      filter: (m) => m.msg === "m",
      to: "a",
    }];
    const good = { level: "warn", fields: { logger: "db.pool", user: { id: 7 } } } as const;
    assert.equal(chosen(routes, good), "abc");
    assert.equal(chosen(routes, { ...good, level: "info" }), "bc");
    assert.equal(chosen(routes, { ...good, fields: { ...good.fields, logger: "dbx" } }), "bc");
    assert.equal(chosen(routes, { ...good, fields: { logger: "db" } }), "bc");
    assert.equal(chosen(routes, { ...good, msg: "other" }), "bc");
  });

  it("know loggers by name, by what lies above them, and by several of these", () => {
    const of = (logger: string | readonly string[], name: unknown) =>
      chosen([{ logger, to: "a" }], { fields: { logger: name } }) === "abc";
    assert.ok(of("db", "db") && of("db.*", "db") && of("db.*", "db.pool") && of("*", "anything"));
    assert.ok(of(["http", "db.*"], "http") && of(["http", "db.*"], "db.x"));
    assert.ok(!of("db", "db.pool") && !of("db.*", "dbase") && !of("db", undefined) && !of("*", 7));
  });

  it("compare fields by value, or by a condition", () => {
    const of = (fields: Route["fields"], given: Message["fields"]) =>
      chosen([{ fields, to: "a" }], { fields: given }) === "abc";
    assert.ok(of({ x: null }, { x: null }) && !of({ x: null }, {}));
    assert.ok(of({ x: { in: [1, 2] } }, { x: 2 }) && !of({ x: { in: [1, 2] } }, { x: 3 }));
    assert.ok(of({ x: { matches: /^a/ } }, { x: "abc" }) && of({ x: { exists: false } }, {}));
  });

  it("end at a final one", () => {
    const routes: Route[] = [{ level: "error", to: "a", final: true }, { to: "b" }];
    assert.equal(chosen(routes, { level: "error" }), "ac");
    assert.equal(chosen(routes, {}), "bc");
  });

  it("hold where a condition throws, and report it", () => {
    const errors: unknown[] = [];
    const filter = () => {
      throw new Error("broken");
    };
    assert.equal(chosen([{ filter, to: "a" }], {}, errors), "abc");
    assert.match(String(errors[0]), /Cannot use a condition of a route: broken/);
  });

  it("follow a change of the destinations", () => {
    const router = new Router<{ name: string }>(checkRoutes([{ to: "a" }]), () => {});
    const message: Message = { time: 0, level: "info", msg: "" };
    const names = (all: readonly { name: string }[]) => router.select(message, all).map(({ name }) => name).join("");
    assert.equal(names(destinations), "abc");
    assert.equal(names([{ name: "b" }, { name: "d" }]), "bd");
  });

  it("choose what a plain reading of the rules chooses", () => {
    const level = fc.constantFrom(...LEVELS);
    const name = fc.constantFrom("a", "b", "c");
    const route = fc.record({ level, to: fc.array(name, { minLength: 1 }), final: fc.boolean() });
    fc.assert(fc.property(fc.array(route, { maxLength: 50 }), level, (routes, of) => {
      const named = new Set<string>(routes.flatMap(({ to }) => to));
      const taken = new Set<string>();
      for (const { level, to, final } of routes) {
        if (LEVEL_NUMBER[of] < LEVEL_NUMBER[level]) continue;
        for (const name of to) taken.add(name);
        if (final) break;
      }
      const expected = ["a", "b", "c"].filter((name) => taken.has(name) || !named.has(name)).join("");
      assert.equal(chosen(routes, { level: of }), expected);
    }));
  });

  it("are refused with the name of the option that is wrong", () => {
    const refused = (routes: unknown, message: RegExp) => assert.throws(() => checkRoutes(routes), message);
    refused({}, /Cannot use option "routes": expected an array/);
    refused([{}], /Cannot use option "routes\[0\].to"/);
    refused([{ to: [] }], /Cannot use option "routes\[0\].to": expected at least one/);
    refused([{ to: "a", levle: "info" }], /Cannot use option "routes\[0\].levle"/);
    refused([{ to: "a", level: "loud" }], /Cannot use option "routes\[0\].level"/);
    refused([{ to: "a", logger: "db.*.x" }], /Cannot use option "routes\[0\].logger": "db.\*.x" is neither/);
    refused([{ to: "a", fields: { x: {} } }], /Cannot use option "routes\[0\].fields\["x"\]": expected one of/);
    refused(
      [{ to: "a", fields: { "a..b": 1 } }],
      /Cannot use option "routes\[0\].fields\["a..b"\]": a name in the path/,
    );
    refused([{ to: "a", filter: 7 }], /Cannot use option "routes\[0\].filter"/);
    refused([{ to: "a", final: "yes" }], /Cannot use option "routes\[0\].final"/);
    refused(Array.from({ length: 51 }, () => ({ to: "a" })), /Cannot use option "routes": expected at most 50, got 51/);
    assert.throws(
      () => chosen([{ to: "a" }, { to: ["b", "x"] }], {}),
      /Cannot use option "routes\[1\].to": no destination "x"; there are "a", "b", "c"/,
    );
  });
});
