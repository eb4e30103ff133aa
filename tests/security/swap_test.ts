import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { createLogger } from "../../mod.ts";
import { start } from "../adapters/programs.ts";
import { currentRuntime } from "../support/spawn.ts";
import { inSharedDirectory, onUnix, secret } from "./support.ts";

/** How long, in milliseconds, the two race. */
const DURATION = 3_000;

/** How long they do at the most, where a machine lets one of them come through too seldom. */
const LONGEST = 60_000;

/** How often both things must happen, or nothing was shown. */
const OFTEN = 20;

describe("links that come and go between two looks at the path", () => {
  it(
    "lead to no file that is changed, cut or made, and the program goes on",
    onUnix,
    () =>
      inSharedDirectory(0o777, async ({ log: path, victim, absent }) => {
        const attack = start(currentRuntime, "../security/swap_program.ts", { args: [path, victim, absent] });
        await attack.printed("ready");
        let written = 0;
        let refused = 0;
        const begin = performance.now();
        const isDone = (): boolean => {
          const time = performance.now() - begin;
          return time > LONGEST || time > DURATION && Math.min(written, refused) > OFTEN;
        };
        for (let i = 0; !isDone(); i++) {
          // A new logger opens the file anew, which is when it is attacked.
          const log = createLogger({
            destinations: [{ uri: path, lockTimeout: 50, rotate: { maxBytes: 300, maxFiles: 3, compress: "gzip" } }],
            onError: () => void refused++,
          });
          for (let k = 0; k < 5; k++) {
            log.info("from the log", { i });
            await log.flush().catch(() => {});
          }
          await log.close();
          written += log.metrics().destinations[0]!.written;
        }
        attack.child.stdin?.end();
        await attack.ended;
        assert.equal(readFileSync(victim, "utf8"), secret);
        assert.ok(!existsSync(absent), "a file was made through a link");
        assert.ok(Math.min(written, refused) > OFTEN, `${written} written, ${refused} refused`);
        console.log(`${written} lines written, ${refused} attempts refused`);
      }),
  );
});
