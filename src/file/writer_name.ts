/**
 * The name of the hidden file by which a writer of a log tells the others how it rotates the log. The name says
 * everything, so the file is empty: it can be made on a full disk, and there is no moment at which it is half written.
 *
 *     .app.log.4711-k3x9d2a1.nt,b10000000,f7.writer
 *
 * @module
 */
import type { SettingsDifferences } from "../errors.ts";
import type { RetentionPolicy } from "./retention.ts";

/** What a process does with the log, as its hidden file tells. */
export interface Writer {
  /** Identity of its process. */
  readonly pid: number;
  /** Its settings as they stand in the name; equal texts mean equal settings. */
  readonly settings: string;
  /** Its settings. */
  readonly policy: RetentionPolicy;
}

const ENDING = ".writer";
const MIDDLE = /^(\d+)-[a-z\d]+\.(n[tn](?:,[a-z][^,/]*)*)$/;

/** Makes the name for the log `base`. `random` keeps apart the threads of a process, and processes of one number. */
export function writerName(base: string, { pid, settings }: Omit<Writer, "policy">, random: string): string {
  return `.${base}.${pid}-${random}.${settings}${ENDING}`;
}

/** What the names of all writers of a log begin with. */
export function writerPrefix(base: string): string {
  return `.${base}.`;
}

/** Reads a name; `undefined` for names that are none of ours. */
export function parseWriterName(name: string, base: string): Writer | undefined {
  const start = writerPrefix(base);
  if (!name.startsWith(start) || !name.endsWith(ENDING)) return undefined;
  const match = MIDDLE.exec(name.slice(start.length, -ENDING.length));
  if (match === null) return undefined;
  const [, pid, settings] = match as unknown as [string, string, string];
  return { pid: Number(pid), settings, policy: decodeSettings(settings) };
}

/** Writes settings as a short text: a letter for each option that is not at its default. */
export function encodeSettings(policy: RetentionPolicy): string {
  const { naming, maxBytes, every, timeZone, maxFiles, maxAge, maxTotalBytes, compress } = policy;
  const parts = [naming === "timestamp" ? "nt" : "nn"];
  const add = (letter: string, value: number | string | undefined) => {
    if (value !== undefined && value !== Infinity) parts.push(letter + value);
  };
  add("b", maxBytes);
  add("e", every);
  if (every !== undefined && timeZone === "utc") add("z", timeZone);
  add("f", maxFiles);
  add("a", maxAge);
  add("t", maxTotalBytes);
  add("c", compress);
  return parts.join(",");
}

/** The reverse. What a later version has written, and this one does not understand, limits nothing. */
function decodeSettings(text: string): RetentionPolicy {
  const values = new Map(text.split(",").map((part) => [part.slice(0, 1), part.slice(1)]));
  const number = (letter: string) => {
    const value = Number(values.get(letter) || NaN);
    return value >= 0 ? value : Infinity;
  };
  const every = values.get("e");
  const compress = values.get("c");
  return {
    naming: values.get("n") === "n" ? "numbered" : "timestamp",
    maxBytes: number("b"),
    every: every === "hour" || every === "day" || every === "week" || every === undefined ? every : number("e"),
    timeZone: values.get("z") === "utc" ? "utc" : "local",
    maxFiles: number("f"),
    maxAge: number("a"),
    maxTotalBytes: number("t"),
    compress: compress === "gzip" || compress === "zstd" ? compress : undefined,
  };
}

/** Names the options in which two writers differ, with the values of both. */
export function differences(here: RetentionPolicy, there: RetentionPolicy): SettingsDifferences {
  const shown = (policy: RetentionPolicy) => ({
    maxBytes: limit(policy.maxBytes),
    every: policy.every ?? "never",
    timeZone: policy.every === undefined ? "any" : policy.timeZone,
    naming: policy.naming,
    maxFiles: limit(policy.maxFiles),
    maxAge: limit(policy.maxAge),
    maxTotalBytes: limit(policy.maxTotalBytes),
    compress: policy.compress ?? "none",
  });
  const theirs: Record<string, number | string> = shown(there);
  // Who makes no names does not differ in them.
  const isNamed = rotates(here) && rotates(there);
  return Object.fromEntries(
    Object.entries(shown(here)).flatMap(([option, value]) =>
      value === theirs[option] || theirs[option] === undefined || (option === "naming" && !isNamed)
        ? []
        : [[option, [value, theirs[option]]]]
    ),
  );
}

function rotates({ maxBytes, every }: RetentionPolicy): boolean {
  return maxBytes !== Infinity || every !== undefined;
}

function limit(value: number): number | string {
  return value === Infinity ? "unlimited" : value;
}
