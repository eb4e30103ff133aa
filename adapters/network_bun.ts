import { errnoSymbol, openFirst, reason } from "./flock.ts";
import { createNetwork } from "./network.ts";
import { createUnixDatagrams, type SocketLibrary } from "./network_unix.ts";
import type { Network } from "../src/network.ts";

/** What is used of `bun:ffi`, spelled out here since only Bun knows its types. */
interface BunFfi {
  dlopen(
    name: string,
    symbols: Record<string, { readonly args: readonly string[]; readonly returns: string }>,
  ): { readonly symbols: Record<string, (...args: unknown[]) => number> };
  readonly read: { i32(pointer: number, offset: number): number };
}

function load(): SocketLibrary | string {
  try {
    const ffi = process.getBuiltinModule("bun:ffi") as unknown as BunFfi;
    const address = errnoSymbol();
    const { symbols } = openFirst((name) =>
      ffi.dlopen(name, {
        socket: { args: ["i32", "i32", "i32"], returns: "i32" },
        connect: { args: ["i32", "ptr", "u32"], returns: "i32" },
        // ssize_t: no datagram is long enough for the upper half.
        send: { args: ["i32", "ptr", "u64", "i32"], returns: "i32" },
        close: { args: ["i32"], returns: "i32" },
        [address]: { args: [], returns: "ptr" },
      })
    );
    const { socket, connect, send, close } = symbols;
    return { socket, connect, send, close, errno: () => ffi.read.i32(symbols[address](), 0) };
  } catch (error) {
    return `Cannot use unix datagram sockets: bun:ffi could not load the C library (${reason(error)}); use UDP or TCP`;
  }
}

/** The network of Bun. */
export const bunNetwork: Network = /* @__PURE__ */ createNetwork(createUnixDatagrams(load));
