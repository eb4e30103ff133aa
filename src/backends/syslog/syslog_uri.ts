import type { DestinationOptions } from "../../destination_options.ts";
import type { Network, StreamTarget } from "../../network.ts";
import type { Runtime } from "../../runtime.ts";
import { checkByteSize, checkDuration, checkOneOf, show } from "../../validate.ts";
import {
  FACILITIES,
  type SyslogFormatName,
  type SyslogFraming,
  type SyslogHeader,
  type SyslogSettings,
  type SyslogTarget,
} from "./syslog_settings.ts";
import { tlsSettings } from "./tls_options.ts";
import { unixPathProblem } from "./unix_path.ts";
import { Parameters, refused } from "./uri_parameters.ts";

type Transport = "udp" | "tcp" | "tls" | "unix";

/** Largest payload of a datagram over IPv4. */
const LONGEST_DATAGRAM = 65_507;

/** What every receiver must take (RFC 5424, 6.1). */
const SHORTEST_LIMIT = 480;

/** More than this no server takes, and a record that long is no message. */
const LONGEST_MESSAGE = 16 << 20;

/** Bytes of the MSG that must find room beside the header. */
const LEAST_MESSAGE = 64;

/**
 * Most bytes of a message of RFC 5424, by transport: what receivers of UDP should take (6.1), and what rsyslog takes as
 * it comes.
 */
const DEFAULT_LIMITS = { udp: 2_048, tcp: 8_192, tls: 8_192, unix: 8_192 };

/** Most bytes of a packet of RFC 3164 (4.1), which knows no transport but UDP: streams and daemons here take more. */
const OLD_PACKET_LIMIT = 1_024;

/** The ports of RFC 5426 and RFC 5425; for TCP the one that servers use. */
const DEFAULT_PORTS = { udp: 514, tcp: 514, tls: 6514 };

const LAST_PORT = 65_535;

