import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createSnapshot } from "../../src/pipeline/snapshot.ts";
import { classSerializer, type SnapshotOptions } from "../../src/pipeline/snapshot_options.ts";

class Decimal {
  readonly #value: number;
  constructor(value: number) {
    this.#value = value;
  }
  toFixed(): string {
    return this.#value.toFixed(2);
  }
}

class Price extends Decimal {}

class User {
  readonly name = "ada";
  readonly password = "secret";
}

/** Snapshots, and what they report. */
function reporting(options: SnapshotOptions) {
  const errors: Error[] = [];
  return { errors, snapshots: createSnapshot(options, (error) => void errors.push(error)) };
}

describe("serialisers of fields", () => {
  const serializers = {
    req: (value: unknown) => (value as { url: string }).url,
    none: () => undefined,
    when: (value: unknown) => new Date(value as number),
  };

  it("make something else of a field, and see values of every kind", () => {
    const snapshots = createSnapshot({ serializers });
    assert.equal(snapshots.field("req", { url: "/", secret: 1 }).value, "/");
    assert.equal(snapshots.field("none", 1).value, undefined);
    assert.equal(snapshots.field("when", 0).value, "1970-01-01T00:00:00.000Z");
    assert.deepEqual(snapshots.field("other", { url: "/" }).value, { url: "/" });
    assert.equal(snapshots.isPlain, false);
    assert.equal(createSnapshot().isPlain, true);
    assert.equal(createSnapshot({ maxString: 5 }).isPlain, false);
  });

  it("see the fields of a record, not those within", () => {
    const { value } = createSnapshot({ serializers }).fields({ req: { url: "/" }, a: { req: { url: "/b" } }, none: 1 });
    assert.deepEqual(value, { req: "/", a: { req: { url: "/b" } } });
  });

  it("see fields wherever a record has them", () => {
    const snapshots = createSnapshot({ serializers });
    const req = { url: "/", secret: 1 };
    class Context {
      req = req;
    }
    const throwing = new Proxy({}, {
      ownKeys: () => {
        throw new Error("no");
      },
    });
    assert.deepEqual(snapshots.fields(new Map([["req", req]])).value, { req: "/" });
    assert.deepEqual(snapshots.fields({ toJSON: () => ({ req }) }).value, { req: "/" });
    assert.deepEqual(snapshots.fields(new Context()).value, { req: "/" });
    assert.deepEqual(snapshots.fields([req]).value, [req]);
    assert.equal(snapshots.fields(5).value, 5);
    assert.equal(snapshots.fields(throwing).value, "[Unreadable: no]");
  });

  it("that return what they were given leave it to be copied", () => {
    const snapshots = createSnapshot({ serializers: { a: (value) => value } });
    assert.deepEqual(snapshots.field("a", { b: [1n] }).value, { b: ["1"] });
  });

  it("named like members of Object are none", () => {
    assert.equal(createSnapshot({ serializers }).field("toString", 1).value, 1);
  });
});

