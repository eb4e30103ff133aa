/**
 * Real syslog servers, each a process of the test's own that listens on free ports and writes what it has parsed to a
 * file, one JSON object per message.
 *
 * @module
 */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findProgram } from "../faults/support/requirements.ts";
import { freePort } from "../support/free_port.ts";
import type { Certificates } from "./certificates.ts";

/** A message as a server has parsed it. */
export interface Parsed {
  readonly pri: number;
  /** Time stamp in milliseconds; for RFC 3164 only the second counts. */
  readonly time: number;
  readonly host: string;
  readonly app: string;
  readonly procid: string;
  readonly msgid: string;
  /** Structured data as the server writes them. */
  readonly sd: string;
  readonly msg: string;
}

/** A server that runs. */
export interface SyslogServer {
  readonly name: ServerName;
  /** Octet counting; rsyslog takes both framings here. */
  readonly tcp: number;
  /** Framing by newline. */
  readonly tcpLines: number;
  /** RFC 3164, framed by newline. */
  readonly tcpOld: number;
  readonly udp: number;
  readonly tls: number;
  /** Datagrams. */
  readonly unix: string;
  /** Datagrams of RFC 3164 as programs on the machine send them. */
  readonly unixOld: string;
  /** Stream, framed by newline; syslog-ng only. */
  readonly unixStream: string;
  /** What it has parsed so far. */
  read(): Parsed[];
  /** The last message that it has parsed. */
  last(): Parsed | undefined;
  /** Waits until it has parsed so many messages, or such; returns what there is when for 30 s no more have come. */
  wait(until: number | ((messages: readonly Parsed[]) => boolean)): Promise<Parsed[]>;
  /** Kills it as `kill -9` does. */
  kill(): Promise<void>;
  /** Sends it a signal. */
  signal(name: "SIGSTOP" | "SIGCONT"): void;
  /** Starts it again on the same ports. */
  start(): Promise<void>;
  /** Ends it and removes its directory. */
  end(): Promise<void>;
}

/** The servers that are tested against. */
export type ServerName = "rsyslog" | "syslog-ng";

/** Both. */
export const serverNames: readonly ServerName[] = ["rsyslog", "syslog-ng"];

/** Looks, with a pause of 50 ms after each, until nothing is expected to come any more. */
const LOOKS = 600;

/** Where syslog-ng is unpacked, since Debian does not install it next to rsyslog. */
const UNPACKED = "/opt/syslog-ng";

/** What is missing for a server; `undefined` when it can be started. */
export function missing(name: ServerName, { tls = false }: { readonly tls?: boolean } = {}): string | undefined {
  const what = name === "rsyslog"
    ? findProgram("rsyslogd") === undefined ? "rsyslog" : tls && !hasOssl() ? "rsyslog-openssl" : undefined
    : syslogNg() === undefined
    ? "syslog-ng-core"
    : undefined;
  const lacking = what ?? (tls && findProgram("openssl") === undefined ? "openssl" : undefined);
  if (lacking !== undefined) console.log(`Skipped for want of ${lacking}`);
  return lacking === undefined ? undefined : `${lacking} is not installed`;
}

function hasOssl(): boolean {
  return ["x86_64-linux-gnu", "aarch64-linux-gnu"].some((machine) =>
    existsSync(`/usr/lib/${machine}/rsyslog/lmnsd_ossl.so`)
  );
}

function syslogNg(): { readonly program: string; readonly root: string } | undefined {
  const installed = findProgram("syslog-ng");
  if (installed !== undefined) return { program: installed, root: "" };
  const program = `${UNPACKED}/usr/sbin/syslog-ng`;
  return existsSync(program) ? { program, root: UNPACKED } : undefined;
}

