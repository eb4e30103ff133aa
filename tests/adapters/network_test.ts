import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { createServer, type Socket } from "node:net";
import { lookup } from "node:dns/promises";
import { rmSync } from "node:fs";
import { networkInterfaces } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { detectRuntime } from "../../adapters/detect.ts";
import type { ConnectionEvents, StreamTarget } from "../../src/network.ts";
import { errorCode } from "../../src/runtime.ts";
import { makeCertificates, pem } from "../syslog/certificates.ts";
import { needing } from "../faults/support/requirements.ts";
import { temporaryDirectory } from "./programs.ts";

const runtime = detectRuntime();
const network = runtime.network!;
const encode = (text: string) => new TextEncoder().encode(text);
const quiet: ConnectionEvents = { onData: () => {}, onClose: () => {} };
const never = { signal: new AbortController().signal };

interface Peer {
  readonly port: number;
  /** The first connection, once it is there. */
  readonly socket: Promise<Socket>;
  end(): void;
}

async function listen(at?: string): Promise<Peer> {
  let accept: (socket: Socket) => void = () => {};
  const socket = new Promise<Socket>((resolve) => accept = resolve);
  const server = createServer({ allowHalfOpen: true }, (made) => accept(made.on("error", () => {})));
  await new Promise<void>((resolve) =>
    at === undefined ? server.listen(0, "127.0.0.1", resolve) : server.listen(at, resolve)
  );
  const end = () => {
    socket.then((made) => made.destroy());
    server.close();
  };
  return { port: at === undefined ? (server.address() as { port: number }).port : 0, socket, end };
}

function tcp(port: number): StreamTarget {
  return { transport: "tcp", host: "127.0.0.1", port };
}

/** Collects what comes until the other side says that nothing more will. */
function readAll(socket: Socket): Promise<string> {
  return new Promise((resolve) => {
    let text = "";
    socket.setEncoding("utf8").on("data", (piece: string) => text += piece).on("end", () => resolve(text));
  });
}

