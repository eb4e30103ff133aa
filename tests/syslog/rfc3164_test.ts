import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { describe, it } from "node:test";
import { createLogger } from "../../mod.ts";
import { syslogSettings } from "../../src/backends/syslog/syslog_uri.ts";
import { createMemoryRuntime } from "../support/memory_runtime.ts";
import { pause } from "./servers.ts";
import { startStreamServer } from "./stream_server.ts";

/** What a URI says on a machine of a name. */
function headerOf(uri: string, machine = "web.example.org") {
  const runtime = {
    ...createMemoryRuntime(),
    hostname: () => machine,
    network: { unixDatagramProblem: () => undefined } as never,
  };
  return syslogSettings(uri, {}, { runtime, where: "destination" }).header;
}

describe("a destination of RFC 3164", () => {
  it("names the machine without its domain (4.1.2), and an address whole", () => {
    const named = (host: string) => headerOf(`syslog+tcp://logs?format=rfc3164&hostname=${host}`).hostname;
    for (
      const [host, name] of [
        ["web", "web"],
        ["web.example.org", "web"],
        ["10.example.org", "10"],
        ["192.0.2.7", "192.0.2.7"],
        ["2001:db8::1", "2001:db8::1"],
        ["::ffff:192.0.2.7", "::ffff:192.0.2.7"],
      ] as const
    ) {
      assert.equal(named(host), name);
      assert.equal(headerOf("syslog+udp://logs?format=rfc3164", host).hostname, name);
    }
    assert.equal(headerOf("syslog+udp://logs").hostname, "web.example.org");
    assert.equal(headerOf("syslog+unix:/dev/log").hostname, undefined);
  });

  it("has packets of 1,024 bytes at the most (4.1), unless it is told otherwise", () => {
    assert.equal(headerOf("syslog+udp://h?format=rfc3164").maxBytes, 1_024);
    assert.equal(headerOf("syslog+udp://h?format=rfc3164&maxBytes=8KiB").maxBytes, 8_192);
    assert.equal(headerOf("syslog+udp://h").maxBytes, 2_048);
    for (
      const uri of ["syslog+tls://h?format=rfc3164", "syslog+unix:/dev/log", "syslog+unix:/dev/log?format=rfc5424"]
    ) {
      assert.equal(headerOf(uri).maxBytes, 8_192);
    }
  });

  it("cuts what is longer, in datagrams and in streams", async () => {
    const datagrams: Uint8Array[] = [];
    const udp = createSocket("udp4");
    udp.on("message", (bytes) => void datagrams.push(bytes));
    await new Promise<void>((resolve) => udp.bind(0, "127.0.0.1", resolve));
    const tcp = await startStreamServer();
    const log = createLogger({
      destinations: [
        `syslog+udp://127.0.0.1:${udp.address().port}?format=rfc3164&hostname=web.example.org`,
        `syslog+tcp://127.0.0.1:${tcp.port}?format=rfc3164&hostname=web.example.org`,
      ],
    });
    log.info("x".repeat(10_000));
    await log.flush();
    while (datagrams.length < 1 || tcp.messages.length < 1) await pause(5);
    assert.deepEqual(log.metrics().destinations.map(({ truncated }) => truncated), [1, 1]);
    await log.close();
    const messages = [new TextDecoder().decode(datagrams[0]), tcp.messages[0] as string];
    assert.deepEqual(messages.map(({ length }) => length), [1_024, 8_192]);
    for (const message of messages) {
      assert.match(message, /^<14>[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d web \w+\[\d+\]: \{.*x\.\.\.$/);
    }
    udp.close();
    await tcp.end();
  });
});
