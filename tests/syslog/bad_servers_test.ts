import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { createLogger } from "../../mod.ts";
import { detectRuntime } from "../../adapters/detect.ts";
import { temporaryDirectory } from "../adapters/programs.ts";
import { freePort } from "../support/free_port.ts";
import { until } from "../support/until.ts";
import { missing, pause, startServer } from "./servers.ts";
import { numberOf, startStreamServer } from "./stream_server.ts";

const range = (length: number) => Array.from({ length }, (_, i) => i);

/** A logger to a server, and what it reports. */
function logTo(uri: string, options: object = {}, destination: object = {}) {
  const errors: string[] = [];
  const log = createLogger({
    destinations: [{ uri, name: "syslog", ...destination }],
    onError: (error: Error) => void errors.push(error.message),
    ...options,
  });
  return { log, errors, numbers: () => log.metrics().destinations[0]! };
}

describe("a syslog server that misbehaves", () => {
  it("is not there: what was logged waits for it, reported and in order", async () => {
    const port = await freePort();
    const { log, errors, numbers } = logTo(`syslog+tcp://127.0.0.1:${port}`);
    for (const i of range(500)) log.info(`line ${i}`);
    await assert.rejects(log.flush(), /Cannot write to destination "syslog": .*ECONNREFUSED/);
    assert.equal(numbers().written, 0);
    const server = await startStreamServer({ port });
    await until(() => numbers().written === 500);
    await log.close();
    assert.deepEqual(server.messages.map(numberOf), range(500));
    assert.ok(errors.length > 0 && errors.every((error) => error.includes("ECONNREFUSED")), errors.join("\n"));
    await server.end();
  });

  it("never reads: what finds no room is counted, memory stays bounded, and close ends", async () => {
    const server = await startStreamServer({ onConnection: (socket) => !socket.pause().destroyed });
    const { log, errors, numbers } = logTo(`syslog+tcp://127.0.0.1:${server.port}?timeout=200ms&maxBytes=1MB`, {
      queue: { maxBytes: 1 << 20 },
      closeTimeout: 1_000,
    });
    const text = "x".repeat(20_000);
    let most = 0;
    let logged = 0;
    // A slow machine makes several connections meanwhile, and the buffers of each take some.
    while (logged < 1_500 || numbers().dropped <= 100 && logged < 100_000) {
      if (logged % 50 === 0) await pause(1);
      log.info(text, { i: logged++ });
      most = Math.max(most, numbers().pending);
    }
    await until(() => errors.some((error) => error.includes("has taken nothing for 200 ms")));
    await log.close();
    const { written, dropped, pending } = numbers();
    assert.ok(most * 20_000 <= (1 << 20) + 60 * 20_000 * 2, `${most} records waited`);
    assert.ok(dropped > 100, `${dropped} dropped`);
    assert.equal(written + dropped + pending, logged);
    await server.end();
  });

  it("closes in the middle of messages: whole messages only, none out of order, what is sent twice is seen", async () => {
    let received = 0;
    const server = await startStreamServer({
      onConnection(socket, number) {
        // The first four connections die in the middle of something.
        if (number > 4) return false;
        socket.on("data", (bytes: Uint8Array) => {
          received += bytes.length;
          if (received > number * 3_001) socket.destroy();
        });
        return true;
      },
    });
    const { log, numbers } = logTo(`syslog+tcp://127.0.0.1:${server.port}`);
    for (const i of range(2_000)) {
      log.info(`line ${i}`);
      if (i % 100 === 0) await pause(5);
    }
    await until(() => numbers().pending === 0);
    await log.close();
    const got = server.messages.map(numberOf);
    assert.ok(server.connections() >= 5);
    assert.equal(numbers().written, 2_000);
    assert.equal(numbers().connections, server.connections());
    // Only what was on its way on a connection that died may be missing: a run before what the last connection got.
    const first = Math.min(...got);
    assert.deepEqual(got, range(2_000).slice(first));
    await server.end();
  });

  it("closes while nothing is under way: a new connection is made, nothing is lost, nothing reported", async () => {
    const server = await startStreamServer();
    const { log, errors, numbers } = logTo(`syslog+tcp://127.0.0.1:${server.port}`);
    for (const i of range(5)) {
      log.info(`line ${i}`);
      await log.flush();
      await until(() => server.messages.length === i + 1);
      for (const socket of server.sockets) socket.end();
      await until(() => server.sockets.size === 0);
    }
    await log.close();
    assert.deepEqual(server.messages.map(numberOf), range(5));
    assert.deepEqual(errors, []);
    assert.equal(numbers().connections, 5);
    await server.end();
  });

  it("answers: that is reported once for each connection, and the messages arrive", async () => {
    const server = await startStreamServer({ onData: (socket) => socket.write("HTTP/1.1 400 Bad Request\r\n\r\n") });
    const { log, errors } = logTo(`syslog+tcp://127.0.0.1:${server.port}`);
    for (const i of range(10)) {
      log.info(`line ${i}`);
      await log.flush();
    }
    await until(() => errors.length > 0);
    await log.close();
    assert.deepEqual(server.messages.map(numberOf), range(10));
    assert.equal(errors.length, 1);
    assert.match(errors[0] as string, /answers, which no syslog server does/);
    await server.end();
  });

  it("does not speak TLS: it is given up after the timeout, and tried again", async () => {
    const server = await startStreamServer({ onConnection: (socket) => !socket.resume().destroyed });
    const { log, errors, numbers } = logTo(`syslog+tls://127.0.0.1:${server.port}?timeout=100ms`, {
      closeTimeout: 500,
    });
    log.info("line 0");
    await assert.rejects(log.flush(), /has not accepted a connection within 100 ms/);
    await until(() => server.connections() >= 2);
    await log.close();
    assert.equal(numbers().dropped, 1);
    assert.ok(errors.length > 0);
    await server.end();
  });

  it("resets the connection while the program does not let the event loop turn: each record is accounted for", async () => {
    const server = await startStreamServer();
    const { log, numbers } = logTo(`syslog+tcp://127.0.0.1:${server.port}`, {
      queue: { capacity: 64, maxBytes: 1 << 20 },
    });
    log.info("line 0");
    await log.flush();
    await until(() => server.messages.length === 1);
    for (const socket of server.sockets) socket.resetAndDestroy();
    detectRuntime().sleep(20);
    for (const i of range(50_000)) log.info(`line ${i + 1}`);
    await log.close();
    const { written, dropped } = numbers();
    assert.equal(written + dropped, 50_001);
    await until(() => server.sockets.size === 0);
    // What came after the reset was refused at once: nothing counts as written that has not arrived.
    assert.equal(server.messages.map(numberOf).filter((number) => number >= 0).length, written);
    await server.end();
  });

  for (const [name, uri] of [["TCP", "syslog+tcp"], ["TLS", "syslog+tls"], ["UDP", "syslog+udp"]] as const) {
    it(`never holds up a program that waits for room and does not let the event loop turn (${name})`, async () => {
      const server = await startStreamServer({ onConnection: (socket) => !socket.pause().destroyed });
      const { log, numbers } = logTo(`${uri}://127.0.0.1:${server.port}${name === "UDP" ? "" : "?timeout=100ms"}`, {
        queue: { overflow: "block", maxBytes: 1 << 16 },
        closeTimeout: 500,
      });
      log.info("line 0");
      await log.flush().catch(() => {});
      const begin = performance.now();
      for (const i of range(60_000)) log.info(`line ${i + 1}`);
      assert.ok(performance.now() - begin < 20_000);
      await log.close();
      const { written, dropped } = numbers();
      assert.equal(written + dropped, 60_001);
      await server.end();
    });
  }

  it("is absent over UDP: that is reported where the system tells, and what came meanwhile waits", {
    skip: detectRuntime().name === "deno" ? "Deno does not hear of refused datagrams" : false,
  }, async () => {
    const port = await freePort();
    // Only flush tries again: a try of its own accord might come just before the server is there, and one message of
    // that try be lost when the refusal takes its time.
    const { log, errors } = logTo(`syslog+udp://127.0.0.1:${port}`, {}, {
      retry: { firstPause: 60_000, lastPause: 60_000 },
    });
    log.info("line 0"); // nobody can tell that nobody takes it
    await log.flush();
    // The refusal is there at once; turns of the event loop see it, and not time.
    for (let turn = 0; turn < 10; turn++) await pause(5);
    log.info("line 1");
    await assert.rejects(log.flush(), /ECONNREFUSED/);
    for (const i of range(100)) log.info(`line ${i + 2}`);
    const got: number[] = [];
    const server = createSocket("udp4");
    server.on("message", (bytes: Uint8Array) => got.push(numberOf(new TextDecoder().decode(bytes))));
    await new Promise<void>((resolve) => server.bind(port, "127.0.0.1", resolve));
    await log.flush();
    await log.close();
    await until(() => got.length >= 101);
    assert.deepEqual(got, range(101).map((i) => i + 1));
    assert.ok(errors.length > 0);
    await new Promise<void>((resolve) => server.close(() => resolve()));
  });

  const noUnix = detectRuntime().network?.unixDatagramProblem() ?? false;
  it("is absent at a unix socket, comes, goes and comes again", { skip: missing("rsyslog") ?? noUnix }, async () => {
    const server = await startServer("rsyslog");
    try {
      await server.kill();
      const { log, errors, numbers } = logTo(`syslog+unix:${server.unix}?format=rfc5424`);
      for (const i of range(100)) log.info(`line ${i}`);
      await assert.rejects(log.flush(), /ECONNREFUSED/);
      await server.start();
      await until(() => numbers().pending === 0);
      assert.deepEqual(
        (await server.wait(100)).map(({ msg }) => JSON.parse(msg).msg),
        range(100).map((i) => `line ${i}`),
      );
      await server.kill();
      log.info("line 100");
      await assert.rejects(log.flush());
      await server.start();
      await log.close();
      assert.equal(numbers().dropped, 0);
      assert.equal((await server.wait(101)).length, 101);
      assert.ok(errors.length >= 2);
    } finally {
      await server.end();
    }
  });

  it("is a unix socket that nobody has made", { skip: noUnix }, async () => {
    const directory = temporaryDirectory();
    const { log, numbers } = logTo(`syslog+unix:${join(directory, "none")}`, { closeTimeout: 200 });
    log.info("line 0");
    await assert.rejects(log.flush(), /ENOENT/);
    await log.close();
    assert.equal(numbers().dropped, 1);
    rmSync(directory, { recursive: true });
  });
});
