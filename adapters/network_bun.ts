import { openLibrary } from "./bun_ffi.ts";
import { reason } from "./flock.ts";
import { createNetwork } from "./network.ts";
import { createUnixDatagrams, type SocketLibrary } from "./network_unix.ts";
import type { Network } from "../src/network.ts";

function load(): SocketLibrary | string {
  try {
    return openLibrary({
      socket: { args: ["i32", "i32", "i32"], returns: "i32" },
      connect: { args: ["i32", "ptr", "u32"], returns: "i32" },
      // ssize_t: no datagram is long enough for the upper half.
      send: { args: ["i32", "ptr", "u64", "i32"], returns: "i32" },
      close: { args: ["i32"], returns: "i32" },
    });
  } catch (error) {
    return `Cannot use unix datagram sockets: bun:ffi could not load the C library (${reason(error)}); use UDP or TCP`;
  }
}

/** The network of Bun. */
export const bunNetwork: Network = /* @__PURE__ */ createNetwork(createUnixDatagrams(load));
