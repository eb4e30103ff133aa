/**
 * A real journald of a test's own: `systemd-journald` in a namespace, read back with `journalctl`.
 *
 * @module
 */
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import process from "node:process";
import { setTimeout as wait } from "node:timers/promises";

const PROGRAM = "/lib/systemd/systemd-journald";

/** Why there is no journald here, `undefined` when there is one. */
export function journaldProblem(): string | undefined {
  if (process.platform !== "linux") return "Linux";
  if (process.getuid?.() !== 0) return "root";
  if (!existsSync(PROGRAM)) return "systemd-journald";
  if (!existsSync("/etc/machine-id") || readFileSync("/etc/machine-id", "utf8").trim() === "") return "/etc/machine-id";
  return undefined;
}

/** One entry, with the fields that the sender has set and those that journald adds. */
export type Entry = { readonly [name: string]: string | readonly string[] };

let number = 0;

/** A journald that runs. */
export class Journald {
  readonly #namespace: string;
  readonly #child: ChildProcess;

  private constructor(namespace: string, child: ChildProcess) {
    this.#namespace = namespace;
    this.#child = child;
  }

  static async start(): Promise<Journald> {
    const namespace = `omni-${process.pid}-${number++}`;
    // Without it, what comes faster than 10,000 entries in half a minute is thrown away.
    mkdirSync("/etc/systemd", { recursive: true });
    const configuration = "[Journal]\nRateLimitIntervalSec=0\nRateLimitBurst=0\nSystemMaxUse=64M\nSystemKeepFree=1M\n";
    writeFileSync(`/etc/systemd/journald@${namespace}.conf`, configuration);
    const child = spawn(PROGRAM, [namespace], { stdio: "ignore" });
    const journald = new Journald(namespace, child);
    const deadline = Date.now() + 10_000;
    while (!existsSync(journald.socket)) {
      assert.ok(Date.now() < deadline && child.exitCode === null, "journald does not start");
      await wait(20);
    }
    return journald;
  }

  /** Where it listens. */
  get socket(): string {
    return `/run/systemd/journal.${this.#namespace}/socket`;
  }

  /** Stops it in its tracks, or lets it go on. */
  signal(signal: "SIGSTOP" | "SIGCONT"): void {
    process.kill(this.#child.pid as number, signal);
  }

  /** The entries of an identifier, in their order, once there are so many, or no more have come for a while. */
  async read(identifier: string, expected: number): Promise<Entry[]> {
    let entries: Entry[] = [];
    for (let tries = 0, last = -1; tries < 100 && entries.length < expected; tries++) {
      if (tries > 20 && entries.length === last) break;
      last = entries.length;
      if (tries > 0) await wait(50);
      const args = [
        `--namespace=${this.#namespace}`,
        "-o",
        "json",
        "--all",
        "--no-pager",
        `SYSLOG_IDENTIFIER=${identifier}`,
      ];
      const { stdout } = spawnSync("journalctl", args, { encoding: "utf8", maxBuffer: 1 << 30 });
      entries = stdout.split("\n").filter((line) => line.startsWith("{")).map((line) => entryOf(JSON.parse(line)));
    }
    return entries;
  }

  async stop(): Promise<void> {
    const ended = new Promise<void>((resolve) => this.#child.once("exit", () => resolve()));
    this.#child.kill("SIGKILL");
    await ended;
    const machine = readFileSync("/etc/machine-id", "utf8").trim();
    for (const root of ["/var/log/journal", "/run/log/journal"]) {
      rmSync(`${root}/${machine}.${this.#namespace}`, { recursive: true, force: true });
    }
    rmSync(`/run/systemd/journal.${this.#namespace}`, { recursive: true, force: true });
    rmSync(`/etc/systemd/journald@${this.#namespace}.conf`, { force: true });
  }
}

/** journalctl shows what is not printable as an array of bytes, and several values of a field as an array of these. */
function entryOf(shown: Record<string, unknown>): Entry {
  const text = (value: unknown): string =>
    Array.isArray(value) ? Buffer.from(value as number[]).toString("utf8") : String(value);
  return Object.fromEntries(
    Object.entries(shown).map(([name, value]) => [
      name,
      Array.isArray(value) && typeof value[0] !== "number" ? value.map(text) : text(value),
    ]),
  );
}
