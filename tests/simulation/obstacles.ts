import type { Calls, OpenOptions } from "../../src/runtime.ts";
import type { Random } from "./random.ts";
import { LOG_PATH } from "./world.ts";

/** Calls beside the writing that can be made to fail, each kind with what the system says. */
const KINDS = {
  /** The directory may not be written: nothing is made, renamed or removed in it, the log neither. */
  "directory that may not be written": ({ name, path, access }: ObstructedCall) =>
    name === "rename" || name === "remove" || access === "create" || (name === "makeDirectory" && path !== undefined)
      ? "EACCES"
      : undefined,
  "directory that may not be read": ({ name }: ObstructedCall) => name === "list" ? "EACCES" : undefined,
  "log that cannot be made": ({ path, access }: ObstructedCall) =>
    path === LOG_PATH && access === "create" ? "EMFILE" : undefined,
  "rename that fails": ({ name }: ObstructedCall) => name === "rename" ? "EPERM" : undefined,
  "rename of the log that fails": ({ name, path }: ObstructedCall) =>
    name === "rename" && path === LOG_PATH ? "EPERM" : undefined,
  "removal that fails": ({ name }: ObstructedCall) => name === "remove" ? "EPERM" : undefined,
  "rotated files that may not be read": ({ name, path, access }: ObstructedCall) =>
    name === "open" && path !== LOG_PATH && access === "read" ? "EACCES" : undefined,
  "files beside the log that cannot be made": ({ path, access }: ObstructedCall) =>
    path !== LOG_PATH && access === "create" ? "ENOSPC" : undefined,
  "files beside the log that cannot be locked": ({ name, path }: ObstructedCall) =>
    name === "tryLock" && path !== LOG_PATH ? "ENOLCK" : undefined,
  "files beside the log that fail": ({ name, path }: ObstructedCall) =>
    path !== LOG_PATH && ["stat", "fstat", "readAt", "write", "sync"].includes(name) ? "EIO" : undefined,
} as const;

/** Calls beside the writing that can be made to fail. */
export type ObstacleKind = keyof typeof KINDS;

/** All kinds. */
export const OBSTACLES = Object.keys(KINDS) as ObstacleKind[];

/** What is in the way of housekeeping, and of nothing else. */
export interface Obstacle {
  readonly kind: ObstacleKind;
  /** Probability that it is met by a call of its kind. */
  readonly rate: number;
  /** Probability that it is in the way of a process. */
  readonly share: number;
  /** Steps of the world from which on, and up to which, it is there. */
  readonly from: number;
  readonly until: number;
}

/** A call that an obstacle may be in the way of. */
export interface ObstructedCall {
  readonly name: keyof Calls;
  readonly path: string | undefined;
  readonly access: OpenOptions["access"] | undefined;
}

/** Draws what is in the way of housekeeping in a schedule, for ever or for a while. */
export function drawObstacles(random: Random): Obstacle[] {
  if (random.chance(0.65)) return [];
  return Array.from({ length: random.between(1, 2) }, () => {
    const from = random.chance(0.5) ? 0 : random.between(0, 300);
    return {
      kind: random.pick(OBSTACLES),
      rate: random.pick([1, 1, 0.3]),
      share: random.pick([1, 1, 0.5]),
      from,
      until: random.chance(0.5) ? Infinity : from + random.between(20, 1_000),
    };
  });
}

/** What a call meets where an obstacle is in its way. */
export function obstacleCode({ kind }: Obstacle, call: ObstructedCall): string | undefined {
  return KINDS[kind](call);
}

/** Whether an obstacle is there from the beginning to the end, for each call of its kind and each process. */
export function isTotal({ rate, share, from, until }: Obstacle): boolean {
  return rate === 1 && share === 1 && from === 0 && until === Infinity;
}
