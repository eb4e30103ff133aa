import type { Calls, FileInfo, RuntimeFile } from "../../src/runtime.ts";
import { isHidden, NEIGHBOURS, takesAway } from "./deletions.ts";
import type { Scenario } from "./scenario.ts";
import type { VirtualProcess } from "./virtual_process.ts";

/** A call about to be made. */
export interface MutableCall {
  readonly name: keyof Calls;
  readonly args: readonly unknown[];
  readonly process: VirtualProcess;
  /** Makes a call as it should be. */
  readonly call: (name: keyof Calls, ...args: readonly unknown[]) => unknown;
}

/** A way in which the protocol could be wrong, made by changing the calls below it. */
export interface Mutation {
  readonly name: string;
  /** What it takes to be seen soon. */
  readonly scenario?: Partial<Scenario>;
  /** Makes the call, or another one in its place. */
  readonly change: (call: MutableCall) => unknown;
}

const LOG = "/logs/app.log";
const NEWLINE = 10;

const several: Partial<Scenario> = { processes: 4, interleaving: 0.5 };
const kills: Partial<Scenario> = { ...several, crashes: 0.03 };
const failures: Partial<Scenario> = { ...several, faults: 0.1, shortWrites: 0.5, crashes: 0, outside: 0, fullness: 0 };
const gzip: Partial<Scenario> = { ...several, rotate: { maxBytes: 300, compress: "gzip" } };

const full: Partial<Scenario> = { ...several, fullness: 0.05, others: [], rotate: { maxBytes: 200, maxFiles: 20 } };
const limits: Partial<Scenario> = { ...several, fullness: 0, others: [], rotate: { maxBytes: 200, maxFiles: 1 } };
const disagreement: Partial<Scenario> = { ...limits, others: [{ maxBytes: 200 }] };

/** Deletes another one than it should, under its lock. */
const newestDeleted: Mutation["change"] = ({ name, args, call }) => {
  if (!takesRotatedAway(name, args)) return call(name, ...args);
  const names = (call("list", "/logs") as string[]).filter((other) => /^app\.log\.\d+T/.test(other)).sort();
  const newest = `/logs/${names.at(-1)}`;
  const file = call("open", newest, { access: "read" });
  call("tryLock", file);
  call("remove", newest);
  call("close", file);
};

/** Sees no hidden file but the caller's own. */
const othersUnseen: Mutation["change"] = ({ name, args, call, process }) => {
  const result = call(name, ...args);
  if (name !== "list") return result;
  return (result as string[]).filter((other) => !isHidden(`/logs/${other}`) || other.includes(`.${process.pid}-`));
};

/** The log that each process has open. */
const opened = new WeakMap<VirtualProcess, RuntimeFile>();

/** Files that are no log. */
const unlocked = new WeakSet<RuntimeFile>();

function takesRotatedAway(name: keyof Calls, args: readonly unknown[]): boolean {
  return isRotated(args[0]) && takesAway(name, args);
}

const isRotated = (path: unknown): path is string =>
  typeof path === "string" && path !== LOG && !path.endsWith(".tmp") && !isHidden(path);

