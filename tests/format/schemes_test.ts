import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createSocket } from "node:dgram";
import { describe, it } from "node:test";
import "../../journald.ts";
import "../../otlp.ts";
import { detectRuntime } from "../../adapters/detect.ts";
import { createLogger } from "../../mod.ts";
import { entryOf } from "../../src/backends/journald/journal_entry.ts";
import { ownSchemes } from "../../src/backends/scheme.ts";
import { planDestination } from "../../src/build_destination.ts";
import { checkDelivery } from "../../src/dispatch/delivery.ts";
import { Destination } from "../../src/dispatch/destination.ts";
import { deliverMessage, dispatch } from "../../src/dispatch/dispatcher.ts";
import { Pipeline } from "../../src/pipeline/pipeline.ts";
import { format } from "../../src/format/format.ts";
import type { Formatter } from "../../src/message.ts";
import { command, ways } from "../console/harness.ts";
import { watch } from "../adapters/programs.ts";
import { currentRuntime } from "../support/spawn.ts";
import { until } from "../support/until.ts";
import { startStreamServer } from "../syslog/stream_server.ts";
import { check, KEY } from "../verify/support.ts";
import { queueOf } from "./generate.ts";

/** Every form of a line that is a JSON object. */
const formats: { readonly [name: string]: () => Formatter | "json" } = {
  "json": () => "json",
  "json with other names": () => format.json({ keys: { time: "ts", msg: "text" }, level: "upper" }),
  "pino": () => format.json({ preset: "pino", hostname: "web" }),
  "ecs": () => format.json({ preset: "ecs" }),
  "gelf": () => format.json({ preset: "gelf" }),
  "sequence": () => format.json({ sequence: true }),
  "sequence of pino": () => format.json({ preset: "pino", sequence: true }),
  "chain": () => format.json({ sequence: true, chain: { key: KEY } }),
  "chain with other names": () => format.json({ keys: { msg: "text" }, sequence: true, chain: { key: KEY } }),
};
const isSequenced = (name: string) => /sequence|chain/.test(name);

/** What of a line is the one of the format, by scheme: what a reader gets. */
const readers: { readonly [scheme: string]: { readonly uri: string; readonly read: (line: string) => string } } = {
  "file": { uri: "/tmp/never-opened.log", read: (line) => line },
  "stdout": { uri: "stdout:", read: (line) => line },
  "stderr": { uri: "stderr:", read: (line) => line },
  "console": { uri: "console:", read: (line) => line.slice(1) },
  "syslog+udp": { uri: "syslog+udp://127.0.0.1:514", read: syslogText },
  "syslog+tcp": { uri: "syslog+tcp://127.0.0.1:514?format=rfc3164", read: (line) => line.slice(line.indexOf("{")) },
  "syslog+tls": { uri: "syslog+tls://127.0.0.1:6514?sd=f@1", read: syslogText },
  "syslog+unix": { uri: "syslog+unix:/dev/log?format=rfc5424&bom=false", read: syslogText },
  "journald": { uri: "journald:?identifier=shop", read: journalText },
};
/** These have a format of their own, and refuse another. */
const withOwnFormat = ["otlp+http", "otlp+https"];

const encoder = new TextEncoder();
const decoder = new TextDecoder();