/** Starts a server. */
export async function startServer(name: ServerName, certificates?: Certificates): Promise<SyslogServer> {
  const directory = mkdtempSync(join(tmpdir(), "omni-log-syslog-"));
  const output = join(directory, "out.json");
  writeFileSync(output, "");
  const places = {
    tcp: await freePort(),
    tcpLines: await freePort(),
    tcpOld: await freePort(),
    udp: await freePort(),
    tls: await freePort(),
    unix: join(directory, "log"),
    unixOld: join(directory, "log_old"),
    unixStream: join(directory, "stream"),
  };
  const config = join(directory, "config");
  writeFileSync(
    config,
    (name === "rsyslog" ? rsyslogConfig : syslogNgConfig)({ ...places, directory, output, certificates }),
  );
  let child: ChildProcess;
  let errors = "";

  const port = certificates === undefined ? places.tcp : places.tls;
  // The last that is opened; the server is there when all are.
  const hasStream = name === "syslog-ng";
  const sockets = [places.unix, places.unixOld, ...hasStream ? [places.unixStream] : []];
  const acceptsStream = async () => !hasStream || await accepts(places.unixStream);

  async function start(): Promise<void> {
    for (const socket of sockets) rmSync(socket, { force: true });
    child = run();
    child.stderr?.setEncoding("utf8").on("data", (text: string) => errors += text);
    for (let tries = 0; !(sockets.every(existsSync) && await accepts(port) && await acceptsStream()); tries++) {
      if (tries > 1_200 || child.exitCode !== null) throw new Error(`${name} did not start: ${errors}`);
      await pause(25);
    }
  }

  function run(): ChildProcess {
    const stdio = ["ignore", "ignore", "pipe"] as ["ignore", "ignore", "pipe"];
    if (name === "rsyslog") {
      return spawn(findProgram("rsyslogd") as string, ["-n", "-f", config, "-i", join(directory, "pid")], { stdio });
    }
    const { program, root } = syslogNg() as { program: string; root: string };
    const own = root === "" ? [] : [`--module-path=${root}/usr/lib/syslog-ng/3.38`];
    return spawn(program, [
      ...["-F", "--no-caps", "-f", config, "-R", join(directory, "persist"), "-c", join(directory, "control")],
      ...["-p", join(directory, "pid"), ...own],
    ], { stdio, env: { ...process.env, LD_LIBRARY_PATH: `${root}/usr/lib/syslog-ng` } });
  }

  async function kill(): Promise<void> {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
    child.kill("SIGKILL");
    await ended;
    rmSync(join(directory, "pid"), { force: true });
  }

  const read = () => parse(name, readFileSync(output, "utf8"));
  await start();
  return {
    name,
    ...places,
    read,
    start,
    last: () => parse(name, lastLine(readFileSync(output, "utf8")))[0],
    async wait(until) {
      const isThere = typeof until === "number" ? ({ length }: readonly Parsed[]) => length >= until : until;
      let messages: Parsed[] = [];
      let length = -1;
      // Looks are counted, and not time: the server reads nothing either while the machine stands still.
      for (let still = 0; still < LOOKS; still++) {
        const text = readFileSync(output, "utf8");
        if (text.length !== length) {
          still = 0;
          length = text.length;
          messages = parse(name, text);
          if (isThere(messages)) break;
        }
        await pause(50);
      }
      return messages;
    },
    kill,
    // Not `child.kill`: Deno sends only the first signal by it.
    signal: (name) => void process.kill(child.pid as number, name),
    async end() {
      await kill();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** The last line that is whole, with its end. */
function lastLine(text: string): string {
  const end = text.lastIndexOf("\n");
  return text.slice(text.lastIndexOf("\n", end - 1) + 1, end + 1);
}

/** Whether somebody listens on a port of this machine, or on a unix socket. */
function accepts(place: number | string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = typeof place === "number" ? connect(place, "127.0.0.1") : connect(place);
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}

/** Waits in real time. */
export function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

interface ConfigParts {
  readonly tcp: number;
  readonly tcpLines: number;
  readonly tcpOld: number;
  readonly udp: number;
  readonly tls: number;
  readonly unix: string;
  readonly unixOld: string;
  readonly unixStream: string;
  readonly directory: string;
  readonly output: string;
  readonly certificates: Certificates | undefined;
}

function rsyslogConfig(
  { tcp, tcpLines, tcpOld, udp, tls, unix, unixOld, directory, output, certificates }: ConfigParts,
): string {
  const property = (name: string, of: string) => `property(outname="${name}" name="${of}" format="jsonf")`;
  const secure = certificates === undefined
    ? ""
    : `StreamDriver.Name="ossl" StreamDriver.Mode="1" StreamDriver.AuthMode="x509/certvalid"`;
  return `
global(workDirectory="${directory}" maxMessageSize="64k" parser.escapeControlCharactersOnReceive="off"
  ${
    certificates === undefined ? "" : `DefaultNetstreamDriver="ossl" DefaultNetstreamDriverCAFile="${certificates.ca}"
  DefaultNetstreamDriverCertFile="${certificates.server.cert}" DefaultNetstreamDriverKeyFile="${certificates.server.key}"`
  })
module(load="imudp") module(load="imtcp" MaxSessions="500" ${secure}) module(load="imuxsock" SysSock.Use="off")
template(name="out" type="list" option.jsonf="on") {
  ${property("pri", "pri")} property(outname="time" name="timereported" dateFormat="rfc3339" format="jsonf")
  ${property("host", "hostname")} ${property("app", "app-name")} ${property("procid", "procid")}
  ${property("msgid", "msgid")} ${property("sd", "structured-data")} ${property("msg", "msg")}
}
input(type="imudp" address="127.0.0.1" port="${udp}" rcvbufSize="8m")
${
    certificates === undefined
      ? `input(type="imtcp" address="127.0.0.1" port="${tcp}")
input(type="imtcp" address="127.0.0.1" port="${tcpLines}")
input(type="imtcp" address="127.0.0.1" port="${tcpOld}")`
      : `input(type="imtcp" address="127.0.0.1" port="${tls}")`
  }
input(type="imuxsock" socket="${unix}" UseSpecialParser="off" UseSysTimeStamp="off" RateLimit.Interval="0")
input(type="imuxsock" socket="${unixOld}" UseSysTimeStamp="off" RateLimit.Interval="0")
main_queue(queue.size="200000" queue.dequeueBatchSize="128")
action(type="omfile" file="${output}" template="out" flushOnTXEnd="on" ioBufferSize="64k")
`;
}

function syslogNgConfig(
  { tcp, tcpLines, tcpOld, udp, tls, unix, unixOld, unixStream, output, certificates }: ConfigParts,
): string {
  const fields = "pri=$PRI time=$S_ISODATE host=$HOST app=$PROGRAM procid=$PID msgid=$MSGID sd=$SDATA msg=$MESSAGE";
  return `
@version: 3.38
options { chain-hostnames(no); keep-hostname(yes); use-dns(no); dns-cache(no); stats-freq(0); log-msg-size(131072);
  frac-digits(3); keep-timestamp(yes); log-fifo-size(200000); };
source s {
  syslog(ip(127.0.0.1) port(${tcp}) transport("tcp") max-connections(100) log-iw-size(10000));
  network(ip(127.0.0.1) port(${tcpLines}) transport("tcp") flags(syslog-protocol) max-connections(100) log-iw-size(10000));
  network(ip(127.0.0.1) port(${tcpOld}) transport("tcp") max-connections(100) log-iw-size(10000));
  network(ip(127.0.0.1) port(${udp}) transport("udp") flags(syslog-protocol) so-rcvbuf(8388608));
  unix-dgram("${unix}" flags(syslog-protocol));
  unix-dgram("${unixOld}");
  unix-stream("${unixStream}" flags(syslog-protocol));
  ${
    certificates === undefined ? "" : `syslog(ip(127.0.0.1) port(${tls}) transport("tls")
    tls(key-file("${certificates.server.key}") cert-file("${certificates.server.cert}") ca-file("${certificates.ca}")
      peer-verify(required-trusted)));`
  }
};
destination d { file("${output}" template("$(format-json ${fields})\\n")); };
log { source(s); destination(d); };
`;
}

function parse(name: ServerName, text: string): Parsed[] {
  const lines = text.split("\n");
  lines.pop(); // what is still being written
  return lines.map((line) => {
    const { pri, time, ...others } = JSON.parse(line) as Record<string, string>;
    const { host = "", app = "", procid = "", msgid = "", sd = "", msg = "" } = others;
    return {
      pri: Number(pri),
      time: Date.parse(time as string),
      host,
      app,
      procid: procid === "" ? "-" : procid,
      msgid: msgid === "" ? "-" : msgid,
      sd: sd === "" ? "-" : sd,
      // rsyslog leaves the mark of UTF-8 where it is, and of RFC 3164 the space after the tag.
      msg: name === "rsyslog" ? msg.replace(/^\ufeff/, "") : msg,
    };
  });
}
