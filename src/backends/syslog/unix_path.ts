import type { Network } from "../../network.ts";

/** Says that the path of a unix socket is too long, if it is. */
export function unixPathProblem(network: Network, path: string): string | undefined {
  const longest = network.longestUnixPath?.() ?? Infinity;
  const { length } = new TextEncoder().encode(path);
  return length <= longest ? undefined : `expected a path of ${longest} bytes at the most, got ${length}`;
}
