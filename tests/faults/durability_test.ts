import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import type { Durability } from "../../src/destination_options.ts";
import { checkLog } from "../support/checker.ts";
import { currentRuntime, startWriterProgram, withLog, type Writer } from "../support/spawn.ts";
import type { AccidentConfig } from "./support/accident_program.ts";
import { cutPower, type Mount, restorePower, withExt4 } from "./support/mounts.ts";
import { needing } from "./support/requirements.ts";

/** Few enough for `durability: "memory"` to keep them in memory. */
const LINES = 100;

/** How long, in milliseconds, a test may take. */
const timeout = 120_000;

const durabilities: readonly Durability[] = ["memory", "os", "disk"];

/** What comes before the accident. The lines of `"memory"` stay there for a while; the others arrive by themselves. */
const beforesOf = {
  memory: ["nothing", "flush", "wait", "fatal"],
  os: ["nothing", "flush", "arrive", "fatal"],
  disk: ["nothing", "flush", "arrive", "fatal"],
} as const;
type Before<D extends Durability = Durability> = typeof beforesOf[D][number];

function startAccident(config: Omit<AccidentConfig, "id" | "lines">): Writer {
  const all: AccidentConfig = { ...config, id: "w", lines: LINES };
  return startWriterProgram("../faults/support/accident_program.ts", currentRuntime, all);
}

/** How many lines of the writer are there, which must be its first ones. */
function prefix(path: string): number {
  if (!existsSync(path)) return 0;
  const { writers } = checkLog(path);
  const { found = 0, lost = 0, doubled = 0, disordered = 0 } = writers.w ?? {};
  assert.deepEqual({ lost, doubled, disordered }, { lost: 0, doubled: 0, disordered: 0 });
  return found;
}

/** What must be there, of the lines logged before; `undefined` where nothing is promised but a prefix. */
type Promised<D extends Durability = Durability> = { readonly [B in Before<D>]: "all" | "first" | undefined };

describe("what survives", () => {
  const everything: Promised = { nothing: "all", flush: "all", wait: "all", arrive: "all", fatal: "all" };
  for (const accident of ["exit", "throw"] as const) {
    for (const durability of durabilities) {
      it(
        `of durability "${durability}", the end by ${accident}: every line`,
        { timeout },
        () => survives(durability, accident, everything),
      );
    }
  }

  const killed: { readonly [D in Durability]: Promised<D> } = {
    memory: { nothing: undefined, flush: "all", wait: "first", fatal: "all" },
    os: { nothing: undefined, flush: "all", arrive: "all", fatal: "all" },
    disk: { nothing: undefined, flush: "all", arrive: "all", fatal: "all" },
  };
  for (const durability of durabilities) {
    it(
      `of durability "${durability}", kill -9: what was flushed or came before a fatal line, and ${
        durability === "memory" ? "no more" : "has arrived by itself"
      }`,
      { timeout },
      () => survives(durability, "kill", killed[durability]),
    );
  }

  async function survives(
    durability: Durability,
    accident: "exit" | "throw" | "kill",
    promised: Partial<Promised>,
  ): Promise<void> {
    for (const before of beforesOf[durability]) {
      await withLog(async (path) => {
        const program = startAccident({ path, before, accident, destination: { durability } });
        const { code, signal, stderr } = await program.ended;
        const expected = { exit: [3, null], throw: [1, null], kill: [null, "SIGKILL"] }[accident];
        assert.deepEqual([code, signal], expected, stderr);
        assertPromise(path, before, promised[before]);
      });
    }
  }

  const needs = { ...needing({ root: true, programs: ["mount", "umount", "mkfs.ext4", "perl"] }), timeout };
  const powerCut: { readonly [D in "os" | "disk"]: Promised<D> } = {
    // The kernel writes back after some seconds.
    os: { nothing: undefined, flush: undefined, arrive: undefined, fatal: undefined },
    disk: { nothing: "first", flush: "all", arrive: "all", fatal: "all" },
  };
  for (const durability of ["os", "disk"] as const) {
    it(
      `of durability "${durability}", a power cut: ${
        durability === "os" ? "not what was flushed" : "what was flushed"
      }`,
      needs,
      async () => {
        for (const before of beforesOf[durability]) {
          await withExt4(async (mount) => {
            const path = join(mount.path, "app.log");
            await cutPowerOf(startAccident({ path, before, accident: "none", destination: { durability } }), mount);
            const promised: Partial<Promised> = powerCut[durability];
            assertPromise(path, before, promised[before]);
            // Or else the test would pass whatever the library did.
            if (durability === "os" && before === "flush") assert.ok(prefix(path) < LINES, "the power was not cut");
          });
        }
      },
    );
  }

  it('of durability "disk", a power cut: every rotated file', needs, () =>
    withExt4(async (mount) => {
      const path = join(mount.path, "logs", "app.log");
      const destination = { durability: "disk", rotate: { maxBytes: 1_000, compress: "gzip" } } as const;
      await cutPowerOf(startAccident({ path, before: "flush", accident: "none", destination }), mount);
      assert.equal(prefix(path), LINES);
      assert.ok(checkLog(path).pieces.length > 5);
    }));

  async function cutPowerOf(program: Writer, mount: Mount): Promise<void> {
    await program.printed("done\n");
    cutPower(mount);
    program.kill("SIGKILL");
    await program.ended;
    restorePower(mount);
  }

  function assertPromise(path: string, before: Before, promised: "all" | "first" | undefined): void {
    // The line that shows that the others have arrived need not have done so itself.
    const found = before === "arrive" ? Math.min(prefix(path), LINES) : prefix(path);
    const all = before === "fatal" ? LINES + 1 : LINES;
    if (promised === "all") assert.equal(found, all, `${before}: ${found} of ${all}`);
    if (promised === "first") assert.ok(found >= 1, `${before}: ${found} of ${all}`);
    // Something must be missing, or else nothing is proved by what is there.
    if (promised === "first" && before === "wait") assert.ok(found < all, `${before}: ${found} of ${all}`);
  }
});
