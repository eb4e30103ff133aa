import { describe, it } from "node:test";
import { detectRuntime } from "../../adapters/detect.ts";
import { SyslogDatagramBackend } from "../../src/backends/syslog/datagram_backend.ts";
import { visibleText } from "../../src/format/escape.ts";
import { type BackendSubject, testBackend } from "../../src/conformance/mod.ts";
import { missing, pause, startServer } from "./servers.ts";

const runtime = detectRuntime();
const network = runtime.network!;

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
