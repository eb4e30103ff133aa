/**
 * Streams and UDP by way of `node:net`, `node:tls` and `node:dgram`, which all three runtimes have and which behave the
 * same there (measured): a write that finds room is with the operating system when the call returns, so what a program
 * has written before `process.exit` arrives.
 *
 * @module
 */
import type { Socket as UdpSocket } from "node:dgram";
import type { Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import type { Connection, ConnectionEvents, DatagramSocket, Network, StreamTarget } from "../src/network.ts";
import { longestUnixPath, type UnixDatagrams } from "./network_unix.ts";

/**
 * How long, in milliseconds, a TLS 1.3 server may take to refuse our certificate. The handshake is done for us before the
 * server has looked at it; what we wrote meanwhile would be lost. A session ticket says that it has; Deno tells of none.
 */
const VERDICT_PAUSE = 250;

/**
 * Datagrams of UDP that may be unanswered where the length of the queue is not known, which is Deno: there up to 128 go
 * out as they are sent, the others later and not in order; those before the first has been answered neither (measured).
 */
const MOST_UNANSWERED = 64;

/** Where datagrams go. */
export interface UdpTarget {
  readonly host: string;
  readonly port: number;
}

/**
 * Makes the network of a runtime.
 *
 * @param udpProblem Says what stands against UDP to an address that a host was found to have. @default nothing
 */
export function createNetwork(
  unix: UnixDatagrams,
  udpProblem: (address: string, target: UdpTarget) => Error | undefined = () => undefined,
): Network {
  return {
    connect,
    openUdp: (target, options) => openUdp(target, { ...options, udpProblem }),
    unixDatagramProblem: () => unix.problem(),
    longestUnixPath,
    openUnixDatagrams: (path) => unix.open(path),
  };
}

function open(target: StreamTarget): Socket {
  if (target.transport === "tls") {
    const { host, port, tls: { ca, cert, key, serverName, verify = true } } = target;
    const { isIP } = process.getBuiltinModule("node:net");
    return process.getBuiltinModule("node:tls").connect({
      host,
      port,
      ca,
      cert,
      key,
      rejectUnauthorized: verify,
      // An address cannot be asked for by SNI; the certificate is held against the host all the same.
      servername: serverName ?? (isIP(host) ? "" : host),
    });
  }
  const { connect } = process.getBuiltinModule("node:net");
  return target.transport === "unix"
    ? connect({ path: target.path })
    : connect({ host: target.host, port: target.port, noDelay: true });
}

function connect(
  target: StreamTarget,
  events: ConnectionEvents,
  { signal }: { readonly signal: AbortSignal },
): Promise<Connection> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const socket = open(target);
    let failure: unknown;
    let isConnected = false;
    const abort = () => {
      reject(signal.reason);
      socket.destroy();
    };
    signal.addEventListener("abort", abort);
    socket.unref();
    socket.on("error", (error) => failure ??= error);
    socket.on("data", (bytes) => events.onData(bytes as Uint8Array));
    socket.on("close", () => {
      signal.removeEventListener("abort", abort);
      if (isConnected) events.onClose(failure);
      else reject(failure ?? new Error("the connection was closed before it was made"));
    });
    socket.once(target.transport === "tls" ? "secureConnect" : "connect", async () => {
      if (target.transport === "tls") await verdict(socket as TLSSocket);
      signal.removeEventListener("abort", abort);
      if (socket.destroyed) return;
      if (target.transport !== "unix") socket.setKeepAlive(true, 30_000);
      isConnected = true;
      resolve(connectionOf(socket, () => failure));
    });
  });
}

/** Waits until a server of TLS 1.3 has had its say about our certificate. */
function verdict(socket: TLSSocket): Promise<void> {
  if (socket.getProtocol() !== "TLSv1.3") return Promise.resolve();
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, VERDICT_PAUSE);
    const done = () => {
      clearTimeout(timer);
      resolve();
    };
    socket.once("session", done);
    socket.once("close", done);
  });
}

function connectionOf(socket: Socket, failure: () => unknown): Connection {
  let unanswered = 0;
  const waiters: (() => void)[] = [];
  const answer = () => {
    unanswered--;
    if (unanswered === 0 || socket.destroyed) settle();
  };
  const settle = () => {
    for (const wake of waiters.splice(0)) wake();
  };
  const reason = () => socket.errored ?? failure() ?? new Error("the server has closed the connection");
  socket.once("close", settle);
  return {
    write(bytes) {
      unanswered++;
      socket.write(bytes, answer);
    },
    get pending() {
      // A write that fails at once empties the queue like one that goes well.
      if (socket.destroyed || socket.errored) throw reason();
      return socket.writableLength;
    },
    async drained() {
      if (!socket.destroyed && unanswered > 0) await new Promise<void>((resolve) => waiters.push(resolve));
      if (socket.destroyed || socket.errored) throw reason();
    },
    end: () =>
      new Promise((resolve) => {
        if (socket.destroyed) return resolve();
        socket.once("close", () => resolve());
        socket.end();
      }),
    destroy: () => void socket.destroy(),
  };
}

async function openUdp(
  target: UdpTarget,
  { onError, udpProblem }: {
    readonly onError: (error: unknown) => void;
    readonly udpProblem: (address: string, target: UdpTarget) => Error | undefined;
  },
): Promise<DatagramSocket> {
  const { host, port } = target;
  const { isIP } = process.getBuiltinModule("node:net");
  const { address, family } = isIP(host) > 0
    ? { address: host, family: isIP(host) }
    : await process.getBuiltinModule("node:dns").promises.lookup(host);
  const problem = udpProblem(address, target);
  if (problem !== undefined) throw problem;
  const socket = process.getBuiltinModule("node:dgram").createSocket(family === 6 ? "udp6" : "udp4");
  try {
    socket.unref();
    await new Promise<void>((resolve, reject) => {
      socket.once("error", reject);
      socket.connect(port, address, (error?: Error) => error ? reject(error) : resolve());
    });
  } catch (error) {
    closeFailed(socket);
    throw error;
  }
  socket.removeAllListeners("error");
  socket.on("error", onError);
  return datagramsOf(socket, onError);
}

/** A connect that fails leaves the socket bound, and open. What comes of closing it concerns nobody any more. */
function closeFailed(socket: UdpSocket): void {
  socket.removeAllListeners("error");
  socket.on("error", () => {});
  try {
    socket.close();
  } catch {
    // The runtime has closed it.
  }
}

function datagramsOf(socket: UdpSocket, onError: (error: unknown) => void): DatagramSocket {
  const hasCount = typeof socket.getSendQueueCount === "function";
  let unanswered = 0;
  let isReady = false;
  let isClosing = false;
  const sent = (error: Error | null) => {
    unanswered--;
    isReady = true;
    if (error) onError(error);
    if (isClosing && unanswered === 0) socket.close();
  };
  return {
    send(bytes) {
      if (hasCount ? socket.getSendQueueCount() > 0 : unanswered >= (isReady ? MOST_UNANSWERED : 1)) return false;
      socket.send(bytes, sent);
      // Not before: `close` would wait for the answer to a call that has thrown.
      unanswered++;
      return true;
    },
    get pending() {
      return hasCount ? socket.getSendQueueCount() : 0;
    },
    close() {
      // What was sent would not go out on Deno.
      if (unanswered > 0) isClosing = true;
      else socket.close();
    },
  };
}
