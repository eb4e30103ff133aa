/**
 * The part of the seam that concerns the network: mechanism only, as in `runtime.ts`.
 *
 * Nothing here keeps the process alive; whoever waits for it uses `Runtime.keepAlive`. Errors carry the system's `code`
 * where there is one.
 *
 * @module
 */

/** How TLS is spoken. All texts are PEM. */
export interface TlsSettings {
  /** Certificates of the authorities that are trusted. @default those of the runtime */
  readonly ca?: string;
  /** Certificate that the server may ask for, with its chain. */
  readonly cert?: string;
  /** Private key of it. */
  readonly key?: string;
  /** Name that is asked for (SNI, RFC 6066) and must stand in the server's certificate. @default the host */
  readonly serverName?: string;
  /** Whether the server's certificate is verified. @default true */
  readonly verify?: boolean;
}

/** What a connection is made to. */
export type StreamTarget =
  | { readonly transport: "tcp"; readonly host: string; readonly port: number }
  | { readonly transport: "tls"; readonly host: string; readonly port: number; readonly tls: TlsSettings }
  | { readonly transport: "unix"; readonly path: string };

/** Where datagrams of UDP go. */
export interface UdpTarget {
  /** Name, or address without brackets. */
  readonly host: string;
  /** Number of the port. */
  readonly port: number;
}

/** What happens on a connection without being asked for. */
export interface ConnectionEvents {
  /** Something came in. It may be read during the call only. */
  readonly onData: (bytes: Uint8Array) => void;
  /** The connection has ended, whoever ended it. Called once; with the error where it was one. */
  readonly onClose: (error: unknown) => void;
}

/** A connection. */
export interface Connection {
  /**
   * Hands bytes over, which may not change until {@linkcode Connection.drained} resolves. As much as finds room is with
   * the operating system when the call returns, in the clear transports.
   */
  write(bytes: Uint8Array): void;
  /** Bytes that were handed over and which the operating system has not taken yet. Throws when the connection has ended. */
  readonly pending: number;
  /** Resolves once the operating system has taken all; rejects when the connection ends before. */
  drained(): Promise<void>;
  /** Says that nothing more will come (`FIN`), and resolves once the other side has closed too. */
  end(): Promise<void>;
  /** Closes at once. What the operating system has taken, it goes on to deliver. */
  destroy(): void;
}

/** A socket that sends datagrams to one place. */
export interface DatagramSocket {
  /**
   * Sends one datagram on this thread without waiting; `false` when there is no room now. Throws what the operating
   * system says against it (`EMSGSIZE`, `ECONNREFUSED`, ...), where it says so at once.
   */
  send(bytes: Uint8Array): boolean;
  /**
   * Datagrams of those which the operating system has not taken yet; their bytes may not change. Throws what the
   * operating system has said against them since.
   */
  readonly pending: number;
  /** Closes the socket. */
  close(): void;
}

/** Sockets of a runtime. */
export interface Network {
  /**
   * Connects. For TLS: resolves when the certificates are verified, the server's and, as far as the server says so, ours.
   * Rejects when that fails, and when `signal` aborts.
   */
  connect(
    target: StreamTarget,
    events: ConnectionEvents,
    options: { readonly signal: AbortSignal },
  ): Promise<Connection>;
  /**
   * Makes a socket for UDP. Where the operating system tells that earlier datagrams were refused (ICMP), `onError` is
   * told.
   */
  openUdp(target: UdpTarget, options: { readonly onError: (error: unknown) => void }): Promise<DatagramSocket>;
  /** Says why there are no unix datagram sockets here and what to do about it, or `undefined` when there are. */
  unixDatagramProblem(): string | undefined;
  /** Most bytes of the path of a unix socket, of either kind (`sun_path`). @default no limit that is known */
  longestUnixPath?(): number;
  /** Makes a unix datagram socket that sends to a path, such as `/dev/log`. Throws when nobody listens there. */
  openUnixDatagrams(path: string): DatagramSocket;
}
