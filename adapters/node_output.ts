import type { OutputStream } from "../src/runtime.ts";
import { noneIfFull, openUnblocked, streamKind } from "./standard_stream.ts";

const streams = new Map<number, OutputStream>();

/**
 * A standard stream of Bun or Node, by descriptor: `process.stdout` would queue without bound and finish in its own
 * time. All writes are made on the program's thread and none waits, so what has gone out is known at every moment.
 */
export function nodeOutput(fd: 1 | 2): OutputStream {
  let stream = streams.get(fd);
  if (stream === undefined) streams.set(fd, stream = standardStream(fd));
  return stream;
}

function standardStream(fd: 1 | 2): OutputStream {
  const fs = process.getBuiltinModule("node:fs");
  const isTerminal = streamKind(fd) === "terminal";
  let target: number | undefined;
  return {
    isTerminal,
    // The runtime's own stream of a pipe is not made for that: it would switch the pipe, see below.
    columns: () => isTerminal ? runtimesOwn(fd).columns : undefined,
    write(bytes) {
      if (bytes.length === 0) return 0;
      target ??= unblocked(fd);
      try {
        return fs.writeSync(target, bytes);
      } catch (error) {
        return noneIfFull(error);
      }
    },
  };
}

function unblocked(fd: 1 | 2): number {
  const kind = streamKind(fd);
  if (kind === "plain") return fd;
  const own = kind === "socket" ? undefined : openUnblocked(fd);
  if (own !== undefined) return own;
  // Both runtimes switch pipes and sockets to O_NONBLOCK when their own stream is made, as any `console.log` does.
  runtimesOwn(fd);
  return fd;
}

function runtimesOwn(fd: 1 | 2): { readonly columns?: number } {
  return fd === 1 ? process.stdout : process.stderr;
}
