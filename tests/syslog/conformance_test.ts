import { describe, it } from "node:test";
import { detectRuntime } from "../../adapters/detect.ts";
import { SyslogDatagramBackend } from "../../src/backends/syslog/datagram_backend.ts";
import { SyslogStreamBackend } from "../../src/backends/syslog/stream_backend.ts";
import { visibleText } from "../../src/format/escape.ts";
import { type BackendSubject, testBackend } from "../../src/conformance/mod.ts";
import { missing, pause, startServer } from "./servers.ts";
import { startStreamServer, type StreamServer } from "./stream_server.ts";

const runtime = detectRuntime();
const network = runtime.network!;

/** A server that can break connections and refuse new ones, or stop reading. */
async function streamSubject(): Promise<BackendSubject> {
  const messages: string[] = [];
  let left = Infinity;
  let isStalled = false;
  let server: StreamServer | undefined;
  let port = 0;
  async function open(): Promise<void> {
    server = await startStreamServer({
      port,
      messages,
      onConnection(socket) {
        if (isStalled) socket.pause();
        socket.on("data", (bytes: Uint8Array) => {
          left -= bytes.length;
          if (left < 0) void shut();
        });
        return false;
      },
    });
    port = server.port;
  }
  async function shut(): Promise<void> {
    const ending = server;
    server = undefined;
    await ending?.end();
  }
  await open();
  return {
    create: () =>
      new SyslogStreamBackend(runtime, {
        network,
        to: { transport: "tcp", host: "127.0.0.1", port },
        framing: "octet-counting",
        maxBytes: 1 << 20,
        timeout: 10_000,
        onError: () => {},
      }),
    async read(expected) {
      for (let looks = 0; messages.length < expected && looks < 1_000; looks++) await pause(10);
      return messages;
    },
    async fail(after) {
      // What has been written is read first: the faults of a server that dies with it are for another test.
      // Turns of the event loop are counted, and not time: after a stall timers come before sockets.
      for (let turn = 0; turn < 10; turn++) await pause(5);
      left = after;
      if (after === 0) await shut();
      return async () => {
        left = Infinity;
        if (server === undefined) await open();
      };
    },
    stall() {
      isStalled = true;
      for (const socket of server?.sockets ?? []) socket.pause();
      return () => {
        isStalled = false;
        for (const socket of server?.sockets ?? []) socket.resume();
      };
    },
    end: shut,
  };
}

const unacknowledged = "the protocol acknowledges nothing: what the server had not read is lost, ";

describe("syslog through a stream", () => {
  testBackend(streamSubject, {
    it,
    name: "syslog+tcp",
    deviations: {
      "a failure in the middle of a batch loses nothing": unacknowledged + "and nobody knows",
      "a failure in the middle of a batch doubles nothing": "what was taken in part is sent again as a whole",
      "advance brings a write to its end without the event loop": "a connection cannot be made without it",
    },
  });
});

/** A real server at a unix socket. */
async function unixSubject(): Promise<BackendSubject> {
  const server = await startServer("rsyslog");
  let marks = 0;
  /** Sends a mark and returns what is there once it has arrived, and with it all that was sent before. */
  async function readToMark(): Promise<string[]> {
    const mark = `mark ${marks++}`;
    const socket = network.openUnixDatagrams(server.unix);
    while (!socket.send(new TextEncoder().encode(`<14>1 - - - - - - ${mark}`))) await pause(5);
    const texts = (await server.wait((messages) => messages.some(({ msg }) => msg === mark))).map(({ msg }) => msg);
    socket.close();
    if (!texts.includes(mark)) throw new Error(`Expected that "${mark}" arrives`);
    return texts.filter((text) => !text.startsWith("mark "));
  }
  return {
    create: () =>
      new SyslogDatagramBackend(runtime, {
        open: () => network.openUnixDatagrams(server.unix),
        maxBytes: 60_000,
        isReliable: true,
      }),
    format: ({ msg }) => `<14>1 - - - - - - ${visibleText(msg)}`,
    largest: 50_000,
    read: readToMark,
    async fail() {
      await readToMark();
      await server.kill();
      return () => server.start();
    },
    stall() {
      server.signal("SIGSTOP");
      return () => server.signal("SIGCONT");
    },
    end: () => server.end(),
  };
}

const skip = network.unixDatagramProblem() ?? missing("rsyslog");

describe("syslog through a unix datagram socket", () => {
  testBackend(unixSubject, {
    it: (name, run) => it(name, { skip: skip ?? false }, run),
    name: "syslog+unix",
    deviations: {},
  });
});