/** Host and port of a URI that cannot be taken apart. */
const AUTHORITY = /^[^/?#]*:\/\/(?:[^/?#@]*@)?(?:\[[^\]/?#]*\]|[^:/?#]*):([^/?#]*)/;

const DEFAULT_TIMEOUT = 10_000;

const KNOWN = [
  "format",
  "facility",
  "app",
  "hostname",
  "procid",
  "msgid",
  "sd",
  "bom",
  "framing",
  "maxBytes",
  "socket",
  "timeout",
];

/** Checks the URI of a syslog destination and its options. */
export function syslogSettings(
  uri: string,
  options: DestinationOptions,
  { runtime, where }: { readonly runtime: Runtime; readonly where: string },
): SyslogSettings {
  const whole = `${where}.uri`;
  let url: URL;
  try {
    url = new URL(uri);
  } catch {
    const [, port] = AUTHORITY.exec(uri) ?? [];
    if (port !== undefined && !(Number(port) <= LAST_PORT)) {
      throw refused(whole, `expected a port from 1 to ${LAST_PORT}, got ${show(port)}`);
    }
    throw new TypeError(`Cannot use option "${whole}": ${show(uri)} is not a valid URI`);
  }
  const transport = url.protocol.slice("syslog+".length, -1) as Transport;
  if (url.username !== "" || url.password !== "") throw refused(whole, "syslog knows no user and no password");
  if (url.hash !== "") throw refused(whole, 'nothing may follow a "#"');
  const parameters = new Parameters(whole, url.searchParams);
  parameters.check(KNOWN);
  const target = syslogTarget(url, transport, parameters, { runtime, where, options });
  const header = syslogHeader(transport, parameters, { runtime, isFormatChosen: options.format !== undefined });
  const length = header.format.length + (header.hostname?.length ?? 0) + header.app.length + header.procid.length +
    header.msgid.length + (header.structuredData?.length ?? 0) + 48;
  if (length + LEAST_MESSAGE > header.maxBytes) {
    parameters.refuse("maxBytes", `the header alone takes up to ${length} bytes, which leaves too little`);
  }
  return { header, target };
}

function syslogTarget(
  url: URL,
  transport: Transport,
  parameters: Parameters,
  { runtime, where, options }: {
    readonly runtime: Runtime;
    readonly where: string;
    readonly options: DestinationOptions;
  },
): SyslogTarget {
  const { network } = runtime;
  if (network === undefined) throw refused(`${where}.uri`, `the runtime "${runtime.name}" has no sockets`);
  const isStream = transport === "tcp" || transport === "tls" || parameters.text("socket") === "stream";
  if (transport !== "unix") parameters.refuseAll(["socket"], "only a unix socket can be of either kind");
  if (!isStream) parameters.refuseAll(["framing", "timeout"], "each message is a datagram");
  if (transport === "unix") {
    const kind = parameters.read("socket", (at, value) => checkOneOf(at, value, ["datagram", "stream"]));
    const path = unixPath(url, `${where}.uri`, network);
    if (kind === "stream") return streamTarget({ transport: "unix", path }, "lf", parameters);
    const problem = network.unixDatagramProblem();
    if (problem !== undefined) throw refused(`${where}.uri`, problem);
    return { kind: "unix", path };
  }
  if (url.hostname === "") throw refused(`${where}.uri`, `it names no host, as "syslog+${transport}://127.0.0.1" does`);
  if (url.pathname !== "" && url.pathname !== "/") {
    throw refused(`${where}.uri`, `${show(url.pathname)} stands where nothing may`);
  }
  const host = url.hostname.replace(/^\[(.*)\]$/, "$1");
  const port = url.port === "" ? DEFAULT_PORTS[transport] : Number(url.port);
  if (port === 0) throw refused(`${where}.uri`, "there is no port 0");
  if (transport === "udp") return { kind: "udp", to: { host, port } };
  if (transport === "tcp") return streamTarget({ transport, host, port }, "octet-counting", parameters);
  const target = streamTarget(
    { transport, host, port, tls: tlsSettings(runtime, `${where}.tls`, options.tls) },
    "octet-counting",
    parameters,
  );
  if (target.framing === "lf") parameters.refuse("framing", "over TLS messages are counted (RFC 5425, 4.3)");
  return target;
}

function streamTarget(to: StreamTarget, framing: SyslogFraming, parameters: Parameters) {
  return {
    kind: "stream" as const,
    to,
    framing:
      parameters.read("framing", (at, value) => checkOneOf<SyslogFraming>(at, value, ["octet-counting", "lf"])) ??
        framing,
    timeout: parameters.read("timeout", (at, value) => checkDuration(at, numberOr(value), 1)) ?? DEFAULT_TIMEOUT,
  };
}

function unixPath(url: URL, where: string, network: Network): string {
  if (url.hostname !== "") {
    throw refused(where, `a path has no host; write "syslog+unix:/${url.hostname}${url.pathname}"`);
  }
  let path = url.pathname;
  try {
    path = decodeURIComponent(path);
  } catch {
    throw refused(where, `${show(path)} is not a valid path`);
  }
  if (!path.startsWith("/") || path === "/") {
    throw refused(where, 'it names no socket by its whole path, as "syslog+unix:/dev/log" does');
  }
  if (path.includes("\0")) throw refused(where, "it contains a NUL character");
  const problem = unixPathProblem(network, path);
  if (problem !== undefined) throw refused(where, problem);
  return path;
}

/** A number as a number, anything else as it is. */
function numberOr(value: string): number | string {
  return /^\d+$/.test(value) ? Number(value) : value;
}

function syslogHeader(
  transport: Transport,
  parameters: Parameters,
  { runtime, isFormatChosen }: { readonly runtime: Runtime; readonly isFormatChosen: boolean },
): SyslogHeader {
  const format =
    parameters.read("format", (at, value) => checkOneOf<SyslogFormatName>(at, value, ["rfc5424", "rfc3164"])) ??
      (transport === "unix" ? "rfc3164" : "rfc5424");
  const isNew = format === "rfc5424";
  if (!isNew) parameters.refuseAll(["msgid", "sd", "bom"], "only format=rfc5424 has it");
  const name = (longest: number, pattern = PRINTABLE) => (at: string, value: string) =>
    checkName(at, value, { longest, pattern });
  const structuredData = parameters.read("sd", checkElementId);
  const given = parameters.read("hostname", name(255));
  // A daemon on this machine knows its name; by RFC 3164 the programs at /dev/log leave it out.
  const hostname = given ?? (!isNew && transport === "unix" ? undefined : printable(runtime.hostname() ?? "-", 255));
  const maxBytes = parameters.read("maxBytes", (at, value) => checkByteSize(at, numberOr(value), SHORTEST_LIMIT)) ??
    (!isNew && transport === "udp" ? OLD_PACKET_LIMIT : DEFAULT_LIMITS[transport]);
  const most = transport === "udp" ? LONGEST_DATAGRAM : LONGEST_MESSAGE;
  if (maxBytes > most) parameters.refuse("maxBytes", `expected ${most} or less, got ${maxBytes}`);
  return {
    format,
    facility: parameters.read("facility", checkFacility) ?? (FACILITIES.user as number),
    hostname: isNew || hostname === undefined ? hostname : withoutDomain(hostname),
    app: parameters.read("app", isNew ? name(48) : name(32, TAG)) ?? printable(runtime.name, isNew ? 48 : 32),
    procid: parameters.read("procid", isNew ? name(128) : name(32, TAG)) ?? String(runtime.pid),
    msgid: parameters.read("msgid", name(32)) ?? "-",
    structuredData,
    isTextOnly: structuredData !== undefined && !isFormatChosen,
    bom: isNew &&
      (parameters.read("bom", (at, value) => checkOneOf(at, value, ["true", "false"])) ?? "true") === "true",
    maxBytes,
  };
}

/** PRINTUSASCII of RFC 5424. */
const PRINTABLE = /^[!-~]+$/;

/** What can stand in a tag without ending it. */
const TAG = /^[!-9;-Z\\^-~]+$/;

function checkName(
  where: string,
  value: string,
  { longest, pattern }: { readonly longest: number; readonly pattern: RegExp },
): string {
  if (value.length <= longest && pattern.test(value)) return value;
  throw refused(
    where,
    `expected 1 to ${longest} printable ASCII characters without spaces${
      pattern === TAG ? ' and without ":", "[" and "]"' : ""
    }, got ${show(value)}`,
  );
}

/** A name that was not given but found: what may not stand there is replaced. */
function printable(text: string, longest: number): string {
  return text.replace(/[^!-~]/g, "_").slice(0, longest) || "-";
}

/** RFC 3164, 4.1.2: a name without its domain; an address is as it is. */
function withoutDomain(host: string): string {
  return host.includes(":") || /^\d+(?:\.\d+){3}$/.test(host) ? host : host.replace(/^([^.]+)\..*$/, "$1");
}

function checkFacility(where: string, value: string): number {
  const number = Object.hasOwn(FACILITIES, value) ? FACILITIES[value] : /^\d{1,2}$/.test(value) ? Number(value) : NaN;
  if (number !== undefined && number <= 23) return number;
  throw refused(
    where,
    `expected a number from 0 to 23 or one of ${Object.keys(FACILITIES).join(", ")}, got ${show(value)}`,
  );
}

/** SD-ID of one's own (RFC 5424, 6.3.2): a name, "@", and a private enterprise number. */
function checkElementId(where: string, value: string): string {
  if (value.length <= 32 && /^[!#-<>-?A-\\^-~]+@\d+(?:\.\d+)*$/.test(value)) return value;
  throw refused(
    where,
    `expected a name, "@" and your private enterprise number, as in "fields@32473", 32 characters at most, got ${
      show(value)
    }`,
  );
}