/** All of them; each must be caught. */
export const mutations: readonly Mutation[] = [
  {
    name: "no lock",
    scenario: several,
    change: ({ name, args, call }) => name === "tryLock" ? true : call(name, ...args),
  },
  {
    name: "no comparison of the open file with the one at the path",
    scenario: several,
    change({ name, args, call, process }) {
      const result = call(name, ...args);
      if (name === "open" && args[0] === LOG) opened.set(process, result as RuntimeFile);
      if (name === "close" && opened.get(process) === args[0]) opened.delete(process);
      const file = opened.get(process);
      return name === "stat" && args[0] === LOG && file !== undefined ? call("fstat", file) : result;
    },
  },
  {
    name: "unlock before write",
    scenario: several,
    change({ name, args, call }) {
      if (name === "write") call("unlock", args[0]);
      return call(name, ...args);
    },
  },
  {
    name: "rename without the counter, onto a name that exists",
    scenario: { ...several, rotate: { maxBytes: 300, naming: "timestamp" } },
    change({ name, args, call }) {
      if (name === "rename" && args[0] === LOG) return call(name, LOG, (args[1] as string).replace(/\d{3}$/, "000"));
      return call(name, ...args);
    },
  },
  {
    name: "numbered rename without making room",
    scenario: { ...several, rotate: { maxBytes: 300, naming: "numbered" } },
    change: ({ name, args, call }) => name === "rename" && args[0] !== LOG ? undefined : call(name, ...args),
  },
  {
    name: "names by the wall clock alone, although it goes back",
    scenario: { ...several, clockJumps: 0.1, rotate: { maxBytes: 300, naming: "timestamp" } },
    change({ name, args, call }) {
      const result = call(name, ...args);
      return name === "list" ? (result as string[]).filter((other) => isHidden(`/logs/${other}`)) : result;
    },
  },
  {
    name: "no truncation after a short write and an error",
    scenario: failures,
    change: ({ name, args, call }) => name === "truncate" && args[1] !== 0 ? undefined : call(name, ...args),
  },
  {
    name: "a short write taken for a whole one",
    scenario: failures,
    change({ name, args, call }) {
      const count = call(name, ...args) as number;
      // The simulator has shortened what it hands on; a caller that does not look would move on by all of it.
      return name === "write" && count > 0 ? count + 1 : count;
    },
  },
  {
    name: "no newline after the fragment of a killed writer",
    scenario: kills,
    change({ name, args, call }) {
      const count = call(name, ...args);
      const buffer = args[1] as Uint8Array;
      if (name === "readAt" && buffer.length === 1) buffer[0] = NEWLINE;
      return count;
    },
  },
  {
    name: "the size taken from memory",
    scenario: several,
    change({ name, args, call }) {
      const result = call(name, ...args);
      return name === "fstat" ? { ...result as FileInfo, size: Math.min((result as FileInfo).size, 100) } : result;
    },
  },
  {
    name: "a compressed file published before it is on the disk",
    scenario: gzip,
    change: ({ name, args, call }) => name === "sync" ? undefined : call(name, ...args),
  },
  {
    name: "a compressed file published without its last bytes",
    scenario: gzip,
    change({ name, args, call }) {
      const [file, bytes] = args as [RuntimeFile, Uint8Array];
      if (name !== "write" || bytes[0] !== 0) return call(name, ...args);
      call(name, file, bytes.subarray(0, -1));
      return bytes.length;
    },
  },
  {
    name: "the source removed, the compressed file not published",
    scenario: gzip,
    change({ name, args, call }) {
      return name === "rename" && (args[0] as string).endsWith(".tmp") ? call("remove", args[0]) : call(name, ...args);
    },
  },
  {
    name: "the source of a compression left in place",
    scenario: gzip,
    change: ({ name, args, call }) => takesRotatedAway(name, args) ? undefined : call(name, ...args),
  },
  {
    name: "rotated files compressed without their lock",
    scenario: gzip,
    change({ name, args, call }) {
      const result = call(name, ...args);
      if (name === "open" && args[0] !== LOG && !isHidden(args[0])) unlocked.add(result as RuntimeFile);
      return name === "tryLock" && unlocked.has(args[0] as RuntimeFile) ? true : result;
    },
  },
  {
    name: "to make room, the newest rotated file is deleted",
    scenario: full,
    change: newestDeleted,
  },
  {
    name: "to keep the limits, the newest rotated file is deleted",
    scenario: limits,
    change: newestDeleted,
  },
  {
    name: "rotated files deleted without their lock",
    scenario: full,
    change({ name, args, call }) {
      const result = call(name, ...args);
      if (name === "open" && isRotated(args[0])) unlocked.add(result as RuntimeFile);
      return name === "tryLock" && unlocked.has(args[0] as RuntimeFile) ? true : result;
    },
  },
  {
    name: "to make room, a file of another log is deleted",
    scenario: full,
    change: ({ name, args, call }) =>
      takesRotatedAway(name, args) ? call("remove", `/logs/${NEIGHBOURS[2]}`) : call(name, ...args),
  },
  {
    name: "to keep the limits, what another process keeps is deleted",
    scenario: disagreement,
    change: othersUnseen,
  },
  {
    name: "to make room, what another process has set no limit to is deleted",
    scenario: { ...full, others: [{ maxBytes: 200 }] },
    change: othersUnseen,
  },
  {
    name: "a writer that registers without a lock",
    scenario: disagreement,
    change({ name, args, call }) {
      if (name === "tryLock" && unlocked.has(args[0] as RuntimeFile)) return true;
      const result = call(name, ...args);
      const isOwn = name === "open" && isHidden(args[0]) && (args[1] as { access: string }).access === "create";
      if (isOwn) unlocked.add(result as RuntimeFile);
      return result;
    },
  },
  {
    name: "the hidden files left behind",
    change: ({ name, args, call }) => name === "remove" && isHidden(args[0]) ? undefined : call(name, ...args),
  },
  {
    name: "a descriptor left open",
    change({ name, args, call, process }) {
      return name === "close" && process.errors.length === 0 ? call("unlock", args[0]) : call(name, ...args);
    },
  },
  {
    name: "a write acknowledged that was never made",
    change({ name, args, call }) {
      const [, bytes] = args as [RuntimeFile, Uint8Array];
      return name === "write" && bytes.length === 87 ? bytes.length : call(name, ...args);
    },
  },
];