describe("serialisers of classes", () => {
  const classes = [classSerializer(Decimal, (decimal) => decimal.toFixed())];

  it("make something else of instances, at any depth", () => {
    const snapshots = createSnapshot({ classes });
    assert.deepEqual(snapshots.value({ a: [new Decimal(1)], b: new Map([["c", new Price(2)]]) }).value, {
      a: ["1.00"],
      b: { c: "2.00" },
    });
    assert.equal(snapshots.isPlain, true, "no primitive is an instance");
  });

  it("are found by the nearest class, and may be plain pairs", () => {
    const snapshots = createSnapshot({ classes: [...classes, [Price, (price: Price) => `EUR ${price.toFixed()}`]] });
    assert.deepEqual(snapshots.value([new Price(2), new Decimal(1)]).value, ["EUR 2.00", "1.00"]);
  });

  it("come before the forms of the library, those of arrays and errors among them", () => {
    class List extends Array<number> {}
    const snapshots = createSnapshot({
      classes: [
        classSerializer(Date, (date) => date.getTime()),
        classSerializer(List, (list) => list.length),
        classSerializer(TypeError, ({ message }) => message),
      ],
    });
    assert.deepEqual(snapshots.value([new Date(5), List.of(1, 2), new TypeError("m"), [1]]).value, [5, 2, "m", [1]]);
  });

  it("may return the instance, changed or not, or hold it in something else", () => {
    const user = new User();
    const itself = createSnapshot({ classes: [classSerializer(User, (user) => user)] });
    assert.deepEqual(itself.value([user, user]).value, [{ ...user }, { ...user }]);
    const holding = createSnapshot({ classes: [classSerializer(User, (user) => ({ user }))] });
    assert.deepEqual(holding.value(user).value, { user: "[Circular]" });
  });

  it("find cycles through what they return", () => {
    class Node {
      next: Node | undefined;
    }
    const node = new Node();
    node.next = node;
    const snapshots = createSnapshot({ classes: [classSerializer(Node, ({ next }) => ({ to: next }))] });
    assert.deepEqual(snapshots.value(node).value, { to: "[Circular]" });
  });
});

describe("a serialiser that throws", () => {
  const fail = () => {
    throw new RangeError("no");
  };

  it("costs its value, of which nothing is shown, and is reported", () => {
    const { snapshots, errors } = reporting({ serializers: { a: fail }, classes: [classSerializer(User, fail)] });
    const value = { a: "secret", b: new User(), c: 1 };
    assert.deepEqual(snapshots.fields(value).value, {
      a: "[Serialiser failed: no]",
      b: "[Serialiser failed: no]",
      c: 1,
    });
    assert.deepEqual(errors.map(({ message }) => message), [
      'Cannot serialise field "a": its serialiser threw "no"',
      'Cannot serialise an instance of User: its serialiser threw "no"',
    ]);
    assert.ok(errors.every(({ cause }) => cause instanceof RangeError));
  });

  it("does no more harm when the report throws", () => {
    assert.equal(createSnapshot({ serializers: { a: fail } }, fail).field("a", 1).value, "[Serialiser failed: no]");
  });
});

describe("bad options", () => {
  const cases: readonly (readonly [options: unknown, name: string])[] = [
    [5, "serialize"],
    [{ depth: 1 }, "serialize.depth"],
    [{ maxDepth: 0 }, "serialize.maxDepth"],
    [{ maxDepth: 101 }, "serialize.maxDepth"],
    [{ maxEntries: "many" }, "serialize.maxEntries"],
    [{ maxEntries: Infinity }, "serialize.maxEntries"],
    [{ maxValues: 0.5 }, "serialize.maxValues"],
    [{ maxString: -1 }, "serialize.maxString"],
    [{ serializers: [] }, "serialize.serializers"],
    [{ serializers: { req: 1 } }, "serialize.serializers.req"],
    [{ classes: {} }, "serialize.classes"],
    [{ classes: [User] }, "serialize.classes[0]"],
    [{ classes: [["User", () => 1]] }, "serialize.classes[0][0]"],
    [{ classes: [[() => 1, () => 1]] }, "serialize.classes[0][0]"],
    [{ classes: [[User, "name"]] }, "serialize.classes[0][1]"],
    [{ errors: true }, "serialize.errors"],
    [{ errors: { stack: "none" } }, "serialize.errors.stack"],
    [{ errors: { depth: -1 } }, "serialize.errors.depth"],
  ];
  for (const [options, name] of cases) {
    it(`of ${name} are named`, () => {
      assert.throws(() => createSnapshot(options as SnapshotOptions), (error) => {
        assert.ok(error instanceof TypeError || error instanceof RangeError);
        assert.ok(error.message.startsWith(`Cannot use option "${name}": `), error.message);
        return true;
      });
    });
  }
});
