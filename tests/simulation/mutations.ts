import { Batch } from "../../src/dispatch/batch.ts";
import { Ledger } from "../../src/dispatch/ledger.ts";
import { Mailbox } from "../../src/dispatch/mailbox.ts";
import { Outbox } from "../../src/dispatch/outbox.ts";
import { Trouble } from "../../src/dispatch/trouble.ts";
import { Waiters } from "../../src/dispatch/waiters.ts";
import { FileBackend } from "../../src/file/file_backend.ts";
import { Housekeeping } from "../../src/file/housekeeping.ts";
import type { Protocol } from "../../src/file/operation.ts";
import { SharedFile } from "../../src/file/shared_file.ts";
import { NewestOrder } from "../../src/file/newest_order.ts";
import { FileClock } from "../../src/file/file_clock.ts";
import { numbersPath } from "../../src/file/numbers.ts";
import type { Calls, FileInfo, RuntimeFile } from "../../src/runtime.ts";
import { isHidden, NEIGHBOURS, takesAway } from "./deletions.ts";
import type { ObstacleKind } from "./obstacles.ts";
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

/** A way in which the library could be wrong, made by changing the calls below it, or one of its methods. */
export interface Mutation {
  readonly name: string;
  /** The problem by which it must be caught. */
  readonly problem: RegExp;
  /** What it takes to be seen soon. */
  readonly scenario?: Partial<Scenario>;
  /** Makes the call, or another one in its place. */
  readonly change?: (call: MutableCall) => unknown;
  /** Whether a timer of so many milliseconds never goes off. */
  readonly losesTimer?: (milliseconds: number) => boolean;
  /** Puts another method in the place of one; returns what puts it back. */
  readonly patch?: () => () => void;
}

type Method<T, K extends keyof T> = T[K] extends (...args: infer A) => infer R ? (this: T, ...args: A) => R : never;

/** Puts another method in the place of one of a class; `wrap` is given the original. */
function patched<T, K extends keyof T>(
  { prototype }: { readonly prototype: T },
  name: K,
  wrap: (original: Method<T, K>) => Method<T, K>,
): () => () => void {
  return () => {
    const original = prototype[name];
    prototype[name] = wrap(original as Method<T, K>) as T[K];
    return () => void (prototype[name] = original);
  };
}

const LOG = "/logs/app.log";
const NUMBERS = numbersPath(LOG);
const NEWLINE = 10;

const several: Partial<Scenario> = { processes: 4, interleaving: 0.5, overflow: "drop" };
const kills: Partial<Scenario> = { ...several, crashes: 0.03 };
const failures: Partial<Scenario> = { ...several, faults: 0.1, shortWrites: 0.5, crashes: 0, outside: 0, fullness: 0 };
const numbered: Partial<Scenario> = { ...several, others: [], rotate: { maxBytes: 300, naming: "numbered" } };
const gzip: Partial<Scenario> = { ...several, rotate: { maxBytes: 300, compress: "gzip" } };

const tight: Partial<Scenario> = {
  ...several,
  queueBytes: 200,
  queueCapacity: 3,
  overflow: "drop",
  lockTimeout: 10_000,
};

const full: Partial<Scenario> = { ...several, fullness: 0.05, others: [], rotate: { maxBytes: 200, maxFiles: 20 } };
const limits: Partial<Scenario> = { ...several, fullness: 0, others: [], rotate: { maxBytes: 200, maxFiles: 1 } };
const disagreement: Partial<Scenario> = { ...limits, others: [{ maxBytes: 200 }] };

/** A scenario in which nothing is in the way but one obstacle, of each call of each process. */
function obstructed(kind: ObstacleKind): Partial<Scenario> {
  const obstacles = [{ kind, rate: 1, share: 1, from: 0, until: Infinity }];
  const rotate = { maxBytes: 200, naming: "timestamp" } as const;
  return { ...limits, rotate, obstacles, loggers: 1, faults: 0, minFreeBytes: 0, outside: 0, durabilities: ["os"] };
}

function* nothing(): Protocol<undefined> {}

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

/** Batches as they were when they were written first. */
const begun = new WeakMap<Batch, { readonly bytes: Uint8Array; readonly lines: number }>();

/** Files that are no log. */
const unlocked = new WeakSet<RuntimeFile>();

function takesRotatedAway(name: keyof Calls, args: readonly unknown[]): boolean {
  return isRotated(args[0]) && takesAway(name, args);
}

