/**
 * Starts a runtime from a shell that has set something up for it.
 *
 * @module
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { RuntimeName } from "../../adapters/programs.ts";
import { binaries } from "../../support/binaries.ts";

/** Makes a program that does what the lines of shell say and then becomes the runtime; returns its path. */
export function wrapRuntime(runtime: RuntimeName, directory: string, lines: readonly string[]): string {
  const path = join(directory, `${runtime}-in-shell`);
  const text = ["#!/bin/sh", ...lines, `exec '${binaries()[runtime]}' "$@"`, ""].join("\n");
  writeFileSync(path, text, { mode: 0o755 });
  return path;
}