describe("the sockets of the runtime", () => {
  // They keep nothing alive by themselves.
  let release: () => void;
  before(() => void (release = runtime.keepAlive()));
  after(() => release());

  it("write in order, say when all is taken, and end when the other side has read all", async () => {
    const peer = await listen();
    const connection = await network.connect(tcp(peer.port), quiet, never);
    const received = peer.socket.then(readAll);
    const pieces = Array.from({ length: 200 }, (_, i) => `${i},`.repeat(2_000));
    for (const piece of pieces) connection.write(encode(piece));
    await connection.drained();
    assert.equal(connection.pending, 0);
    const ended = connection.end();
    assert.equal(await received, pieces.join(""));
    let isEnded = false;
    ended.then(() => isEnded = true);
    await new Promise((resolve) => setTimeout(resolve, 30));
    assert.equal(isEnded, false, "the other side has not closed yet");
    (await peer.socket).end();
    await ended;
    peer.end();
  });

  it("hand over at once what finds room, and hold back the rest", async () => {
    const peer = await listen();
    const connection = await network.connect(tcp(peer.port), quiet, never);
    (await peer.socket).pause();
    const piece = new Uint8Array(64 * 1024);
    connection.write(piece);
    assert.equal(connection.pending, 0, "the first piece is with the operating system when write returns");
    for (let written = 0; connection.pending === 0; written++) {
      assert.ok(written < 2_000, "a peer that does not read fills the connection");
      connection.write(piece);
    }
    let isDrained = false;
    const drained = connection.drained().then(() => isDrained = true);
    await new Promise((resolve) => setTimeout(resolve, 30));
    assert.equal(isDrained, false);
    (await peer.socket).resume();
    await drained;
    connection.destroy();
    peer.end();
  });

  it("tell of what comes in and of the end, once", async () => {
    const peer = await listen();
    const events: string[] = [];
    const closed = new Promise<unknown>((resolve) => {
      network.connect(tcp(peer.port), {
        onData: (bytes) => void events.push(new TextDecoder().decode(bytes)),
        onClose: (error) => {
          events.push("closed");
          resolve(error);
        },
      }, never);
    });
    (await peer.socket).end("hello");
    assert.equal(await closed, undefined);
    assert.deepEqual(events, ["hello", "closed"]);
    peer.end();
  });

  it("throw and reject once the connection is broken", async () => {
    const peer = await listen();
    let end: (error: unknown) => void = () => {};
    const closed = new Promise<unknown>((resolve) => end = resolve);
    const connection = await network.connect(tcp(peer.port), { ...quiet, onClose: end }, never);
    (await peer.socket).pause();
    const piece = new Uint8Array(1 << 20);
    while (connection.pending === 0) connection.write(piece);
    const drained = assert.rejects(connection.drained());
    (await peer.socket).resetAndDestroy();
    await drained;
    assert.notEqual(errorCode(await closed), undefined);
    assert.throws(() => connection.pending);
    await assert.rejects(connection.drained());
    await connection.end();
    connection.destroy();
    peer.end();
  });

  it("say why a connection was not made", async () => {
    const peer = await listen();
    peer.end();
    await new Promise((resolve) => setTimeout(resolve, 20));
    await assert.rejects(network.connect(tcp(peer.port), quiet, never), { code: "ECONNREFUSED" });
    const nowhere = join(temporaryDirectory(), "none");
    await assert.rejects(network.connect({ transport: "unix", path: nowhere }, quiet, never), { code: "ENOENT" });
  });

  it("give up when they are told to", async () => {
    const peer = await listen();
    const controller = new AbortController();
    const connecting = network.connect(
      { transport: "tls", host: "127.0.0.1", port: peer.port, tls: {} },
      quiet,
      { signal: controller.signal },
    );
    setTimeout(() => controller.abort(new Error("too late")), 20);
    await assert.rejects(connecting, /too late/);
    await assert.rejects(network.connect(tcp(peer.port), quiet, { signal: controller.signal }), /too late/);
    peer.end();
  });

  it("connect to unix sockets", async () => {
    const directory = temporaryDirectory();
    const peer = await listen(join(directory, "socket"));
    const connection = await network.connect({ transport: "unix", path: join(directory, "socket") }, quiet, never);
    const received = peer.socket.then(readAll);
    connection.write(encode("hello"));
    connection.end();
    assert.equal(await received, "hello");
    connection.destroy();
    peer.end();
    rmSync(directory, { recursive: true });
  });

  it("verify the certificate of a TLS server, and its name", {
    ...needing({ programs: ["openssl"] }),
  }, async () => {
    const certificates = makeCertificates();
    const { createServer } = await import("node:tls");
    const { cert, key } = certificates.server;
    const server = createServer(
      { cert: pem(cert), key: pem(key) },
      (socket) => void socket.on("error", () => {}).resume(),
    );
    server.on("tlsClientError", () => {});
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as { port: number };
    const connect = (tls: object, host = "127.0.0.1") =>
      network.connect({ transport: "tls", host, port, tls }, quiet, never);
    const ca = pem(certificates.ca);
    for (const tls of [{ ca }, { ca, serverName: "localhost" }, { verify: false }]) (await connect(tls)).destroy();
    (await connect({ ca }, "localhost")).destroy();
    await assert.rejects(connect({}));
    await assert.rejects(connect({ ca: pem(certificates.stranger.ca) }));
    await assert.rejects(connect({ ca, serverName: "elsewhere.example" }));
    server.close();
    certificates.remove();
  });

  it("send datagrams to addresses of both kinds and to a name", async () => {
    const { family: kind } = await lookup("localhost");
    const hasIpv6 = Object.values(networkInterfaces()).some((list) => list?.some(({ address }) => address === "::1"));
    const hosts: [host: string, family: number][] = [["127.0.0.1", 4], ["localhost", kind]];
    if (hasIpv6) hosts.push(["::1", 6]);
    for (const [host, family] of hosts) {
      const got: string[] = [];
      const errors: unknown[] = [];
      const server = createSocket(family === 6 ? "udp6" : "udp4");
      server.on("message", (bytes: Uint8Array) => got.push(new TextDecoder().decode(bytes)));
      await new Promise<void>((resolve) => server.bind(0, family === 6 ? "::1" : "127.0.0.1", resolve));
      const { port } = server.address();
      const socket = await network.openUdp({ host, port }, { onError: (error) => void errors.push(error) });
      for (let i = 0; i < 20; i++) {
        while (!socket.send(encode(`${i}`))) await new Promise((resolve) => setTimeout(resolve, 1));
      }
      socket.close();
      for (let tries = 0; got.length < 20 && tries < 200; tries++) {
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
      assert.deepEqual(got, Array.from({ length: 20 }, (_, i) => `${i}`));
      assert.deepEqual(errors, []);
      await new Promise<void>((resolve) => server.close(() => resolve()));
    }
  });

  it("refuse a unix datagram socket that is not there, or whose path is too long", {
    skip: network.unixDatagramProblem() ?? false,
  }, () => {
    assert.throws(() => network.openUnixDatagrams("/not/there"), { code: "ENOENT", syscall: "connect" });
    assert.throws(() => network.openUnixDatagrams(`/${"x".repeat(200)}`), { code: "ENAMETOOLONG", name: "RangeError" });
  });
});
