import { createSocket, type Socket as UdpSocket } from "node:dgram";
import { rmSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { createServer as createTlsServer } from "node:tls";
import { detectRuntime } from "../../adapters/detect.ts";
import { SyslogDatagramBackend } from "../../src/backends/syslog/datagram_backend.ts";
import { SyslogStreamBackend } from "../../src/backends/syslog/stream_backend.ts";
import type { SyslogFraming } from "../../src/backends/syslog/syslog_settings.ts";
import { type BackendSubject, testBackend } from "../../src/conformance/mod.ts";
import type { StreamTarget } from "../../src/network.ts";
import { temporaryDirectory } from "../adapters/programs.ts";
import { findProgram } from "../faults/support/requirements.ts";
import { type Certificates, makeCertificates, pem } from "./certificates.ts";
import { pause } from "./servers.ts";
import { octetReader } from "./stream_server.ts";

const runtime = detectRuntime();
const network = runtime.network!;

/** Turns of the event loop in which all that was sent comes in; not a time, since the machine may stand still. */
const TURNS = 10;

async function turns(): Promise<void> {
  for (let turn = 0; turn < TURNS; turn++) await pause(5);
}

/** Looks at what has come, after which no more is coming; as with {@linkcode TURNS}, not a time. */
const LOOKS = 50;

/** Waits until so many messages are there, or no more come. */
async function readUntil(messages: readonly string[], expected: number): Promise<readonly string[]> {
  let { length } = messages;
  for (let still = 0; length < expected && still < LOOKS; still++) {
    await pause(10);
    if (messages.length > length) still = 0;
    ({ length } = messages);
  }
  return messages;
}

/** Reads messages that end with a newline. */
function lineReader(messages: string[]): (bytes: Uint8Array) => void {
  const decoder = new TextDecoder();
  let rest = "";
  return (bytes) => {
    const lines = (rest + decoder.decode(bytes, { stream: true })).split("\n");
    rest = lines.pop() as string;
    messages.push(...lines);
  };
}

/** What `listen` does for a port that stays the same once the system has chosen it. */
function onePort(): Pick<StreamPlace, "listen"> & { readonly port: () => number } {
  let port = 0;
  return {
    listen(server, then) {
      server.listen(port, "127.0.0.1", () => {
        ({ port } = server.address() as { port: number });
        then();
      });
    },
    port: () => port,
  };
}

interface StreamPlace {
  readonly framing: SyslogFraming;
  /** Makes a server that does not listen yet. */
  readonly serve: (onConnection: (socket: Socket) => void) => Server;
  /** Where it listens: what `listen` takes, and what it is then. */
  readonly listen: (server: Server, then: () => void) => void;
  readonly target: () => StreamTarget;
  readonly end?: () => void;
}

/** A server that can break connections and refuse new ones, or stop reading. */
async function streamSubject({ framing, serve, listen, target, end }: StreamPlace): Promise<BackendSubject> {
  const messages: string[] = [];
  const sockets = new Set<Socket>();
  let left = Infinity;
  let isStalled = false;
  let server: Server | undefined;
  async function open(): Promise<void> {
    const opened = serve((socket) => {
      sockets.add(socket);
      const read = framing === "lf" ? lineReader(messages) : octetReader(messages);
      socket.on("error", () => {});
      socket.on("close", () => sockets.delete(socket));
      socket.on("data", (bytes: Uint8Array) => {
        left -= bytes.length;
        if (left < 0) return void shut();
        read(bytes);
      });
      if (isStalled) socket.pause();
    });
    await new Promise<void>((resolve) => listen(opened, resolve));
    server = opened;
  }
  async function shut(): Promise<void> {
    const ending = server;
    server = undefined;
    for (const socket of sockets) socket.destroy();
    if (ending !== undefined) await new Promise<void>((resolve) => ending.close(() => resolve()));
  }
  await open();
  return {
    create: () =>
      new SyslogStreamBackend(runtime, {
        network,
        to: target(),
        framing,
        maxBytes: 1 << 20,
        timeout: 10_000,
        onError: () => {},
      }),
    read: (expected) => readUntil(messages, expected),
    async fail(after) {
      // What has been written is read first: the faults of a server that dies with it are for another test.
      await turns();
      left = after;
      if (after === 0) await shut();
      return async () => {
        left = Infinity;
        if (server === undefined) await open();
      };
    },
    stall() {
      isStalled = true;
      for (const socket of sockets) socket.pause();
      return () => {
        isStalled = false;
        for (const socket of sockets) socket.resume();
      };
    },
    async end() {
      await shut();
      end?.();
    },
  };
}

const unacknowledged = "the protocol acknowledges nothing: what the server had not read is lost, ";
const deviations = {
  "a failure in the middle of a batch loses nothing": unacknowledged + "and nobody knows",
  "a failure in the middle of a batch doubles nothing": "what was taken in part is sent again as a whole",
  "advance brings a write to its end without the event loop": "a connection cannot be made without it",
};

describe("syslog through a stream", () => {
  testBackend(
    () => {
      const { listen, port } = onePort();
      return streamSubject({
        framing: "octet-counting",
        serve: createServer,
        listen,
        target: () => ({ transport: "tcp", host: "127.0.0.1", port: port() }),
      });
    },
    { it, name: "syslog+tcp", deviations },
  );
});

describe("syslog through a unix stream", () => {
  testBackend(
    () => {
      const directory = temporaryDirectory();
      const path = join(directory, "socket");
      return streamSubject({
        framing: "lf",
        serve: createServer,
        listen: (server, then) => void server.listen(path, then),
        target: () => ({ transport: "unix", path }),
        end: () => rmSync(directory, { recursive: true }),
      });
    },
    { it, name: "syslog+unix, stream", deviations },
  );
});

describe("syslog through TLS", () => {
  const skip = findProgram("openssl") === undefined ? "openssl is not installed" : false;
  if (skip !== false) console.log("Skipped for want of openssl");
  let certificates: Certificates | undefined;
  after(() => certificates?.remove());
  testBackend(
    () => {
      const { ca, server } = certificates ??= makeCertificates();
      const { listen, port } = onePort();
      return streamSubject({
        framing: "octet-counting",
        serve: (onConnection) => createTlsServer({ cert: pem(server.cert), key: pem(server.key) }, onConnection),
        listen,
        target: () => ({ transport: "tls", host: "127.0.0.1", port: port(), tls: { ca: pem(ca) } }),
      });
    },
    {
      it: (name, run) => it(name, { skip }, run),
      name: "syslog+tls",
      lacks: runtime.name === "deno" ? { stall: "a TLS server of Deno reads on although it was told to pause" } : {},
      deviations,
    },
  );
});

/**
 * Bytes that the receiver may be behind: it shares the event loop with the sender, Deno gives it one datagram in a turn,
 * and the kernel throws away what is more than some 200 kB.
 */
const MOST_BEHIND = 64 * 1024;

/** What a datagram takes in the kernel, about. */
const costOf = ({ length }: Uint8Array) => length + 1_000;

/** A socket of UDP that can be closed. */
async function udpSubject(): Promise<BackendSubject> {
  const messages: string[] = [];
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  let receiver: UdpSocket | undefined;
  let port = 0;
  let behind = 0;
  async function open(): Promise<void> {
    const opened = createSocket("udp4");
    opened.on("message", (bytes) => {
      behind -= costOf(bytes);
      messages.push(decoder.decode(bytes));
    });
    await new Promise<void>((resolve) => opened.bind(port, "127.0.0.1", resolve));
    ({ port } = opened.address());
    behind = 0;
    receiver = opened;
  }
  async function shut(): Promise<void> {
    const closing = receiver;
    receiver = undefined;
    if (closing !== undefined) await new Promise<void>((resolve) => closing.close(() => resolve()));
  }
  await open();
  return {
    create: () =>
      new SyslogDatagramBackend(runtime, {
        async open(onError) {
          const socket = await network.openUdp({ host: "127.0.0.1", port }, { onError });
          return {
            send(bytes) {
              if (behind > MOST_BEHIND || !socket.send(bytes)) return false;
              if (receiver !== undefined) behind += costOf(bytes);
              return true;
            },
            get pending() {
              return socket.pending;
            },
            close: () => socket.close(),
          };
        },
        maxBytes: 65_507,
        isReliable: false,
      }),
    largest: 60_000,
    read: (expected) => readUntil(messages, expected),
    async fail() {
      await turns();
      await shut();
      return open;
    },
    end: shut,
  };
}

describe("syslog through UDP", () => {
  const late = "what was sent is on its way when the refusal comes";
  testBackend(udpSubject, {
    it,
    name: "syslog+udp",
    lacks: {
      stall: "UDP does not stand still: what finds no room at the receiver is lost",
      ...(runtime.name === "deno" ? { fail: "Deno does not hear of refused datagrams" } : {}),
    },
    deviations: {
      "what could not be delivered arrives, once and in order, when the medium is well again": late,
      "a failure in the middle of a batch loses nothing": late,
      "advance brings a write to its end without the event loop": "a socket cannot be made without it",
    },
  });
});
