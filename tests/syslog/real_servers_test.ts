import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createLogger } from "../../mod.ts";
import { detectRuntime } from "../../adapters/detect.ts";
import { makeCertificates, pem } from "./certificates.ts";
import { missing, type Parsed, type ServerName, serverNames, startServer, type SyslogServer } from "./servers.ts";

const unixProblem = detectRuntime().network?.unixDatagramProblem();
const identity = "app=web&hostname=host.example&procid=12&msgid=ID47";

/** Logs what is characteristic, and says what a server should have made of it. */
async function deliver(uri: string, server: SyslogServer, extra: object = {}): Promise<Parsed[]> {
  const errors: string[] = [];
  const log = createLogger({
    level: "trace",
    destinations: [{ uri, ...extra }],
    onError: (error: Error) => void errors.push(error.message),
  });
  for (const level of ["trace", "debug", "info", "warn", "error", "fatal"] as const) {
    log[level](`text of ${level}: é "quoted" \\ ] 😀`, { key: 'va"l]u\\e', n: 1 });
  }
  await log.close();
  // A fatal record wants to be written while the connection is not there yet.
  assert.deepEqual(errors.filter((error) => !/^Cannot write a fatal record .* at once/.test(error)), []);
  const [numbers] = log.metrics().destinations;
  assert.equal(numbers?.written, 6);
  assert.equal(numbers?.connections, 1);
  return await server.wait(6);
}

function check(messages: readonly Parsed[], facility: number): void {
  assert.deepEqual(messages.map(({ pri }) => pri), [7, 7, 6, 4, 3, 2].map((severity) => facility * 8 + severity));
  const levels = ["trace", "debug", "info", "warn", "error", "fatal"];
  messages.forEach((message, i) => {
    assert.ok(message.msg.includes(`text of ${levels[i]}: é`), message.msg);
    assert.ok(Math.abs(Date.now() - message.time) < 60_000);
    assert.deepEqual([message.app, message.procid], ["web", "12"]);
  });
}

/** Checks that the whole text of RFC 3164 is what was logged, but for the space after the tag, which rsyslog keeps. */
function checkOldText(messages: readonly Parsed[], name: ServerName): void {
  messages.forEach((message, i) => {
    const level = ["trace", "debug", "info", "warn", "error", "fatal"][i];
    const { time } = JSON.parse(message.msg);
    assert.equal(Math.floor(Date.parse(time) / 1_000), Math.floor(message.time / 1_000));
    const text = JSON.stringify({ time, level, msg: `text of ${level}: é "quoted" \\ ] 😀`, key: 'va"l]u\\e', n: 1 });
    assert.equal(message.msg, name === "rsyslog" ? ` ${text}` : text);
  });
}

for (const name of serverNames) {
  describe(`${name} understands what comes`, () => {
    const skip = missing(name) ?? false;

    async function withServer(run: (server: SyslogServer) => Promise<void>): Promise<void> {
      const server = await startServer(name);
      try {
        await run(server);
      } finally {
        await server.end();
      }
    }

    for (const framing of ["octet-counting", "lf"] as const) {
      it(`over TCP, framed by ${framing}`, { skip }, () =>
        withServer(async (server) => {
          const port = framing === "lf" ? server.tcpLines : server.tcp;
          const uri = `syslog+tcp://127.0.0.1:${port}?framing=${framing}&facility=local3&${identity}`;
          const messages = await deliver(uri, server);
          check(messages, 19);
          assert.equal(messages[0]?.msgid, "ID47");
          assert.equal(messages[0]?.host, "host.example");
          assert.equal(JSON.parse(messages[0]?.msg as string).key, 'va"l]u\\e');
        }));
    }

    it("over UDP, with structured data", { skip }, () =>
      withServer(async (server) => {
        const messages = await deliver(`syslog+udp://127.0.0.1:${server.udp}?sd=fields@32473&${identity}`, server);
        check(messages, 1);
        assert.equal(messages[2]?.msg, 'text of info: é "quoted" \\ ] 😀');
        const { sd } = messages[2] as Parsed;
        assert.ok(sd.includes("fields@32473") && sd.includes('key="va\\"l\\]u\\\\e"') && sd.includes('n="1"'), sd);
      }));

    it(
      "through a unix datagram socket",
      { skip: unixProblem ?? skip },
      () =>
        withServer(async (server) => {
          check(await deliver(`syslog+unix:${server.unix}?format=rfc5424&facility=4&${identity}`, server), 4);
        }),
    );

    it(
      "through a unix stream socket",
      { skip: name === "rsyslog" ? "rsyslog has none" : skip },
      () =>
        withServer(async (server) => {
          const uri = `syslog+unix://${server.unixStream}?socket=stream&format=rfc5424&facility=23&${identity}`;
          check(await deliver(uri, server), 23);
        }),
    );

    it("over TCP in the form of BSD", { skip }, () =>
      withServer(async (server) => {
        const old = "app=web&procid=12&hostname=host.example.org";
        const uri = `syslog+tcp://127.0.0.1:${server.tcpOld}?format=rfc3164&framing=lf&${old}`;
        const messages = await deliver(uri, server);
        check(messages, 1);
        assert.equal(messages[0]?.host, "host");
        checkOldText(messages, name);
      }));

    it(
      "through a unix socket as other programs on the machine do",
      { skip: unixProblem ?? skip },
      () =>
        withServer(async (server) => {
          const messages = await deliver(`syslog+unix:${server.unixOld}?app=web&procid=12&facility=daemon`, server);
          check(messages, 3);
          checkOldText(messages, name);
        }),
    );

    it("over TLS with a client certificate, and only so", { skip: missing(name, { tls: true }) ?? false }, async () => {
      const certificates = makeCertificates();
      const server = await startServer(name, certificates);
      try {
        const uri = `syslog+tls://127.0.0.1:${server.tls}?${identity}`;
        const { client, stranger } = certificates;
        check(await deliver(uri, server, { tls: { ca: certificates.ca, cert: pem(client.cert), key: client.key } }), 1);
        for (
          const [tls, why] of [
            [{ ca: stranger.ca, cert: client.cert, key: client.key }, "an unknown authority of the server"],
            [{ ca: certificates.ca, ...client, serverName: "elsewhere" }, "another name"],
            [{ ca: certificates.ca }, "no certificate"],
            [{ ca: certificates.ca, cert: stranger.cert, key: stranger.key }, "a certificate of a stranger"],
          ] as const
        ) {
          const errors: Error[] = [];
          const log = createLogger({ destinations: [{ uri, tls }], onError: (error) => void errors.push(error) });
          log.info("must not arrive");
          await assert.rejects(log.flush(), `${why} was accepted`);
          await log.close();
          assert.equal(log.metrics().destinations[0]?.written, 0, why);
          assert.ok(errors.length > 0, why);
        }
        assert.equal(server.read().length, 6);
      } finally {
        await server.end();
        certificates.remove();
      }
    });
  });
}
