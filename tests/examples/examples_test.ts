import assert from "node:assert/strict";
import { readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { type Outcome, type RuntimeName, start, temporaryDirectory } from "../adapters/programs.ts";

/** The runtime that this test runs on; the other two see to theirs. */
const here: RuntimeName = "Deno" in globalThis ? "deno" : "Bun" in globalThis ? "bun" : "node";

/** Runs an example in a directory of its own and returns how it ended and what it left behind. */
async function example(program: string) {
  const cwd = temporaryDirectory();
  try {
    const outcome = await start(here, `../../examples/${program}`, { cwd }).ended;
    const files = new Map<string, string>();
    for (const entry of readdirSync(cwd, { recursive: true, withFileTypes: true })) {
      if (entry.isFile()) files.set(entry.name, readFileSync(join(entry.parentPath, entry.name), "latin1"));
    }
    return { ...outcome, files };
  } finally {
    rmSync(cwd, { recursive: true });
  }
}

function endedWell({ code, signal, stderr }: Outcome, complaint: string | RegExp = ""): void {
  assert.deepEqual({ code, signal }, { code: 0, signal: null }, stderr);
  if (typeof complaint === "string") assert.equal(stderr, complaint);
  else assert.match(stderr, complaint);
}

function records(text: string | undefined): Record<string, unknown>[] {
  assert.ok(text !== undefined && text.endsWith("\n"), "the log file ends with a whole line");
  return text.trimEnd().split("\n").map((line) => JSON.parse(line));
}

describe(`the examples on ${here}`, () => {
  it("basic.ts logs levels, fields, a child and an error", async () => {
    const result = await example("basic.ts");
    endedWell(result);
    assert.match(result.stdout, /^\[[^\]]+\] \[ERROR\] payment failed service=shop order_id=4711 err=.*\n$/);
    const log = records(result.files.get("app.log"));
    assert.deepEqual(
      log.map(({ level, msg }) => `${level} ${msg}`),
      ["info started", "debug cart", "info payment requested", "error payment failed"],
    );
    assert.deepEqual(log.map(({ service }) => service), Array(4).fill("shop"));
    const error = log[3].err as { readonly message: string; readonly cause: { readonly message: string } };
    assert.deepEqual([error.message, error.cause.message], ["card declined", "insufficient funds"]);
  });

  it("rotate.ts keeps three compressed files", async () => {
    const result = await example("rotate.ts");
    endedWell(result);
    const [rotations, ...names] = result.stdout.trimEnd().split("\n");
    assert.match(rotations, /^([5-9]|\d\d) rotations$/);
    assert.equal(names.length, 4);
    assert.equal(names[0], "app.log");
    for (const name of names.slice(1)) assert.match(name, /^app\.log\.\d{8}T\d{6}\.\d{3}Z-\d{3}\.gz$/);
    assert.equal(records(result.files.get("app.log")).at(-1)?.number, 2000);
  });

  it("plugin.ts uses a plugin and takes it out again", async () => {
    const result = await example("plugin.ts");
    endedWell(result);
    assert.match(result.stdout, /^set up\n[^]*\ntorn down\n/);
    assert.match(result.stdout, /teapot 120/);
  });

  it("watch_config.ts follows its file and survives a bad one", async () => {
    const result = await example("watch_config.ts");
    assert.deepEqual({ code: result.code, signal: result.signal }, { code: 0, signal: null }, result.stderr);
    assert.match(result.stdout + result.stderr, /changed: level, destinations\n[^]*got "loud"/);
  });

  it(`server_${here}.ts logs its requests with their ids`, async () => {
    const result = await example(`server_${here}.ts`);
    endedWell(result);
    assert.equal(result.stdout, "200 hello\n200 hello\n404 not found\n");
    const [listening, ...requests] = records(result.files.get("server.log"));
    assert.equal(listening.msg, "listening");
    assert.deepEqual(requests.map(({ msg }) => msg).sort(), [
      ...Array(3).fill("request"),
      ...Array(3).fill("response"),
    ]);
    const ids = Map.groupBy(requests, ({ request_id }) => request_id);
    assert.deepEqual(
      [...ids.values()].map((both) => both.map(({ msg }) => msg)),
      Array(3).fill(["request", "response"]),
    );
    assert.deepEqual(requests.flatMap(({ status }) => status ?? []), [200, 200, 404]);
  });

  it("custom_backend.ts delivers after the collector has refused once", async () => {
    const result = await example("custom_backend.ts");
    endedWell(result, /^Cannot write to destination .*the collector answered 503.*\n$/);
    const [record, ...others] = records(result.stdout);
    assert.deepEqual([record.msg, record.to, others], ["hello", "the collector", []]);
  });

  it("custom_format.ts writes both of its formats", async () => {
    const result = await example("custom_format.ts");
    endedWell(result);
    assert.equal(result.stdout, "INFO  user logged in\nWARN  two\nlines\n");
    const [first, second] = records(result.files.get("ecs.log"));
    assert.match(String(first["@timestamp"]), /^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
    assert.deepEqual([first["log.level"], first.message, first["user.id"]], ["info", "user logged in", "42"]);
    assert.equal(second.message, "two\nlines");
  });

  it("workers.ts counts every line of both threads", async () => {
    const result = await example("workers.ts");
    endedWell(result);
    assert.equal(result.stdout, "a 1000\nb 1000\n");
  });

  it("cluster_node.ts counts every line of all processes", { skip: here !== "node" }, async () => {
    const result = await example("cluster_node.ts");
    endedWell(result);
    assert.equal(result.stdout, "4 processes: 2, 1000, 1000, 1000 lines\n");
  });
});

// It starts all three runtimes itself: once is enough.
describe("the demo", { skip: here !== "deno" }, () => {
  const demo = (...args: string[]) => start("deno", "../../examples/demo.ts", { args }).ended;

  it("finds every line of processes on three runtimes", async () => {
    const result = await demo("--writers", "4", "--lines", "5000", "--max-bytes", "65536");
    assert.equal(result.code, 0, result.stdout + result.stderr);
    assert.equal(result.stderr, "");
    for (const name of ["1 deno", "2 bun", "3 node", "4 deno"]) {
      assert.match(result.stdout, new RegExp(`^  ${name} +\\d+ +5,000 +5,000 +0 +0 +0$`, "m"));
    }
    assert.match(result.stdout, /^ {2}all +20,000 +20,000 +0 +0 +0$/m);
    assert.match(result.stdout, /^ {2}files +\d+ pieces, \d+ of them compressed$/m);
    assert.match(result.stdout, /\nPASS: 20,000 lines of 4 processes on 3 runtimes, none lost.*\n$/);
  });

  it("finds what a killed process had acknowledged, and all of the others", async () => {
    const result = await demo("--writers=3", "--lines=5000", "--max-bytes=65536", "--kill");
    assert.equal(result.code, 0, result.stdout + result.stderr);
    assert.match(result.stdout, /^ {2}3 node +\d+ +>= [\d,]+ +[\d,]+ +0 +0 +0$/m);
    assert.match(result.stdout, /^ {2}kill -9 +3 node: [\d,]+ lines acknowledged, [\d,]+ found, (no|1) fragment/m);
    assert.match(result.stdout, /\nPASS: .*, though one was killed\n$/);
  });

  it("keeps its files when told to", async () => {
    const { code, stdout } = await demo("--writers", "1", "--lines", "10", "--keep");
    assert.equal(code, 0, stdout);
    const directory = /^Files are kept in (.+)$/m.exec(stdout)?.[1];
    assert.ok(directory !== undefined, stdout);
    assert.equal(records(readFileSync(join(directory, "app.log"), "utf8")).length, 10);
    rmSync(directory, { recursive: true });
  });

  const mistakes: Readonly<Record<string, readonly string[]>> = {
    '"--bogus": unknown': ["--bogus"],
    '"--writers": expected a whole number from 1 to 64, got "0"': ["--writers", "0"],
    '"--lines": expected a whole number from 1 to 10000000, got nothing': ["--lines"],
    '"--max-bytes": expected a whole number from 1024 to 268435456, got "1e9"': ["--max-bytes=1e9"],
    '"--kill": it takes no value': ["--kill=now"],
  };
  for (const [message, args] of Object.entries(mistakes)) {
    it(`refuses ${args.join(" ")}`, async () => {
      const { code, stdout, stderr } = await demo(...args);
      assert.equal(code, 2, stderr);
      assert.equal(stdout, "");
      assert.ok(stderr.startsWith(`Cannot use option ${message}`), stderr);
    });
  }
});
