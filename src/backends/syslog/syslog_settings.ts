import type { StreamTarget, UdpTarget } from "../../network.ts";

/** Forms of a message: RFC 5424, and the older one of BSD that RFC 3164 describes. */
export type SyslogFormatName = "rfc5424" | "rfc3164";

/** How messages are told apart in a stream: by their length (RFC 6587, 3.4.1), or by a newline (3.4.2). */
export type SyslogFraming = "octet-counting" | "lf";

/** What the header of a message consists of. */
export interface SyslogHeader {
  readonly format: SyslogFormatName;
  /** Number of the facility. */
  readonly facility: number;
  /** Name of the machine, `undefined` leaves it out. */
  readonly hostname: string | undefined;
  /** Name of the program: APP-NAME, or the tag. */
  readonly app: string;
  readonly procid: string;
  readonly msgid: string;
  /** SD-ID of the element that carries the fields; without one they are in the MSG. */
  readonly structuredData: string | undefined;
  /** Whether the MSG is all that the message's own text is: the fields are structured data, and no format was chosen. */
  readonly isTextOnly: boolean;
  readonly bom: boolean;
  /** Most bytes of a message, without what frames it. */
  readonly maxBytes: number;
}

/** Where messages go. */
export type SyslogTarget =
  | { readonly kind: "stream"; readonly to: StreamTarget; readonly framing: SyslogFraming; readonly timeout: number }
  | { readonly kind: "udp"; readonly to: UdpTarget }
  | { readonly kind: "unix"; readonly path: string };

/** All that a syslog destination was told, checked. */
export interface SyslogSettings {
  readonly header: SyslogHeader;
  readonly target: SyslogTarget;
}

/** TLS of a destination. Texts are PEM, or else paths of PEM files. */
export interface TlsOptions {
  /** Certificates of the authorities that are trusted, instead of those of the runtime. @default those of the runtime */
  readonly ca?: string;
  /** Certificate that the server may ask for, with its chain. Goes with `key`. @default none */
  readonly cert?: string;
  /** Private key of `cert`. @default none */
  readonly key?: string;
  /** Name that must stand in the server's certificate. @default the host of the URI */
  readonly serverName?: string;
  /** `false` accepts any certificate, which protects from nobody who can get in between. @default true */
  readonly verify?: boolean;
}

/** What a destination that speaks TLS can be told beside the common options. */
export interface TlsDestinationOptions {
  /** Certificates, and what is asked of those of the server. @default those of the runtime */
  readonly tls?: TlsOptions;
}

/** Facilities by name (RFC 5424, table 1; the names are those of syslog.conf). */
export const FACILITIES: Readonly<Record<string, number>> = {
  kern: 0,
  user: 1,
  mail: 2,
  daemon: 3,
  auth: 4,
  syslog: 5,
  lpr: 6,
  news: 7,
  uucp: 8,
  cron: 9,
  authpriv: 10,
  ftp: 11,
  ntp: 12,
  audit: 13,
  alert: 14,
  clock: 15,
  local0: 16,
  local1: 17,
  local2: 18,
  local3: 19,
  local4: 20,
  local5: 21,
  local6: 22,
  local7: 23,
};
