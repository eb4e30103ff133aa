import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { cpSync, rmSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { temporaryDirectory, watch } from "../adapters/programs.ts";
import { binaries, node24, projectRoot } from "../support/binaries.ts";
import { missing, startServer, type SyslogServer } from "./servers.ts";

const skip = missing("rsyslog") ?? false;

describe("unix datagrams on Node", () => {
  /** A copy of the sources from where no koffi can be found. */
  let elsewhere = "";
  let server: SyslogServer;
  before(async () => {
    elsewhere = temporaryDirectory();
    for (const part of ["adapters", "src"]) cpSync(join(projectRoot, part), join(elsewhere, part), { recursive: true });
    if (skip === false) server = await startServer("rsyslog");
  });
  after(async () => {
    rmSync(elsewhere, { recursive: true });
    await server?.end();
  });

  /** Sends a message with a Node, and returns what it says. */
  async function send(node: string, root: string, msg: string): Promise<string> {
    const code = `
      import { nodeRuntime } from ${JSON.stringify(join(root, "adapters/node_runtime.ts"))};
      const { network } = nodeRuntime();
      console.log(network.unixDatagramProblem() ?? "none");
      const socket = network.openUnixDatagrams(${JSON.stringify(server.unix)});
      const text = "<14>1 - host app 1 - - ${msg}";
      console.log(socket.send(new TextEncoder().encode(text)), socket.pending);
      try {
        socket.send(new Uint8Array(8 << 20));
      } catch (error) {
        console.log(error.code);
      }
      socket.close();
    `;
    const args = ["--disable-warning=MODULE_TYPELESS_PACKAGE_JSON", "--input-type=module", "--eval", code];
    const { stdout, stderr } = await watch(spawn(node, args, { cwd: elsewhere })).ended;
    return stdout + stderr;
  }

  it("come with Node 26, without a warning, and with koffi on Node 24", { skip }, async () => {
    const good = "none\ntrue 0\nEMSGSIZE\n";
    assert.equal(await send(binaries().node, elsewhere, "by node:ffi"), good);
    assert.equal(await send(node24(), projectRoot, "by koffi"), good);
    assert.deepEqual((await server.wait(2)).map(({ msg }) => msg), ["by node:ffi", "by koffi"]);
  });

  it("are missed on Node 24 alone, with a sentence that names the remedy", { skip }, async () => {
    assert.match(
      await send(node24(), elsewhere, "never"),
      /^Cannot use unix datagram sockets: Node 24\.\S+ has none; install koffi, or use Node 26 or newer, or use UDP or TCP\n/,
    );
  });
});