function syslogText(line: string): string {
  const text = /^<\d+>1 \S+ \S+ \S+ \S+ \S+ (?:-|\[.*?\]) \ufeff?(\{.*)$/.exec(line)?.[1];
  assert.ok(text, line);
  return text;
}

function journalText(line: string): string {
  const entry = decoder.decode(entryOf(encoder.encode(line)));
  assert.match(entry, /\nPRIORITY=[0-7]\n/);
  return /^MESSAGE=(.*)\n/.exec(entry)?.[1] ?? "";
}

/** A destination of a scheme, whose lines are kept. */
function destinationOf(uri: string, formatter: Formatter | "json") {
  const lines: string[] = [];
  const errors: Error[] = [];
  const { backend: _, ...parts } = planDestination(detectRuntime(), { uri, format: formatter }, {
    onError: assert.fail,
    isTaken: () => false,
  });
  const destination = new Destination(detectRuntime(), {
    ...parts,
    backend: { supportsAtomic: true, write: (batch) => void lines.push(...batch.lines) },
    delivery: checkDelivery("test", { uri }, { maxBytes: 1 << 20, overflow: "drop", closeTimeout: 10_000 }),
    report: (error) => errors.push(error),
  });
  return { destination, lines, errors };
}

const emptyPipeline = () =>
  new Pipeline(
    { middleware: [], filters: [], sampler: undefined, redact: undefined },
    (error) => assert.fail(String(error)),
  );

const time = Date.UTC(2026, 10, 23);

/** Logs both ways, three records each. */
async function logTo(destination: Destination): Promise<void> {
  const pipeline = emptyPipeline();
  for (let i = 0; i < 3; i++) {
    const level = i === 1 ? "error" : "info";
    const own = { i, "text": 'a "quoted" ä', nested: { deep: [1] } };
    dispatch(queueOf({ time, level, msg: "sold", bound: { shop: 7 }, own }), pipeline, [destination]);
    deliverMessage({ time, level, msg: "sold", fields: own }, [destination]);
  }
  await destination.flush();
}

/** Whether these are complete lines, all of them there, numbered and signed where they ought to be. */
function verify(name: string, lines: readonly string[], expected: number): void {
  assert.equal(lines.length, expected);
  for (const line of lines) assert.equal(typeof JSON.parse(line), "object");
  const report = check([lines.map((line) => `${line}\n`).join("")], name.startsWith("chain") ? { key: KEY } : {});
  assert.ok(report.ok, JSON.stringify(report));
  assert.deepEqual(report.streams.map(({ last }) => last), isSequenced(name) ? [expected] : []);
}

describe("the line of a format", () => {
  it("is tested with all schemes there are", () => {
    assert.deepEqual([...Object.keys(readers), ...withOwnFormat].sort(), [...ownSchemes()].sort());
    for (const scheme of withOwnFormat) {
      assert.throws(() => destinationOf(`${scheme}://127.0.0.1`, "json"), /OTLP has a format of its own/);
    }
  });

  for (const [scheme, { uri, read }] of Object.entries(readers)) {
    for (const [name, make] of Object.entries(formats)) {
      it(`${name} is whole in ${scheme}`, async () => {
        const { destination, lines, errors } = destinationOf(uri, make());
        await logTo(destination);
        assert.deepEqual(errors, []);
        verify(name, lines.map(read), 6);
      });
    }

    it(`of a formatter that throws is whole in ${scheme}, and says so`, async () => {
      const { destination, lines, errors } = destinationOf(uri, () => {
        throw new Error("broken on purpose");
      });
      await logTo(destination);
      assert.equal(errors.length, 6);
      assert.deepEqual(lines.map((line) => JSON.parse(read(line)).format_error), Array(6).fill("broken on purpose"));
    });
  }

  it("may differ among destinations that share a format", async () => {
    const shared = format.json({ sequence: true, chain: { key: KEY } });
    const all = Object.values(readers).map(({ uri, read }) => ({ ...destinationOf(uri, shared), read }));
    const pipeline = emptyPipeline();
    for (let i = 0; i < 5; i++) {
      const queue = queueOf({ time, level: "warn", msg: "sold", bound: undefined, own: { i } });
      dispatch(queue, pipeline, all.map(({ destination }) => destination));
    }
    for (const { destination, lines, read } of all) {
      await destination.flush();
      verify("chain", lines.map(read), 5);
    }
  });

  it("goes on with its numbers where an envelope cannot take a record", async () => {
    const { destination, lines, errors } = destinationOf("journald:", format.json({ sequence: true }));
    let reads = 0;
    const fields = {
      // The format reads it first.
      get bad(): string {
        if (++reads > 1) throw new Error("broken on purpose");
        return "";
      },
    };
    deliverMessage({ time, level: "info", msg: "a" }, [destination]);
    const queue = queueOf({ time, level: "info", msg: "b", bound: undefined, own: {} });
    queue.shapes[0] = undefined;
    queue.values[0] = fields;
    dispatch(queue, emptyPipeline(), [destination]);
    await destination.flush();
    verify("sequence", lines.map(journalText), 2);
    assert.match(lines[1] as string, /\0FORMAT_ERROR=broken on purpose/);
    assert.equal(errors.length, 1);
  });
});

describe("a chain", () => {
  const chained = () => format.json({ sequence: true, chain: { key: KEY } });

  for (const way of ways.filter(({ runtime }) => runtime === currentRuntime)) {
    for (const uri of ["stdout:", "stderr:", "console:"]) {
      it(`can be verified that went through ${uri} of ${way.name}`, async () => {
        const args = command(way, "../format/schemes_program.ts", uri, KEY);
        const { stdout, stderr } = await watch(spawn(args[0] as string, args.slice(1))).ended;
        const lines = (stdout + stderr).split("\n").filter((line) => line.startsWith("{"));
        const seq = (line: string) => JSON.parse(line).seq as number;
        verify("chain", lines.sort((a, b) => seq(a) - seq(b)), 10);
        assert.equal(stdout.split("\n").length - 1, { "stdout:": 10, "stderr:": 0, "console:": 7 }[uri]);
      });
    }
  }

  it("can be verified that went through syslog over TCP", async () => {
    const server = await startStreamServer();
    const log = createLogger({ destinations: [{ uri: `syslog+tcp://127.0.0.1:${server.port}`, format: chained() }] });
    for (let i = 0; i < 10; i++) log.info("sold", { i });
    await log.close();
    await until(() => server.messages.length >= 10);
    await server.end();
    verify("chain", server.messages.map(syslogText), 10);
  });

  it("can be verified that went through syslog over UDP", async () => {
    const messages: string[] = [];
    const server = createSocket("udp4", (bytes) => messages.push(decoder.decode(bytes)));
    await new Promise<void>((resolve) => server.bind(0, "127.0.0.1", resolve));
    const { port } = server.address();
    const log = createLogger({ destinations: [{ uri: `syslog+udp://127.0.0.1:${port}`, format: chained() }] });
    for (let i = 0; i < 10; i++) log.info("sold", { i });
    await log.close();
    await until(() => messages.length >= 10);
    await new Promise<void>((resolve) => server.close(() => resolve()));
    verify("chain", messages.map(syslogText), 10);
  });
});