const isRotated = (path: unknown): path is string =>
  typeof path === "string" && path !== LOG && path !== NUMBERS && !path.endsWith(".tmp") && !isHidden(path);

const isUnnumberedPath = (path: unknown): path is string =>
  typeof path === "string" && /\/app\.log\.unnumbered\./.test(path);

/** All of them; each must be caught. */
export const mutations: readonly Mutation[] = [
  {
    name: "no lock",
    problem: /but only \d+ are there|without its lock/,
    scenario: several,
    change: ({ name, args, call }) => name === "tryLock" ? true : call(name, ...args),
  },
  {
    name: "no comparison of the open file with the one at the path",
    problem: /but only \d+ are there/,
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
    problem: /but only \d+ are there|fragments of lines/,
    scenario: several,
    change({ name, args, call }) {
      if (name === "write") call("unlock", args[0]);
      return call(name, ...args);
    },
  },
  {
    name: "rename without the counter, onto a name that exists",
    problem: /but only \d+ are there/,
    scenario: { ...several, rotate: { maxBytes: 300, naming: "timestamp" } },
    change({ name, args, call }) {
      if (name === "rename" && args[0] === LOG) return call(name, LOG, (args[1] as string).replace(/\d{3}$/, "000"));
      return call(name, ...args);
    },
  },
  {
    name: "numbers that are not given",
    problem: /has no number/,
    scenario: numbered,
    change: ({ name, args, call }) => name === "rename" && args[0] !== LOG ? undefined : call(name, ...args),
  },
  {
    name: "a number given though another file has it",
    problem: /but only \d+ are there/,
    scenario: numbered,
    change({ name, args, call }) {
      const isNew = name === "rename" && isUnnumberedPath(args[0]);
      return isNew ? call(name, args[0], `${LOG}.1`) : call(name, ...args);
    },
  },
  {
    name: "numbers given in the wrong order",
    problem: /is out of order/,
    scenario: { ...numbered, rotate: { maxBytes: 200, naming: "numbered" } },
    change({ name, args, call }) {
      const result = call(name, ...args);
      if (name !== "list") return result;
      const names = result as string[];
      const [newest] = names.filter((other) => isUnnumberedPath(`/logs/${other}`)).sort().reverse();
      // As a list may turn out that is read while files are rotated, if nothing was seen before.
      return newest === undefined
        ? names
        : names.filter((other) => !isUnnumberedPath(`/logs/${other}`) || other === newest);
    },
  },
  {
    name: "numbers given without their lock",
    problem: /but only \d+ are there|is out of order|without its lock/,
    scenario: numbered,
    change({ name, args, call }) {
      const isNumbers = (file: unknown) => unlocked.has(file as RuntimeFile);
      if (name === "tryLock" && isNumbers(args[0])) return true;
      const result = call(name, ...args);
      if (name === "open" && args[0] === NUMBERS) unlocked.add(result as RuntimeFile);
      return result;
    },
  },
  {
    name: "the file of the lock of the numbers left behind",
    problem: /\.numbers is left/,
    scenario: { ...numbered, outside: 0 },
    change: ({ name, args, call }) => name === "remove" && args[0] === NUMBERS ? undefined : call(name, ...args),
  },
  {
    name: "names by the wall clock alone, although it goes back",
    problem: /is out of order/,
    scenario: { ...several, clockJumps: 0.1, rotate: { maxBytes: 300, naming: "timestamp" } },
    change({ name, args, call }) {
      const result = call(name, ...args);
      return name === "list" ? (result as string[]).filter((other) => isHidden(`/logs/${other}`)) : result;
    },
  },
  {
    name: "the newest order remembered though another file has become the log",
    problem: /is out of order/,
    scenario: { ...several, clockJumps: 0.1, rotate: { maxBytes: 300, naming: "timestamp" } },
    patch() {
      const orders = new WeakMap<NewestOrder, number>();
      const restoreNote = patched(NewestOrder, "note", () =>
        function (_file, _naming, order) {
          orders.set(this, order);
        })();
      const restoreOf = patched(NewestOrder, "of", () =>
        function () {
          return orders.get(this);
        })();
      return () => {
        restoreNote();
        restoreOf();
      };
    },
  },
  {
    name: "no truncation after a short write and an error",
    problem: /fragments of lines/,
    scenario: failures,
    change: ({ name, args, call }) => name === "truncate" && args[1] !== 0 ? undefined : call(name, ...args),
  },
  {
    name: "a short write taken for a whole one",
    problem: /but only \d+ are there/,
    scenario: failures,
    change({ name, args, call }) {
      const count = call(name, ...args) as number;
      // The simulator has shortened what it hands on; a caller that does not look would move on by all of it.
      return name === "write" && count > 0 ? count + 1 : count;
    },
  },
  {
    name: "no newline after the fragment of a killed writer",
    problem: /has a torn line|but only \d+ are there/,
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
    problem: /has \d+ bytes of \d+/,
    scenario: several,
    change({ name, args, call }) {
      const result = call(name, ...args);
      return name === "fstat" ? { ...result as FileInfo, size: Math.min((result as FileInfo).size, 100) } : result;
    },
  },
  {
    name: "a compressed file published before it is on the disk",
    problem: /is not known to be on the disk/,
    scenario: gzip,
    change: ({ name, args, call }) => name === "sync" ? undefined : call(name, ...args),
  },
  {
    name: "a compressed file published without its last bytes",
    problem: /\.gz is broken/,
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
    problem: /which should have been kept/,
    scenario: gzip,
    change({ name, args, call }) {
      return name === "rename" && (args[0] as string).endsWith(".tmp") ? call("remove", args[0]) : call(name, ...args);
    },
  },
  {
    name: "the source of a compression left in place",
    problem: /is not compressed/,
    scenario: gzip,
    change: ({ name, args, call }) => takesRotatedAway(name, args) ? undefined : call(name, ...args),
  },
  {
    name: "rotated files compressed without their lock",
    problem: /\.gz is broken|is not known to be on the disk/,
    scenario: gzip,
    change({ name, args, call }) {
      const result = call(name, ...args);
      if (name === "open" && args[0] !== LOG && !isHidden(args[0])) unlocked.add(result as RuntimeFile);
      return name === "tryLock" && unlocked.has(args[0] as RuntimeFile) ? true : result;
    },
  },
  {
    name: "to make room, the newest rotated file is deleted",
    problem: /which should have been kept/,
    scenario: full,
    change: newestDeleted,
  },
  {
    name: "to keep the limits, the newest rotated file is deleted",
    problem: /which should have been kept/,
    scenario: limits,
    change: newestDeleted,
  },
  {
    name: "rotated files deleted without their lock",
    problem: /without its lock/,
    scenario: full,
    change({ name, args, call }) {
      const result = call(name, ...args);
      if (name === "open" && isRotated(args[0])) unlocked.add(result as RuntimeFile);
      return name === "tryLock" && unlocked.has(args[0] as RuntimeFile) ? true : result;
    },
  },
  {
    name: "to make room, a file of another log is deleted",
    problem: /of somebody else's has been touched|is none of its rotated files/,
    scenario: full,
    change({ name, args, call }) {
      const neighbour = `/logs/${NEIGHBOURS[2]}`;
      // Once: what is never deleted would be tried for ever.
      const isWrong = takesRotatedAway(name, args) && call("stat", neighbour) !== undefined;
      return isWrong ? call("remove", neighbour) : call(name, ...args);
    },
  },
  {
    name: "to keep the limits, what another process keeps is deleted",
    problem: /which should have been kept/,
    scenario: disagreement,
    change: othersUnseen,
  },
  {
    name: "to make room, what another process has set no limit to is deleted",
    problem: /which should have been kept/,
    scenario: { ...full, others: [{ maxBytes: 200 }] },
    change: othersUnseen,
  },
  {
    name: "a writer that registers without a lock",
    problem: /whose writer lives|which should have been kept/,
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
    problem: /\.writer is left/,
    change: ({ name, args, call }) => name === "remove" && isHidden(args[0]) ? undefined : call(name, ...args),
  },
  {
    name: "a descriptor left open",
    problem: /files are left open/,
    change({ name, args, call, process }) {
      return name === "close" && process.errors.length === 0 ? call("unlock", args[0]) : call(name, ...args);
    },
  },
  {
    name: "a write acknowledged that was never made",
    problem: /but only \d+ are there/,
    change({ name, args, call }) {
      const [, bytes] = args as [RuntimeFile, Uint8Array];
      return name === "write" && bytes.length === 87 ? bytes.length : call(name, ...args);
    },
  },
  {
    name: "the age of rotated files counted double",
    problem: /which should have been kept/,
    scenario: { ...limits, rotate: { maxBytes: 200, maxAge: 3_600_000, naming: "numbered" } },
    change({ name, args, call }) {
      const result = call(name, ...args) as FileInfo | undefined;
      if (name !== "stat" || result === undefined || !isRotated(args[0])) return result;
      return { ...result, modifiedAt: result.modifiedAt - 7_200_000 };
    },
  },
  {
    name: "the bytes of rotated files counted tenfold",
    problem: /which should have been kept/,
    scenario: { ...limits, rotate: { maxBytes: 200, maxTotalBytes: 2_000 } },
    change({ name, args, call }) {
      const result = call(name, ...args) as FileInfo | undefined;
      return name === "stat" && result !== undefined && isRotated(args[0])
        ? { ...result, size: 10 * result.size }
        : result;
    },
  },
  {
    name: "to keep the limits, what a process without rotation keeps is deleted",
    problem: /which should have been kept/,
    scenario: { ...limits, others: [undefined] },
    change: othersUnseen,
  },
  {
    name: "a process without rotation that does not register",
    problem: /has not registered/,
    scenario: { ...limits, faults: 0, others: [undefined] },
    change({ name, args, call, process }) {
      if (name === "tryLock" && process.rotate === undefined && unlocked.has(args[0] as RuntimeFile)) return false;
      const result = call(name, ...args);
      if (name === "open" && isHidden(args[0])) unlocked.add(result as RuntimeFile);
      return result;
    },
  },
  {
    name: "lines that are not brought to the disk",
    problem: /are not on the disk, although a fatal record said so/,
    scenario: { durabilities: ["disk"] },
    change: ({ name, args, call }) => name === "sync" ? undefined : call(name, ...args),
  },
  {
    name: "the clock of the process compared with that of the files",
    problem: /rotates a second time in a period/,
    scenario: {
      ...several,
      faults: 0,
      clockJumps: 0,
      others: [],
      fileClock: -100,
      programSteps: 7,
      rotate: { maxBytes: 2_000, every: 20 },
    },
    patch() {
      const restoreNote = patched(FileClock, "note", () => () => {})();
      const restoreAsk = patched(FileClock, "ask", () =>
        // deno-lint-ignore require-yield
        function* () {
          return this.now();
        })();
      return () => {
        restoreNote();
        restoreAsk();
      };
    },
  },
  {
    name: "a batch committed before it is written",
    problem: /but only \d+ are there/,
    scenario: kills,
    patch: patched(FileBackend, "write", (original) =>
      function (batch, urgency) {
        const copy = new Batch([{ bytes: batch.bytes, lines: batch.count }]);
        batch.commit();
        return original.call(this, copy, urgency);
      }),
  },
  {
    name: "memory that is used again while it is written",
    problem: /was used again before it had come back/,
    patch: patched(Outbox, "take", (original) =>
      function (onCommit) {
        const batch = original.call(this, onCommit);
        this.takeBack(batch);
        return batch;
      }),
  },
  {
    name: "memory that is used again when only the effect of its write was seen",
    problem: /was used again before it had come back/,
    patch: patched(Batch, "keep", () => () => {}),
  },
  {
    name: "a flush acknowledged before its batch is written",
    problem: /are lost, although a flush said that they are safe/,
    scenario: kills,
    patch: patched(Waiters, "until", () => () => Promise.resolve()),
  },
  {
    name: "a flush that says nothing of drops",
    problem: /a flush of p\d[ab] succeeds although/,
    scenario: tight,
    patch: patched(Ledger, "takeDroppedSinceFlush", () => () => 0),
  },
  {
    name: "a fatal record that is written later",
    problem: /are lost, although a fatal record said that they are safe/,
    scenario: kills,
    patch: patched(Mailbox, "writeNow", () => () => {}),
  },
  {
    name: "a retry that writes a committed line again",
    problem: /are there more than once/,
    scenario: failures,
    patch: patched(FileBackend, "write", (original) =>
      function (batch, urgency) {
        const whole = begun.get(batch) ?? { bytes: batch.bytes.slice(), lines: batch.count };
        begun.set(batch, whole);
        if (whole.lines === batch.count) return original.call(this, batch, urgency);
        const again = new Batch([{ ...whole }]);
        return original.call(this, again, urgency).then(() => batch.commit());
      }),
  },
  {
    name: "a drop that is not counted",
    problem: /has taken \d+, but .* dropped/,
    scenario: tight,
    patch: patched(Ledger, "drop", () => () => {}),
  },
  {
    name: "a drop that is counted twice",
    problem: /counts 2 drops where there was room for 1/,
    scenario: tight,
    patch: patched(Ledger, "drop", (original) =>
      function () {
        original.call(this);
        original.call(this);
      }),
  },
  {
    name: "a notice of drops that is not written",
    problem: /a notice is not there/,
    scenario: tight,
    patch: patched(Outbox, "append", (original) =>
      function (line) {
        if (!line.includes("log records dropped")) original.call(this, line);
      }),
  },
  {
    name: "a notice of drops that is not made",
    problem: /has ended without a notice/,
    scenario: tight,
    patch: patched(Trouble, "end", () => () => {}),
  },
  {
    name: "a notice of drops that is written twice",
    problem: /a notice is there 2 times/,
    scenario: tight,
    patch: patched(Outbox, "append", (original) =>
      function (line) {
        original.call(this, line.includes("log records dropped") ? line + line : line);
      }),
  },
  {
    name: "a close that forgets the last batch",
    problem: /has given up \d+ records without need/,
    scenario: { lockTimeout: 10_000, exits: 0 },
    patch: patched(Mailbox, "deliverRest", () => () => Promise.resolve()),
  },
  {
    name: "a rotation that fails and stops the write",
    problem: /was kept from writing by housekeeping/,
    scenario: obstructed("rename of the log that fails"),
    patch: patched(Housekeeping, "run", (original) =>
      function* (task, body) {
        let failure: unknown;
        yield* original.call(this, task, function* (attempt) {
          try {
            yield* body(attempt);
          } catch (error) {
            failure = error;
            throw error;
          }
        });
        if (task === "rotation" && failure !== undefined) throw failure;
      }),
  },
  {
    name: "a failure that is told each time",
    problem: /tells \d+ times that (compression|retention) fails/,
    scenario: obstructed("directory that may not be read"),
    patch: patched(Housekeeping, "run", (original) =>
      function* (task, body) {
        yield* original.call(this, task, body);
        // A rotation would be tried again at once, and for ever.
        if (task !== "rotation") this.end(task);
      }),
  },
  {
    name: "a failure that is not counted",
    problem: /counts 0 failures of rotation and tells of/,
    scenario: obstructed("rename that fails"),
    patch: patched(Housekeeping, "run", (original) =>
      function* (task, body) {
        yield* original.call(this, task, body);
        this.failures[task] = 0;
      }),
  },
  {
    name: "a rotation that is not tried again",
    problem: /app\.log is not rotated/,
    scenario: { ...obstructed("rename of the log that fails"), isSurvivorOld: true },
    patch: patched(Housekeeping, "mayTry", (original) =>
      function (task) {
        return this.failures[task] === 0 && original.call(this, task);
      }),
  },
  {
    name: "no way to go on where the log cannot be made after it was renamed",
    problem: /was kept from writing by housekeeping/,
    scenario: { ...obstructed("log that cannot be made"), processes: 1, crashes: 0, isSurvivorOld: false },
    patch: patched(SharedFile, "lockNewest", () => () => nothing()),
  },
  {
    name: "no waiting for the newest rotated file where the log cannot be made",
    problem: /has given up \d+ records without need|has ended with \d+ records pending/,
    scenario: { ...obstructed("log that cannot be made"), processes: 4, lockTimeout: 10_000, isSurvivorOld: false },
    patch: patched(SharedFile, "lockNewest", (original) =>
      function* (options) {
        return yield* original.call(this, { ...options, lockTimeout: 0 });
      }),
  },
  {
    name: "another file beside the log for each that could not be removed",
    problem: /files are left beside the log/,
    scenario: obstructed("files beside the log that fail"),
    change({ name, args, call }) {
      // It takes them for removed.
      return name === "remove" && (args[0] as string).endsWith(".writer") ? undefined : call(name, ...args);
    },
  },
  {
    name: "no look at the age of rotated files while nothing is written",
    problem: /is left that could happen|goes on for ever/,
    scenario: {
      ...limits,
      rotate: { maxBytes: 300, maxAge: 2_000 },
      durabilities: ["os"],
      obstacles: [],
      faults: 0,
      clockJumps: 0,
      isSurvivorOld: false,
    },
    losesTimer: (milliseconds) => milliseconds >= 500,
  },
  {
    name: "a close that does not look for what the dead have left",
    problem: /is left|is not compressed/,
    scenario: { ...gzip, crashes: 0.03, obstacles: [], isSurvivorOld: true },
    change({ name, args, call, process }) {
      const result = call(name, ...args);
      // Its own hidden file it knows of.
      return name === "list" && process.isEnding && process.closesAlways ? [] : result;
    },
  },
];
