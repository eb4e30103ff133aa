import { errnoSymbol, openFirst, reason } from "./flock.ts";
import { findKoffi, requireFfi } from "./flock_node.ts";
import { createNetwork } from "./network.ts";
import { createUnixDatagrams, type SocketLibrary } from "./network_unix.ts";
import type { Network } from "../src/network.ts";

/** What is used of koffi here. */
interface Koffi {
  load(name: string): { func(prototype: string): never };
  errno(): number;
}

/** What is used of `node:ffi` here. */
interface NodeFfi {
  dlopen(
    name: string,
    functions: Record<string, { readonly arguments: readonly string[]; readonly return: string }>,
  ): { readonly functions: Record<string, (...args: unknown[]) => number | bigint> };
  getInt32(pointer: bigint, offset: number): number;
}

function loadKoffi(koffi: Koffi): SocketLibrary {
  return openFirst((name) => {
    const library = koffi.load(name);
    return {
      socket: library.func("int socket(int, int, int)"),
      connect: library.func("int connect(int, const uint8_t *, uint32_t)"),
      send: library.func("int64_t send(int, const uint8_t *, size_t, int)"),
      close: library.func("int close(int)"),
      errno: () => koffi.errno(),
    };
  });
}

function loadFfi(ffi: NodeFfi): SocketLibrary {
  const address = errnoSymbol();
  const { functions } = openFirst((name) =>
    ffi.dlopen(name, {
      socket: { arguments: ["int32", "int32", "int32"], return: "int32" },
      connect: { arguments: ["int32", "buffer", "uint32"], return: "int32" },
      send: { arguments: ["int32", "buffer", "uint64", "int32"], return: "int64" },
      close: { arguments: ["int32"], return: "int32" },
      [address]: { arguments: [], return: "pointer" },
    })
  );
  const errno = functions[address];
  return {
    socket: (domain, type, protocol) => Number(functions.socket(domain, type, protocol)),
    connect: (fd, bytes, length) => Number(functions.connect(fd, bytes, length)),
    send: (fd, bytes, length, flags) => Number(functions.send(fd, bytes, BigInt(length), flags)),
    close: (fd) => Number(functions.close(fd)),
    errno: () => ffi.getInt32(errno() as bigint, 0),
  };
}

function load(): SocketLibrary | string {
  let why = `Node ${process.versions.node} has none`;
  try {
    const ffi = requireFfi() as unknown as NodeFfi | undefined;
    if (ffi !== undefined) return loadFfi(ffi);
  } catch (error) {
    why = `node:ffi could not load the C library (${reason(error)})`;
  }
  try {
    const koffi = findKoffi() as unknown as Koffi | undefined;
    if (koffi !== undefined) return loadKoffi(koffi);
  } catch (error) {
    why = `koffi could not load the C library (${reason(error)})`;
  }
  return `Cannot use unix datagram sockets: ${why}; install koffi, or use Node 26 or newer, or use UDP or TCP`;
}

/** The network of Node: for unix datagrams `node:ffi` where there is one, else koffi, if the user has installed it. */
export const nodeNetwork: Network = /* @__PURE__ */ createNetwork(createUnixDatagrams(load));
