import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { createLogger } from "../../mod.ts";
import { temporaryDirectory } from "../adapters/programs.ts";
import { loggerOn } from "../logger/harness.ts";
import { createMemoryRuntime } from "../support/memory_runtime.ts";

/** An envelope (RFC 7468) around bytes; without them around the shortest SEQUENCE of DER. */
function pem(label: string, bytes: readonly number[] = [0x30, 0]): string {
  const base64 = btoa(String.fromCharCode(...bytes)).replace(/.{64}/g, "$&\n");
  return `-----BEGIN ${label}-----\n${base64}\n-----END ${label}-----\n`;
}

const CERTIFICATE = pem("CERTIFICATE");
const KEY = pem("PRIVATE KEY");

/** Makes a logger and lets it go. */
async function accept(uri: string, options: object = {}): Promise<void> {
  await createLogger({ destinations: [{ uri, ...options }] }).close();
}

describe("the URI of a syslog destination", () => {
  const good = [
    "syslog+udp://127.0.0.1",
    "syslog+udp://127.0.0.1:514?format=rfc5424",
    "syslog+udp://[::1]:5514/",
    "SYSLOG+TCP://logs.example:601?framing=lf&timeout=3s",
    "syslog+tcp://127.0.0.1?facility=local7&app=web&hostname=host&procid=-&msgid=ID1&sd=fields@32473.1&bom=false",
    "syslog+tcp://127.0.0.1?facility=23&maxBytes=480KiB&timeout=500",
    "syslog+tcp://127.0.0.1?format=rfc3164&app=a/b&procid=x",
    "syslog+tls://logs.example",
    "syslog+unix:/dev/log?socket=stream&framing=octet-counting",
    "syslog+unix:///run/my%20log?socket=stream&format=rfc5424",
    `syslog+unix:/${"p".repeat(102)}?socket=stream`,
  ];
  for (const uri of good) it(`may be ${uri}`, () => accept(uri));

  const bad: readonly (readonly [uri: string, message: RegExp])[] = [
    ["syslog+udp:", /names no host, as "syslog\+udp:\/\/127.0.0.1" does|not a valid URI/],
    ["syslog+udp://", /names no host|not a valid URI/],
    ["syslog+udp://127.0.0.1:70000", /uri": expected a port from 1 to 65535, got "70000"/],
    ["syslog+tcp://user:p@[::1]:99999/?app=a", /uri": expected a port from 1 to 65535, got "99999"/],
    ["syslog+tls://logs.example:6514a", /uri": expected a port from 1 to 65535, got "6514a"/],
    ["syslog+tcp://a b:601", /uri": "syslog\+tcp:\/\/a b:601" is not a valid URI/],
    ["syslog+tcp://127.0.0.1:0", /there is no port 0/],
    ["syslog+tcp://user:secret@127.0.0.1", /syslog knows no user and no password/],
    ["syslog+tcp://127.0.0.1/path", /"\/path" stands where nothing may/],
    ["syslog+tcp://127.0.0.1#x", /nothing may follow a "#"/],
    ["syslog+tcp://127.0.0.1?colour=red", /there is no parameter "colour"; known are format, facility, app/],
    ["syslog+tcp://127.0.0.1?app=a&app=b", /uri\?app": it is there twice/],
    ["syslog+tcp://127.0.0.1?format=rfc1", /uri\?format": expected one of "rfc5424", "rfc3164", got "rfc1"/],
    ["syslog+tcp://127.0.0.1?facility=24", /uri\?facility": expected a number from 0 to 23 or one of kern, user/],
    ["syslog+tcp://127.0.0.1?facility=constructor", /uri\?facility"/],
    ["syslog+tcp://127.0.0.1?facility=", /uri\?facility"/],
    ["syslog+tcp://127.0.0.1?app=", /uri\?app": expected 1 to 48 printable ASCII characters without spaces/],
    ["syslog+tcp://127.0.0.1?app=a%20b", /uri\?app"/],
    ["syslog+tcp://127.0.0.1?app=%C3%A9", /uri\?app"/],
    [`syslog+tcp://127.0.0.1?app=${"a".repeat(49)}`, /uri\?app"/],
    [`syslog+tcp://127.0.0.1?msgid=${"a".repeat(33)}`, /uri\?msgid"/],
    [`syslog+tcp://127.0.0.1?procid=${"1".repeat(129)}`, /uri\?procid"/],
    [`syslog+tcp://127.0.0.1?hostname=${"h".repeat(256)}`, /uri\?hostname"/],
    ["syslog+tcp://127.0.0.1?format=rfc3164&app=a[b", /uri\?app": .* and without ":", "\[" and "\]"/],
    ["syslog+tcp://127.0.0.1?format=rfc3164&sd=a@1", /uri\?sd": only format=rfc5424 has it/],
    ["syslog+tcp://127.0.0.1?format=rfc3164&msgid=a", /uri\?msgid": only format=rfc5424 has it/],
    ["syslog+tcp://127.0.0.1?sd=fields", /uri\?sd": expected a name, "@" and your private enterprise number/],
    ["syslog+tcp://127.0.0.1?sd=a=b@1", /uri\?sd"/],
    [`syslog+tcp://127.0.0.1?sd=${"a".repeat(31)}@1`, /uri\?sd"/],
    ["syslog+tcp://127.0.0.1?bom=yes", /uri\?bom": expected one of "true", "false"/],
    ["syslog+tcp://127.0.0.1?framing=crlf", /uri\?framing": expected one of "octet-counting", "lf"/],
    ["syslog+tls://127.0.0.1?framing=lf", /uri\?framing": over TLS messages are counted \(RFC 5425, 4.3\)/],
    ["syslog+udp://127.0.0.1?framing=lf", /uri\?framing": each message is a datagram/],
    ["syslog+udp://127.0.0.1?timeout=1s", /uri\?timeout": each message is a datagram/],
    ["syslog+tcp://127.0.0.1?socket=stream", /uri\?socket": only a unix socket can be of either kind/],
    ["syslog+tcp://127.0.0.1?timeout=0", /uri\?timeout": expected 1 or more/],
    ["syslog+tcp://127.0.0.1?timeout=soon", /uri\?timeout": expected a number of milliseconds/],
    ["syslog+tcp://127.0.0.1?maxBytes=479", /uri\?maxBytes": expected 480 or more/],
    ["syslog+udp://127.0.0.1?maxBytes=65508", /uri\?maxBytes": expected 65507 or less/],
    ["syslog+tcp://127.0.0.1?maxBytes=1GB", /uri\?maxBytes": expected 16777216 or less/],
    [
      `syslog+tcp://127.0.0.1?maxBytes=480&hostname=${"h".repeat(255)}&procid=${"1".repeat(128)}`,
      /uri\?maxBytes": the header alone takes up to \d+ bytes, which leaves too little/,
    ],
    ["syslog+unix:", /names no socket by its whole path, as "syslog\+unix:\/dev\/log" does/],
    ["syslog+unix:log", /names no socket by its whole path/],
    ["syslog+unix://dev/log", /a path has no host; write "syslog\+unix:\/dev\/log"/],
    ["syslog+unix:/dev/log?socket=pipe", /uri\?socket": expected one of "datagram", "stream"/],
    ["syslog+unix:/a%00b?socket=stream", /NUL/],
    [`syslog+unix:/${"p".repeat(107)}?socket=stream`, /uri": expected a path of 10[37] bytes at the most, got 108/],
    [`syslog+unix:/${"%C3%A9".repeat(54)}`, /uri": expected a path of 10[37] bytes at the most, got 109/],
  ];
  for (const [uri, message] of bad) {
    it(`is refused: ${uri.slice(0, 100)}`, () => {
      assert.throws(() => createLogger({ destinations: [{ uri }] }), (error: Error) => {
        assert.match(error.message, /^Cannot use option "destinations\[0\]\.uri/);
        assert.match(error.message, message);
        return error instanceof TypeError || error instanceof RangeError;
      });
    });
  }

  it("is refused where the runtime has no sockets", () => {
    const runtime = createMemoryRuntime();
    assert.throws(
      () => loggerOn(runtime, { destinations: [{ uri: "syslog+tcp://127.0.0.1" }] }),
      /"destinations\[0\]\.uri": the runtime "\w+" has no sockets/,
    );
  });

  it("is refused where there are no unix datagram sockets, with the remedy", () => {
    const runtime = {
      ...createMemoryRuntime(),
      network: { unixDatagramProblem: () => "Cannot use unix datagram sockets: use UDP" } as never,
    };
    assert.throws(
      () => loggerOn(runtime, { destinations: [{ uri: "syslog+unix:/dev/log" }] }),
      /"destinations\[0\]\.uri": Cannot use unix datagram sockets: use UDP/,
    );
  });
});

describe("the TLS options of a syslog destination", () => {
  const uri = "syslog+tls://127.0.0.1";

  it("take PEM as text or by path", async () => {
    const directory = temporaryDirectory();
    const path = join(directory, "both.pem");
    writeFileSync(path, CERTIFICATE + KEY);
    await accept(uri, { tls: { ca: path, cert: CERTIFICATE, key: path, serverName: "logs.example", verify: false } });
    await accept(uri, { tls: {} });
    rmSync(directory, { recursive: true });
  });

  const long = [0x30, 0x82, 0x01, 0x00, ...new Array<number>(256).fill(7)];
  const goodPem = {
    "of several certificates, with words between them": {
      ca: `Root one\n${pem("CERTIFICATE", long)}\nRoot two:\n${pem("X509 CERTIFICATE")}${pem("TRUSTED CERTIFICATE")}`,
    },
    "with line breaks of Windows": { ca: pem("CERTIFICATE", long).replaceAll("\n", "\r\n") },
    "of a key with its parameters": {
      cert: CERTIFICATE,
      key: pem("EC PARAMETERS", [6, 1, 1]) + pem("EC PRIVATE KEY", long),
    },
  };
  for (const [what, tls] of Object.entries(goodPem)) it(`take PEM ${what}`, () => accept(uri, { tls }));

  const SECRET = "c2VjcmV0c2VjcmV0c2VjcmV0";
  const badPem: readonly (readonly [what: string, key: string, message: RegExp])[] = [
    ["a key without its envelope", SECRET, /neither PEM, nor a file that can be read: \w+$/],
    ["no end", `-----BEGIN PRIVATE KEY-----\n${SECRET}\n`, /the BEGIN of line 1 has no END$/],
    ["another end", KEY.replace("END PRIVATE", "END PUBLIC"), /the END of line 3 is not of what begins in line 1$/],
    ["a second beginning", KEY.replace("-----END", "-----BEGIN"), /the BEGIN of line 1 has no END$/],
    ["a second end", `${KEY}-----END PRIVATE KEY-----`, /the END of line 4 has no BEGIN$/],
    ["one line", KEY.replaceAll("\n", "\\n"), /line 1 is to consist of "-----BEGIN \.\.\.-----" and nothing else$/],
    ["nothing in it", "-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----", /what begins in line 1 is empty$/],
    ["no base64", KEY.replace("MAA=", `${SECRET}*`), /what begins in line 1 is not in base64$/],
    ["base64 cut off", KEY.replace("MAA=", "MAA"), /what begins in line 1 is not in base64$/],
    ["no DER", KEY.replace("MAA=", SECRET), /what begins in line 1 is no DER \(X\.690\), or its end is missing$/],
    ["DER cut off", pem("PRIVATE KEY", long.slice(0, -1)), /is no DER \(X\.690\), or its end is missing$/],
    ["DER without a length", pem("PRIVATE KEY", [0x30]), /is no DER \(X\.690\), or its end is missing$/],
    ["DER with half a length", pem("PRIVATE KEY", [0x30, 0x82, 1]), /is no DER \(X\.690\), or its end is missing$/],
    ["no key", CERTIFICATE, /there is no "PRIVATE KEY" in it$/],
    ["a key that is encrypted", pem("ENCRYPTED PRIVATE KEY"), /is encrypted, and there is no option for its password$/],
    [
      "a key that is encrypted as OpenSSL once did",
      pem("RSA PRIVATE KEY").replace("-----\n", "-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\n"),
      /is encrypted, and there is no option for its password$/,
    ],
  ];
  for (const [what, key, message] of badPem) {
    it(`refuse a key with ${what}, and do not show it`, () => {
      assert.throws(
        () => createLogger({ destinations: [{ uri, tls: { cert: CERTIFICATE, key } }] }),
        (error: Error) => {
          assert.match(error.message, /^Cannot use option "destinations\[0\]\.tls\.key": /);
          assert.match(error.message, message);
          assert.ok(!String(error.stack).includes(SECRET));
          return error instanceof RangeError;
        },
      );
    });
  }

  it("refuse such certificates too, also in a file", () => {
    const directory = temporaryDirectory();
    const path = join(directory, "ca.pem");
    writeFileSync(path, CERTIFICATE.replace("MAA=", "AAAA"));
    for (const [name, others] of [["ca", {}], ["cert", { key: KEY }]] as const) {
      assert.throws(
        () => createLogger({ destinations: [{ uri, tls: { ...others, [name]: path } }] }),
        new RegExp(`tls\\.${name}": expected PEM \\(RFC 7468\\) in the file: what begins in line 1 is no DER`),
      );
      assert.throws(
        () => createLogger({ destinations: [{ uri, tls: { ...others, [name]: KEY } }] }),
        new RegExp(`tls\\.${name}": expected PEM \\(RFC 7468\\): there is no "CERTIFICATE" in it`),
      );
    }
    rmSync(directory, { recursive: true });
  });

  const bad: readonly (readonly [tls: unknown, message: RegExp])[] = [
    ["ca.pem", /"destinations\[0\]\.tls": expected an object/],
    [
      { pfx: "x" },
      /"destinations\[0\]\.tls\.pfx": there is no such option; known are ca, cert, key, serverName, verify/,
    ],
    [{ ca: 1 }, /"destinations\[0\]\.tls\.ca": expected a string/],
    [{ ca: "" }, /"destinations\[0\]\.tls\.ca": it is empty/],
    [{ ca: "/not/there.pem" }, /"destinations\[0\]\.tls\.ca": neither PEM, nor a file that can be read/],
    [{ cert: CERTIFICATE }, /"destinations\[0\]\.tls\.cert": it is of no use without "destinations\[0\]\.tls\.key"/],
    [{ key: KEY }, /"destinations\[0\]\.tls\.key": it is of no use without "destinations\[0\]\.tls\.cert"/],
    [{ verify: "no" }, /"destinations\[0\]\.tls\.verify": expected true or false/],
    [{ serverName: 5 }, /"destinations\[0\]\.tls\.serverName": expected a string/],
  ];
  for (const [tls, message] of bad) {
    it(`are refused: ${JSON.stringify(tls)}`, () => {
      assert.throws(() => createLogger({ destinations: [{ uri, tls } as never] }), message);
    });
  }

  it("are refused where no TLS is spoken", () => {
    assert.throws(
      () => createLogger({ destinations: [{ uri: "syslog+tcp://127.0.0.1", tls: {} } as never] }),
      /"destinations\[0\]\.tls": there is no such option/,
    );
  });
});
