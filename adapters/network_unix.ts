/**
 * Unix datagram sockets for the runtimes that have none of their own, by way of a foreign function interface. Each send
 * is one call that does not wait, so such a destination can be emptied at exit.
 *
 * @module
 */
import type { DatagramSocket } from "../src/network.ts";
import { errnoError, errnoNumbers } from "./errno.ts";

/** Unix datagram sockets of a runtime. */
export interface UnixDatagrams {
  /** Why there are none, and what to do about it; `undefined` when there are. */
  problem(): string | undefined;
  /** Makes a socket that sends to a path. */
  open(path: string): DatagramSocket;
}

/** The functions of the C library that datagram sockets take. */
export interface SocketLibrary {
  /** `socket(2)`. */
  socket(domain: number, type: number, protocol: number): number;
  /** `connect(2)`. */
  connect(fd: number, address: Uint8Array, length: number): number;
  /** `send(2)`. */
  send(fd: number, bytes: Uint8Array, length: number, flags: number): number;
  /** `close(2)`. */
  close(fd: number): number;
  /** `errno` of the last call. */
  errno(): number;
}

const AF_UNIX = 1;
const SOCK_DGRAM = 2;

/** Numbers that differ: Linux, and the BSDs that macOS descends from. */
const LINUX = { cloexec: 0o2000000, flags: 0x40 | 0x4000, longestPath: 107 };
const MACOS = { cloexec: 0, flags: 0x80 | 0x80000, longestPath: 103 };

/** See `Network.longestUnixPath`; on Windows the paths of sockets are those of pipes. */
export function longestUnixPath(): number {
  return process.platform === "win32" ? Infinity : platform().longestPath;
}

function platform(): typeof LINUX {
  return process.platform === "darwin" ? MACOS : LINUX;
}

/** Makes the sockets from a way to load the C library, which returns a sentence when there is none. */
export function createUnixDatagrams(load: () => SocketLibrary | string): UnixDatagrams {
  let loaded: SocketLibrary | undefined;

  function library(): SocketLibrary | string {
    if (process.platform === "win32") return "Cannot use unix datagram sockets: Windows has none; use UDP or TCP";
    if (loaded !== undefined) return loaded;
    const found = load();
    if (typeof found !== "string") loaded = found;
    return found;
  }

  return {
    problem() {
      const c = library();
      return typeof c === "string" ? c : undefined;
    },
    open(path) {
      const c = library();
      if (typeof c === "string") throw new Error(c);
      return openSocket(c, path);
    },
  };
}

function openSocket(c: SocketLibrary, path: string): DatagramSocket {
  const { cloexec, flags, longestPath } = platform();
  const address = addressOf(path, longestPath);
  let fd = c.socket(AF_UNIX, SOCK_DGRAM | cloexec, 0);
  if (fd < 0) throw failure("socket", c.errno(), path);
  const close = () => {
    if (fd >= 0) c.close(fd);
    fd = -1;
  };
  if (c.connect(fd, address, address.length) < 0) {
    const number = c.errno();
    close();
    throw failure("connect", number, path);
  }
  return {
    send(bytes) {
      // An interrupted call (EINTR) has sent nothing.
      for (;;) {
        if (c.send(fd, bytes, bytes.length, flags) >= 0) return true;
        const number = c.errno();
        const { EAGAIN, ENOBUFS, EINTR } = errnoNumbers();
        if (number === EAGAIN || number === ENOBUFS) return false;
        if (number !== EINTR) throw failure("send", number, path);
      }
    },
    pending: 0,
    close,
  };
}

/** `struct sockaddr_un`: the family, in BSD after the length, and the path. */
function addressOf(path: string, longest: number): Uint8Array {
  const bytes = new TextEncoder().encode(path);
  if (bytes.length > longest) {
    throw Object.assign(new RangeError(`the path of the socket is longer than ${longest} bytes`), {
      code: "ENAMETOOLONG",
    });
  }
  const address = new Uint8Array(2 + bytes.length + 1);
  if (process.platform === "darwin") address.set([address.length, AF_UNIX]);
  else new Uint16Array(address.buffer, 0, 1)[0] = AF_UNIX;
  address.set(bytes, 2);
  return address;
}

function failure(call: string, number: number, path: string): Error {
  return errnoError(call, { number, path });
}
