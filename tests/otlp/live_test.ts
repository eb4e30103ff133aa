import assert from "node:assert/strict";
import { createServer, type Server, type Socket } from "node:net";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { afterEach, describe, it } from "node:test";
import { spawn } from "node:child_process";
import { createLogger, DestinationError } from "../../mod.ts";
import "../../otlp.ts";
import type { OtlpOptions } from "../../otlp.ts";
import { binaries } from "../support/binaries.ts";
import { freePort } from "../support/free_port.ts";
import { until } from "../support/until.ts";
import { runtimeNames, start, watch } from "../adapters/programs.ts";
import { PROTOCOLS } from "./collect.ts";
import { encodeResponse } from "./decode.ts";
import { type OtlpServer, startOtlpServer, succeed } from "./otlp_server.ts";

const ends: (() => unknown)[] = [];

afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

async function otlpServer(options: Parameters<typeof startOtlpServer>[0] = {}): Promise<OtlpServer> {
  const server = await startOtlpServer(options);
  ends.push(() => server.close());
  return server;
}

/** A server that does what it likes with each connection. */
async function rawServer(onData: (socket: Socket, text: string) => void): Promise<number> {
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    socket.on("data", (bytes) => onData(socket, bytes.toString("latin1")));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  ends.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

function logTo(port: number, otlp: OtlpOptions = {}) {
  const errors: DestinationError[] = [];
  const log = createLogger({
    destinations: [{ uri: `otlp+http://127.0.0.1:${port}` as "otlp+http:", name: "collector", otlp }],
    onError: (error) => void errors.push(error as DestinationError),
  });
  return { log, errors, metrics: () => log.metrics().destinations[0]! };
}

async function startCollector() {
  const path = fileURLToPath(new URL("collector_program.ts", import.meta.url));
  const child = spawn(binaries().node, ["--disable-warning=ExperimentalWarning", path], { stdio: "pipe" });
  const program = watch(child);
  ends.push(() => void child.kill());
  let printed = "";
  child.stdout.on("data", (text: string) => printed += text);
  await program.printed("\n");
  const port = Number(/port (\d+)/.exec(printed)?.[1]);
  return {
    port,
    async read(): Promise<{ count: number; misplaced: number }> {
      printed = "";
      child.stdin.write("?\n");
      await until(() => printed.includes("\n"));
      const [, count, misplaced] = /read (\d+) misplaced (\d+)/.exec(printed) as RegExpExecArray;
      return { count: Number(count), misplaced: Number(misplaced) };
    },
  };
}

/** Each test has so long, whatever the others take. */
const LIMIT = { timeout: 60_000 };

describe("a logger with an OTLP server", () => {
  for (const protocol of PROTOCOLS) {
    for (const compression of ["none", "gzip"] as const) {
      it(`delivers every record once and in order as ${protocol}, compression ${compression}`, LIMIT, async () => {
        const collector = await startCollector();
        const { log, errors, metrics } = logTo(collector.port, { protocol, compression, maxBatchBytes: "64KiB" });
        for (let i = 0; i < 20_000; i++) {
          log.info(`record ${i}`, { method: "GET", status: 200 });
          if (i % 500 === 0) await new Promise<void>((resolve) => void setTimeout(resolve, 0));
        }
        await log.flush();
        assert.deepEqual(await collector.read(), { count: 20_000, misplaced: 0 });
        log.info("record 0");
        await log.close();
        assert.deepEqual(await collector.read(), { count: 1, misplaced: 0 });
        assert.deepEqual([metrics().written, metrics().dropped, errors], [20_001, 0, []]);
      });
    }
  }

  it("flushes only once the server has answered", LIMIT, async () => {
    let answer = () => {};
    const server = await otlpServer({
      answer: async (response, received) => {
        await new Promise<void>((resolve) => answer = resolve);
        succeed(response, received);
      },
    });
    const { log, metrics } = logTo(server.port);
    log.info("x");
    let isFlushed = false;
    const flushed = log.flush().then(() => isFlushed = true);
    await until(() => server.requests.length === 1);
    assert.deepEqual([isFlushed, metrics().written], [false, 0]);
    answer();
    await flushed;
    assert.equal(metrics().written, 1);
    await log.close();
  });

  it("keeps what it cannot deliver until the server is there", LIMIT, async () => {
    const port = await freePort();
    const { log, errors, metrics } = logTo(port);
    log.info("kept");
    await assert.rejects(log.flush(), /no answer from "http:\/\/127\.0\.0\.1:\d+": .*1 record kept to be tried again/);
    const server = await otlpServer({ port });
    await until(() => metrics().written === 1);
    assert.deepEqual(server.records.map(({ body }) => body?.[1]), ["kept"]);
    assert.ok(errors.length > 0);
    await log.close();
  });

  it("leaves a server alone for as long as it asks, and no request is lost", LIMIT, async () => {
    const times: number[] = [];
    const server = await otlpServer({
      answer: (response, received) => {
        times.push(performance.now());
        if (times.length > 1) return succeed(response, received);
        response.writeHead(503, { "retry-after": "1" }).end();
      },
    });
    const { log, errors, metrics } = logTo(server.port);
    log.info("x");
    await until(() => metrics().written === 1);
    assert.ok((times[1] as number) - (times[0] as number) >= 990, `tried again after ${times[1]! - times[0]!} ms`);
    assert.match(errors[0]?.message ?? "", /answered 503; 1 record kept to be tried again/);
    await log.close();
  });

  it("counts what the server refuses, and the numbers add up", LIMIT, async () => {
    const answers: Parameters<typeof startOtlpServer>[0] = {
      answer: (response, received) => {
        switch (server.requests.length) {
          case 1:
            return response.writeHead(400, { "content-type": "text/plain" }).end("bad data");
          case 2:
            return response.writeHead(200, { "content-type": "application/x-protobuf" })
              .end(encodeResponse({ rejectedLogRecords: 3, errorMessage: "too old" }));
          default:
            return succeed(response, received);
        }
      },
    };
    const server = await otlpServer(answers);
    const { log, errors, metrics } = logTo(server.port, { maxBatchRecords: 10 });
    for (let i = 0; i < 30; i++) log.info(`record ${i}`);
    await assert.rejects(log.flush(), /Dropped 13 records for destination "collector": .* refused 3 of 10: too old/);
    await log.flush();
    const { accepted, written, dropped, droppedBy, pending } = metrics();
    assert.deepEqual([accepted, written, dropped, droppedBy.refused, pending], [30, 17, 13, 13, 0]);
    assert.deepEqual(errors.map(({ message, dropped }) => [message.replace(/127.*?"/, ""), dropped]), [
      ['Dropped 10 records for destination "collector": "http:// answered 400: bad data', 10],
      ['Dropped 3 records for destination "collector": "http:// answered 200 and refused 3 of 10: too old', 3],
    ]);
    await log.close();
    assert.equal(log.metrics().droppedBy.refused, 13);
  });

  it("follows no redirect", LIMIT, async () => {
    const other = await otlpServer();
    const server = await otlpServer({
      answer: (response) => response.writeHead(307, { location: other.url }).end(),
    });
    const { log, errors } = logTo(server.port, { headers: { authorization: "Bearer secret" } });
    log.info("x");
    await log.flush().catch(() => {});
    await log.close();
    assert.deepEqual([server.requests.length, other.requests.length], [1, 0]);
    assert.match(errors[0]?.message ?? "", /answered 307/);
  });

  const bad: Readonly<Record<string, (socket: Socket, text: string) => void>> = {
    "closes before it answers": (socket) => socket.destroy(),
    "closes in the middle of the head": (socket) => socket.end("HTTP/1.1 200 O"),
    "closes in the middle of the body": (socket) =>
      socket.end("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{"),
    "answers with garbage": (socket) => socket.end("\u0000\u0001 not HTTP at all\r\n\r\n"),
    "says nothing": () => {},
    "says one byte of the body at a time": (socket, text) => {
      if (!text.startsWith("POST")) return;
      socket.write("HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n");
      const timer = setInterval(() => socket.write("x"), 20);
      socket.on("close", () => clearInterval(timer));
    },
  };
  for (const [what, onData] of Object.entries(bad)) {
    it(`keeps its records, and throws nothing into the program, when the server ${what}`, LIMIT, async () => {
      const port = await rawServer(onData);
      const { log, errors, metrics } = logTo(port, { timeout: "300ms" });
      log.info("x");
      await assert.rejects(log.flush(), DestinationError);
      assert.deepEqual([metrics().written, metrics().pending], [0, 1]);
      assert.match(errors[0]?.message ?? "", /^Cannot write to destination "collector": .*"http:\/\/127\.0\.0\.1:\d+"/);
      assert.doesNotMatch(errors[0]?.message ?? "", /[\r\n\0]/);
      await log.close();
      assert.equal(metrics().droppedBy.undelivered, 1);
    });
  }

  it("does not mind a huge answer", LIMIT, async () => {
    const server = await otlpServer({
      answer: async (response) => {
        response.writeHead(200, { "content-type": "application/json" });
        const piece = "x".repeat(1 << 20);
        for (let i = 0; i < 64 && !response.destroyed; i++) {
          if (!response.write(piece)) {
            await new Promise<void>((resolve) => response.once("drain", resolve).once("close", resolve));
          }
        }
        response.end();
      },
    });
    const { log, errors, metrics } = logTo(server.port);
    log.info("x");
    await log.flush();
    assert.equal(metrics().written, 1);
    assert.match(errors[0]?.message ?? "", /took records, but its answer cannot be read: it is too long/);
    await log.close();
  });

  for (const runtime of runtimeNames) {
    it(`on ${runtime} loses nothing with close or flush, and does not keep the process alive`, LIMIT, async () => {
      const server = await otlpServer();
      for (const ending of ["close", "flush"]) {
        const { code, stdout, stderr } = await start(runtime, "../otlp/logging_program.ts", {
          args: [String(server.port), ending, "1000", "60s"],
        }).ended;
        assert.equal(code, 0, stderr);
        assert.equal(stdout, "written 1000\n");
        assert.equal(server.records.splice(0).length, 1000);
      }
    });

    it(`on ${runtime} reports what a program that ends without either has lost`, LIMIT, async () => {
      const server = await otlpServer();
      const { code, stdout } = await start(runtime, "../otlp/logging_program.ts", {
        args: [String(server.port), "nothing", "1000", "60s"],
      }).ended;
      assert.equal(code, 0);
      const lost = Number(/error Dropped (\d+) records.*the process is ending/.exec(stdout)?.[1] ?? 0);
      // What was under way when the loop ended may still have arrived.
      assert.ok(server.records.length + lost >= 1000, `${server.records.length} arrived, ${lost} lost: ${stdout}`);
    });

    it(`on ${runtime} ends in spite of a server that says nothing`, LIMIT, async () => {
      const port = await rawServer(() => {});
      const { code, stdout } = await start(runtime, "../otlp/logging_program.ts", {
        args: [String(port), "close", "10", "2s"],
      }).ended;
      assert.equal(code, 0);
      assert.match(stdout, /did not answer within 2000 ms[^]*Dropped 10 records[^]*written 0/);
    });
  }
});
