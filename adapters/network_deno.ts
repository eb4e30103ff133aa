import { errnoSymbol, openFirst, reason } from "./flock.ts";
import { createNetwork, type UdpTarget } from "./network.ts";
import { createUnixDatagrams, type SocketLibrary } from "./network_unix.ts";
import type { DatagramSocket, Network } from "../src/network.ts";
import { errorCode } from "../src/runtime.ts";

const remedy = "run with --allow-ffi, or with --unstable-net and --allow-net, or use UDP or TCP";

/** What is used of Deno's own datagram sockets, which it has behind a flag. */
type Listen = (options: { readonly transport: "unixpacket"; readonly path: string }) => {
  send(bytes: Uint8Array, to: { readonly transport: "unixpacket"; readonly path: string }): Promise<number>;
  close(): void;
};

/** Absent without the flag, and of no use without the permission for any address: the socket's own name is random. */
function listenDatagram(): Listen | undefined {
  if (Deno.permissions.querySync({ name: "net" }).state !== "granted") return undefined;
  return (Deno as unknown as { readonly listenDatagram?: Listen }).listenDatagram;
}

/** Makes a socket without the foreign function interface. It must be bound to a name, which is removed at once. */
function openOwn(path: string, listen: Listen): DatagramSocket {
  const problem = pathProblem(path);
  if (problem !== undefined) throw problem;
  Deno.statSync(path);
  const directory = Deno.makeTempDirSync({ prefix: "omni-log-" });
  let socket: ReturnType<Listen> | undefined;
  try {
    socket = listen({ transport: "unixpacket", path: `${directory}/socket` });
    Deno.removeSync(directory, { recursive: true });
  } catch (error) {
    if (socket === undefined) Deno.removeSync(directory, { recursive: true });
    socket?.close();
    throw error;
  }
  let pending = 0;
  let failure: unknown;
  return {
    send(bytes) {
      if (failure !== undefined) throw failure;
      // The next one would be refused: "Socket already in use".
      if (pending > 0) return false;
      pending++;
      socket.send(bytes, { transport: "unixpacket", path }).then(() => pending--, (error) => {
        failure = Object.assign(error, { code: errorCode(error) });
      });
      return true;
    },
    get pending() {
      if (failure !== undefined) throw failure;
      return pending;
    },
    close: () => socket.close(),
  };
}

function load(): SocketLibrary | string {
  if (Deno.permissions.querySync({ name: "ffi" }).state !== "granted") {
    return `Cannot use unix datagram sockets: Deno needs its foreign function interface for them; ${remedy}`;
  }
  try {
    const address = errnoSymbol();
    const { symbols } = openFirst((name) =>
      Deno.dlopen(name, {
        socket: { parameters: ["i32", "i32", "i32"], result: "i32" },
        connect: { parameters: ["i32", "buffer", "u32"], result: "i32" },
        send: { parameters: ["i32", "buffer", "usize", "i32"], result: "isize" },
        close: { parameters: ["i32"], result: "i32" },
        [address]: { parameters: [], result: "pointer" },
      })
    );
    const { socket, connect, send, close } = symbols as unknown as Library;
    const errno = (symbols as unknown as Record<string, () => Deno.PointerObject>)[address];
    return {
      socket,
      connect,
      send: (fd, bytes, length, flags) => Number(send(fd, bytes, BigInt(length), flags)),
      close,
      errno: () => new Deno.UnsafePointerView(errno()).getInt32(),
    };
  } catch (error) {
    return `Cannot use unix datagram sockets: Deno could not load the C library (${reason(error)}); ${remedy}`;
  }
}

/** What was loaded, as it is called. */
interface Library {
  socket(domain: number, type: number, protocol: number): number;
  connect(fd: number, address: Uint8Array, length: number): number;
  send(fd: number, bytes: Uint8Array, length: bigint, flags: number): number | bigint;
  close(fd: number): number;
}

/** Says what is missing, rather than ask on the terminal. */
function permissionProblem({ host, port }: UdpTarget, needed = [hostAndPort(host, port)]): Error | undefined {
  if (needed.every((host) => Deno.permissions.querySync({ name: "net", host }).state === "granted")) return undefined;
  const message = `Cannot connect to "${hostAndPort(host, port)}": no permission; run with --allow-net=${
    needed.join(",")
  }`;
  return Object.assign(new Error(message), { code: "EPERM" });
}

function hostAndPort(host: string, port: number): string {
  return `${host.includes(":") ? `[${host}]` : host}:${port}`;
}

/**
 * UDP takes permission for the name, to look it up, for the address that it has, and for the one that the socket is
 * bound to. Asked beforehand, since Deno throws the lack of the last where nobody can catch it.
 */
function udpPermissionProblem(address: string | undefined, target: UdpTarget): Error | undefined {
  const { host, port } = target;
  const isName = process.getBuiltinModule("node:net").isIP(host) === 0;
  const name = isName ? [host] : [];
  const known = address ?? (isName ? undefined : host);
  const rest = known === undefined ? [] : [hostAndPort(known, port), known.includes(":") ? "[::]:0" : "0.0.0.0:0"];
  return permissionProblem(target, [...name, ...rest]);
}

const byFfi = createUnixDatagrams(load);

const network = createNetwork({
  problem: () => listenDatagram() === undefined ? byFfi.problem() : undefined,
  open(path) {
    const listen = listenDatagram();
    return listen === undefined || byFfi.problem() === undefined ? byFfi.open(path) : openOwn(path, listen);
  },
}, udpPermissionProblem);

/** The network of Deno. */
export const denoNetwork: Network = {
  ...network,
  async connect(target, events, options) {
    const problem = target.transport === "unix" ? pathProblem(target.path) : permissionProblem(target);
    if (problem !== undefined) throw problem;
    return await network.connect(target, events, options);
  },
  async openUdp(target, options) {
    const problem = udpPermissionProblem(undefined, target);
    if (problem !== undefined) throw problem;
    return await network.openUdp(target, options);
  },
};

function pathProblem(path: string): Error | undefined {
  const granted = (["read", "write"] as const).every((name) =>
    Deno.permissions.querySync({ name, path }).state === "granted"
  );
  if (granted) return undefined;
  return Object.assign(
    new Error(`Cannot connect to "${path}": no permission; run with --allow-read=${path} --allow-write=${path}`),
    { code: "EPERM" },
  );
}
