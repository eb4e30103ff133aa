import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { describe, it } from "node:test";
import { detectRuntime } from "../../adapters/detect.ts";
import { type Outcome, type runtimeNames, start } from "../adapters/programs.ts";
import { bestOf } from "../support/best_of.ts";
import { until } from "../support/until.ts";
import { missing, startServer } from "./servers.ts";
import { numberOf, startStreamServer } from "./stream_server.ts";

const range = (length: number) => Array.from({ length }, (_, i) => i);
const own = detectRuntime().name as typeof runtimeNames[number];

/** Runs the program on the runtime that the tests run on. */
async function run(
  uri: string,
  how: string,
  warm: "warm" | "cold",
  options: object = {},
  count = 200,
): Promise<Outcome> {
  return await start(own, "../syslog/exit_program.ts", { args: [uri, how, warm, String(count)], ...options }).ended;
}

describe("a process that logs to syslog and ends", () => {
  for (const how of ["end of script", "exit", "throw", "close"]) {
    it(`has written all to a connection that stood (${how})`, async () => {
      const server = await startStreamServer();
      const { code, stdout, stderr } = await run(`syslog+tcp://127.0.0.1:${server.port}`, how, "warm");
      assert.equal(stdout, "", stderr);
      assert.equal(code === 0, how !== "throw");
      // The end of the connection comes after all that was written to it.
      await until(() => server.connections() > 0 && server.sockets.size === 0);
      assert.deepEqual(server.messages.map(numberOf), range(201));
      await server.end();
    });
  }

  it("says what it could not write when there was no connection yet", async () => {
    const server = await startStreamServer();
    const { stdout } = await run(`syslog+tcp://127.0.0.1:${server.port}`, "exit", "cold");
    assert.match(stdout, /Dropped 200 records for destination "syslog": the process is ending/);
    assert.deepEqual(server.messages, []);
    await server.end();
  });

  it("has sent all by UDP", async () => {
    const got: number[] = [];
    const server = createSocket("udp4");
    server.on("message", (bytes: Uint8Array) => got.push(numberOf(new TextDecoder().decode(bytes))));
    await new Promise<void>((resolve) => server.bind(0, "127.0.0.1", resolve));
    for (const how of ["end of script", "exit", "close"]) {
      got.length = 0;
      const { stdout } = await run(`syslog+udp://127.0.0.1:${server.address().port}`, how, "warm", {}, 60);
      assert.equal(stdout, "");
      await until(() => got.length >= 61);
      assert.deepEqual(got, range(61), how);
    }
    await new Promise<void>((resolve) => server.close(() => resolve()));
  });

  it("has sent all through a unix socket, without any turn of the event loop", {
    skip: missing("rsyslog") ?? detectRuntime().network?.unixDatagramProblem() ?? false,
  }, async () => {
    const server = await startServer("rsyslog");
    try {
      let expected = 0;
      for (const how of ["end of script", "exit", "throw"]) {
        const { stdout } = await run(`syslog+unix:${server.unix}?format=rfc5424`, how, "cold", {}, 1_000);
        assert.equal(stdout, "");
        expected += 1_000;
        assert.equal((await server.wait(expected)).length, expected, how);
      }
    } finally {
      await server.end();
    }
  });

  it("is not kept alive by a server that never reads", async () => {
    const server = await startStreamServer({ onConnection: (socket) => !socket.pause().destroyed });
    const uri = `syslog+tcp://127.0.0.1:${server.port}?timeout=300ms`;
    const least = await bestOf(3, 10_000, async () => {
      const begin = performance.now();
      const { stdout } = await run(uri, "end of script", "warm", {}, 100_000);
      const took = performance.now() - begin;
      assert.match(stdout, /Dropped \d+ records for destination "syslog"/);
      return took;
    });
    assert.ok(least < 10_000, `${least} ms`);
    await server.end();
  });

  it(
    "says which permission Deno lacks",
    { skip: own === "deno" ? false : "only Deno asks for permissions" },
    async () => {
      const permissions = ["--allow-read", "--allow-env"];
      for (const uri of ["syslog+tcp://127.0.0.1:5514", "syslog+udp://127.0.0.1:5514"]) {
        const { stdout, code } = await run(uri, "close", "cold", { permissions });
        assert.match(
          stdout,
          /Cannot connect to "127\.0\.0\.1:5514": no permission; run with --allow-net=127\.0\.0\.1:5514/,
        );
        assert.equal(code, 0);
      }
      // UDP takes more than the permission for its host.
      const server = createSocket("udp4");
      try {
        const received: string[] = [];
        server.on("message", (message) => received.push(String(message)));
        await new Promise<void>((resolve) => server.bind(0, "127.0.0.1", resolve));
        const { port } = server.address();
        const uri = `syslog+udp://127.0.0.1:${port}`;
        const partly = await run(uri, "close", "cold", {
          permissions: [...permissions, `--allow-net=127.0.0.1:${port}`],
        });
        assert.match(partly.stdout, new RegExp(`run with --allow-net=127\\.0\\.0\\.1:${port},0\\.0\\.0\\.0:0`));
        assert.deepEqual({ code: partly.code, received: received.length }, { code: 0, received: 0 });
        const wholly = await run(uri, "close", "cold", {
          permissions: [...permissions, `--allow-net=127.0.0.1:${port},0.0.0.0:0`],
        });
        assert.deepEqual({ code: wholly.code, stdout: wholly.stdout }, { code: 0, stdout: "" });
        await until(() => received.length > 0);
        assert.ok(received.length > 0);
      } finally {
        server.close();
      }
      const { stderr } = await run("syslog+unix:/dev/log", "close", "cold", { permissions });
      assert.match(
        stderr,
        /"destinations\[0\]\.uri": Cannot use unix datagram sockets: .*run with --allow-ffi, or with/,
      );
    },
  );

  it("uses Deno's own unix datagrams where it has no FFI", {
    skip: missing("rsyslog") ?? (own === "deno" ? false : "only Deno has them"),
  }, async () => {
    const server = await startServer("rsyslog");
    try {
      const permissions = ["--allow-read", "--allow-write", "--allow-env", "--allow-net", "--unstable-net"];
      const { stdout } = await run(`syslog+unix:${server.unix}?format=rfc5424`, "close", "cold", { permissions }, 500);
      assert.equal(stdout, "");
      const messages = await server.wait(500);
      assert.deepEqual(messages.map(({ msg }) => numberOf(msg)), range(500).map((i) => i + 1));
    } finally {
      await server.end();
    }
  });
});
