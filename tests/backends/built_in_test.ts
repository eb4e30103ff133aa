import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { detectRuntime } from "../../adapters/detect.ts";
import { planDestination } from "../../src/build_destination.ts";
import { type BackendSubject, testBackend } from "../../src/conformance/mod.ts";
import type { Runtime } from "../../src/runtime.ts";
import { MemoryBackend } from "../../src/testing/memory_backend.ts";
import { temporaryDirectory } from "../adapters/programs.ts";
import { enospc, failing, type Fault } from "../support/faults.ts";

/** A log file in a directory of its own; its disk can be full, and its lock can be taken. */
function fileSubject(options: { readonly rotate?: { readonly maxBytes: number } } = {}): BackendSubject {
  const directory = temporaryDirectory();
  const path = join(directory, "app.log");
  let room = Infinity;
  const plain = detectRuntime();
  const onFullDisk: Runtime = failing(plain, {
    write(_file, bytes): Fault {
      if (room === 0) return enospc();
      const taken = Math.min(room, bytes.length);
      room -= taken;
      return taken;
    },
  });
  return {
    create: () => {
      const context = { onError: () => {}, isTaken: () => false };
      return planDestination(onFullDisk, { uri: path, ...options }, context).backend();
    },
    read() {
      // Rotated names sort by age, and before the name of the log only without its extension.
      const names = plain.calls.list(directory).filter((name) => name !== "app.log").sort();
      const text = [...names, "app.log"].map((name) => readFileSync(join(directory, name), "utf8")).join("");
      return text.split("\n").filter((line) => line !== "");
    },
    fail(after) {
      room = after;
      return () => void (room = Infinity);
    },
    stall() {
      const file = plain.calls.open(path, { access: "append" });
      if (!plain.calls.tryLock(file)) throw new Error("Cannot lock the log: somebody holds it");
      return () => plain.calls.close(file);
    },
    end: () => rmSync(directory, { recursive: true }),
  };
}

describe("the file backend", () => {
  testBackend(() => fileSubject(), { it, name: "file" });
});

describe("the file backend that rotates", () => {
  testBackend(() => fileSubject({ rotate: { maxBytes: 50_000 } }), { it, name: "file" });
});

describe("the memory backend", () => {
  testBackend(() => {
    const backend = new MemoryBackend({ capacity: Infinity });
    return { create: () => backend, read: () => backend.records.map(({ msg }) => msg) };
  }, { it, name: "memory", lacks: { fail: "an array does not fail", stall: "an array never stands still" } });
});
