import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { describe, it } from "node:test";
import { gunzipSync } from "node:zlib";
import { createLogger } from "../../mod.ts";
import { runtimeNames } from "../adapters/programs.ts";
import { startWriter, withLog } from "../support/spawn.ts";
import { until } from "../support/until.ts";

/** Bytes that take long enough to compress to be met in the middle of it. */
const LONG = 24 * 1024 * 1024;

describe("a process that is killed while it compresses", { timeout: 300_000 }, () => {
  for (const runtime of runtimeNames) {
    for (const naming of ["timestamp", "numbered"] as const) {
      it(`on ${runtime} leaves nothing once another one closes that had the log open all the time, ${naming} names`, () =>
        withLog(async (path, directory) => {
          const rotate = { maxBytes: "100MB", naming, compress: "gzip" } as const;
          const errors: Error[] = [];
          const log = createLogger({
            destinations: [{ uri: path, rotate }],
            onError: (error) => void errors.push(error),
          });
          log.info("x");
          await log.flush();
          const names = () => readdirSync(directory).filter((name) => name.startsWith("app.log."));
          const text = `${randomBytes(LONG / 2).toString("hex")}\n`;
          const rotated = naming === "timestamp" ? `${path}.20200101T000000.000Z-000` : `${path}.1`;
          writeFileSync(rotated, text);
          const victim = startWriter(runtime, { path, id: "victim", count: 1, destination: { rotate }, end: "stay" });
          await until(() => names().some((name) => name.endsWith(".tmp")));
          victim.kill("SIGKILL");
          await victim.ended;
          assert.ok(names().some((name) => name.endsWith(".tmp")), `it was faster than the kill: ${names()}`);
          await log.close();
          assert.deepEqual(readdirSync(directory).filter((name) => name !== "app.log"), [
            `${rotated.slice(directory.length + 1)}.gz`,
          ]);
          assert.ok(gunzipSync(readFileSync(`${rotated}.gz`)).toString() === text);
          assert.deepEqual(errors, []);
        }));
    }
  }
});
