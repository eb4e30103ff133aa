import assert from "node:assert/strict";
import { readdirSync, rmSync } from "node:fs";
import process from "node:process";
import { describe, it } from "node:test";
import { createLogger } from "../../mod.ts";
import { runtimeNames, start, temporaryDirectory } from "./programs.ts";

const skip = process.platform === "linux" ? false : "it looks into /proc";

for (const runtime of runtimeNames) {
  describe(`workers of ${runtime} that log`, { skip }, () => {
    it("leave no lock when they are terminated, though nobody else of their process logs", async () => {
      const directory = temporaryDirectory();
      const path = `${directory}/app.log`;
      const program = start(runtime, "./terminated_program.ts", { args: [path, "10", "terminate"] });
      await program.printed("open: ");

      const errors: unknown[] = [];
      const log = createLogger({
        destinations: [{ uri: path, lockTimeout: 5_000, rotate: { maxBytes: 100_000, maxFiles: 5, compress: "gzip" } }],
        onError: (error) => errors.push(error),
      });
      log.info("after them");
      await log.flush();
      await log.close();
      assert.deepEqual(errors, []);
      // Their registrations are known to be those of the dead, too.
      assert.deepEqual(readdirSync(directory).filter((name) => name.endsWith(".writer")), []);

      program.child.stdin?.end();
      const { code, stderr } = await program.ended;
      assert.equal(code, 0, stderr);
      rmSync(directory, { recursive: true });
    });

    it("leave no file open when they end by themselves", async () => {
      const directory = temporaryDirectory();
      const program = start(runtime, "./terminated_program.ts", { args: [`${directory}/app.log`, "2", "natural"] });
      await program.printed("open: ");
      program.child.stdin?.end();
      const { stdout, stderr } = await program.ended;
      assert.equal(stdout, "open: 0\n", stderr);
      rmSync(directory, { recursive: true });
    });

    it("find the file calls of the main thread", async () => {
      const directory = temporaryDirectory();
      const program = start(runtime, "./worker_conformance_program.ts", { args: [directory] });
      const { stdout, stderr } = await program.ended;
      assert.match(stdout, /^held: \d\d\n$/, stderr);
      rmSync(directory, { recursive: true });
    });
  });
}
