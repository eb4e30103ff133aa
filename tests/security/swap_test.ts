import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { createLogger } from "../../mod.ts";
import { start } from "../adapters/programs.ts";
import { currentRuntime } from "../support/spawn.ts";
import { inSharedDirectory, onUnix, secret } from "./support.ts";

/** How long, in milliseconds, the two race. */
const DURATION = 3_000;

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
        const end = Date.now() + DURATION;
        for (let i = 0; Date.now() < end; i++) {
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
        // Both have happened often, or nothing was shown.
        assert.ok(written > 20 && refused > 20, `${written} written, ${refused} refused`);
        console.log(`${written} lines written, ${refused} attempts refused`);
      }),
  );
});
