import assert from "node:assert/strict";
import { chmodSync, existsSync, linkSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer as createHttpServer } from "node:http";
import { createServer, type Server } from "node:net";
import { join } from "node:path";
import { spawn } from "node:child_process";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { binaries } from "../support/binaries.ts";
import { freePort } from "../support/free_port.ts";
import { currentRuntime } from "../support/spawn.ts";
import type { DescriptorConfig, Told } from "./descriptor_program.ts";
import { temporaryDirectory, watch } from "./programs.ts";

const needs = { skip: !existsSync("/proc/self/fd") };
if (needs.skip) console.log("Skipped for want of /proc");

let directory: string;
let silent: Server;
let rude: Server;
let refusing: ReturnType<typeof createHttpServer>;
const portOf = (server: { address(): unknown }) => (server.address() as { port: number }).port;

/** What fails: a destination, and what the program is started with. */
interface Case {
  readonly uri: () => string | Promise<string>;
  /** Options of the destination beside. */
  readonly options?: object;
  /** A shell command, with `"$@"` where the program stands. @default "$@" */
  readonly shell?: string;
  /** See `FailureCase.isLate`. */
  readonly isLate?: boolean;
}

/** Descriptors that a runtime may open for itself meanwhile, such as those of its threads. */
const SLACK = 5;

const direct = 'exec "$@"';

const cases: { readonly [name: string]: Case } = {
  "a file in a directory that is a file": { uri: () => join(directory, "plain", "app.log") },
  "a file that is a directory": { uri: () => join(directory, "folder") },
  "a file that is a link": { uri: () => join(directory, "link") },
  // In a directory where anybody could have planted the other name.
  "a file with another name": { uri: () => join(directory, "open", "linked") },
  "standard output on a full disk": { uri: () => "stdout:", shell: 'exec "$@" > /dev/full' },
  "a pipe that nobody reads": { uri: () => "stdout:", shell: '"$@" | true', isLate: true },
  "both standard streams on a full disk": { uri: () => "console:", shell: 'exec "$@" > /dev/full 2> /dev/full' },
  // Deno says so only when something is sent.
  "udp to an address that takes no connection": { uri: () => "syslog+udp://255.255.255.255:514", isLate: true },
  "udp to a name that does not exist": { uri: () => "syslog+udp://does-not-exist.invalid:514" },
  "udp to a port where nobody listens": {
    uri: async () => `syslog+udp://127.0.0.1:${await freePort()}`,
    isLate: true,
  },
  "tcp to a port where nobody listens": { uri: async () => `syslog+tcp://127.0.0.1:${await freePort()}` },
  "tcp to a name that does not exist": { uri: () => "syslog+tcp://does-not-exist.invalid:514" },
  "tls to a port where nobody listens": { uri: async () => `syslog+tls://127.0.0.1:${await freePort()}` },
  "tls to a server that knows no tls": { uri: () => `syslog+tls://127.0.0.1:${portOf(rude)}` },
  "tls to a server that says nothing": { uri: () => `syslog+tls://127.0.0.1:${portOf(silent)}?timeout=40` },
  "a unix stream to nobody": { uri: () => `syslog+unix:${join(directory, "none")}?socket=stream` },
  "unix datagrams to nobody": { uri: () => `syslog+unix:${join(directory, "none")}` },
  "unix datagrams to a file": { uri: () => `syslog+unix:${join(directory, "plain")}` },
  "a journal that is not there": { uri: () => `journald:${join(directory, "none")}` },
  "otlp to a port where nobody listens": { uri: async () => `otlp+http://127.0.0.1:${await freePort()}` },
  "otlp to a server that asks for patience": { uri: () => `otlp+http://127.0.0.1:${portOf(refusing)}` },
  "otlp to a server that says nothing": {
    uri: () => `otlp+http://127.0.0.1:${portOf(silent)}`,
    options: { otlp: { timeout: 40 } },
  },
};

describe("what fails fifty times leaves no more open than what fails five times", { timeout: 900_000 }, () => {
  before(async () => {
    directory = temporaryDirectory();
    writeFileSync(join(directory, "plain"), "");
    mkdirSync(join(directory, "folder"));
    symlinkSync("plain", join(directory, "link"));
    mkdirSync(join(directory, "open"));
    chmodSync(join(directory, "open"), 0o777);
    linkSync(join(directory, "plain"), join(directory, "open", "linked"));
    silent = createServer((socket) => socket.on("error", () => {}).resume());
    rude = createServer((socket) => socket.on("error", () => {}).end("What do you want?\n"));
    refusing = createHttpServer((_, response) => response.writeHead(503, { "retry-after": "0" }).end("later"));
    for (const server of [silent, rude, refusing]) {
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    }
  });
  after(() => {
    for (const server of [silent, rude, refusing]) server.close();
    refusing.closeAllConnections();
    rmSync(directory, { recursive: true });
  });

  for (const shell of new Set(Object.values(cases).map(({ shell = direct }) => shell))) {
    const own = Object.entries(cases).filter(([, { shell: its = direct }]) => its === shell);
    it(own.map(([name]) => name).join(", "), needs, async () => {
      const report = join(directory, `report-${own[0]?.[0]}`);
      const config: DescriptorConfig = {
        report,
        cases: await Promise.all(own.map(async ([name, { uri, options, isLate = false }]) => ({
          name,
          destination: { uri: await uri(), ...options },
          isLate,
        }))),
      };
      const program = fileURLToPath(new URL("./descriptor_program.ts", import.meta.url));
      const front = { deno: ["run", "-q", "--no-prompt", "-A"], bun: ["run"], node: [] }[currentRuntime];
      const command = [binaries()[currentRuntime], ...front, program, JSON.stringify(config)];
      const { stderr } = await watch(spawn("sh", ["-c", shell, "sh", ...command])).ended;
      const lines = existsSync(report) ? readFileSync(report, "utf8").trimEnd().split("\n") : [];
      const told = lines.map((line) => JSON.parse(line) as Told);
      assert.equal(told.length, 2 * own.length, stderr);
      const bad = told.filter(({ few, many, closed, unexpected }) =>
        Math.max(many, closed) > few + SLACK || unexpected.length > 0
      );
      assert.deepEqual(bad, []);
    });
  }
});
