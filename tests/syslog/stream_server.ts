import { createServer, type Server, type Socket } from "node:net";

/** A server for streams that a test makes behave badly. */
export interface StreamServer {
  readonly port: number;
  /** Messages that came whole, framed by octet counting, over all connections. */
  readonly messages: string[];
  /** Connections that are open. */
  readonly sockets: Set<Socket>;
  /** Connections that were made. */
  readonly connections: () => number;
  /** Stops listening and breaks all connections. */
  end(): Promise<void>;
}

/** Options of {@linkcode startStreamServer}. */
export interface StreamServerOptions {
  /** Port, where it must be a certain one. */
  readonly port?: number;
  /** Does something to a connection, instead of reading it: `false` leaves the reading to the server. */
  readonly onConnection?: (socket: Socket, number: number) => boolean | void;
  /** Called after each piece that was read. */
  readonly onData?: (socket: Socket) => void;
}

/** Starts a server on a free port. */
export async function startStreamServer(options: StreamServerOptions = {}): Promise<StreamServer> {
  const messages: string[] = [];
  const sockets = new Set<Socket>();
  let connections = 0;
  const server: Server = createServer((socket) => {
    connections++;
    sockets.add(socket);
    socket.on("error", () => {});
    socket.on("close", () => sockets.delete(socket));
    if (options.onConnection?.(socket, connections) === true) return;
    const read = octetReader(messages);
    socket.on("data", (bytes: Uint8Array) => {
      read(bytes);
      options.onData?.(socket);
    });
  });
  await new Promise<void>((resolve) => server.listen(options.port ?? 0, "127.0.0.1", resolve));
  return {
    port: (server.address() as { port: number }).port,
    messages,
    sockets,
    connections: () => connections,
    async end() {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

/** Reads messages framed by octet counting; throws for what is none. */
export function octetReader(messages: string[]): (bytes: Uint8Array) => void {
  let rest = new Uint8Array(0);
  return (bytes) => {
    const all = new Uint8Array(rest.length + bytes.length);
    all.set(rest);
    all.set(bytes, rest.length);
    let at = 0;
    for (;;) {
      const space = all.indexOf(32, at);
      if (space < 0) break;
      const digits = new TextDecoder().decode(all.subarray(at, space));
      if (!/^[1-9]\d*$/.test(digits)) throw new Error(`Cannot read frame: ${digits}`);
      const end = space + 1 + Number(digits);
      if (end > all.length) break;
      messages.push(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(all.subarray(space + 1, end)));
      at = end;
    }
    rest = all.slice(at);
  };
}

/** The number of a message that was logged as `line N`. */
export function numberOf(message: string): number {
  return Number(/"msg":"line (\d+)"/.exec(message)?.[1]);
}
