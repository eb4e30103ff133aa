import type { Runtime } from "../src/runtime.ts";
import { bunRuntime } from "./bun_runtime.ts";
import { denoRuntime } from "./deno_runtime.ts";
import { nodeRuntime } from "./node_runtime.ts";

/**
 * Finds out which runtime this is. Throws where it is none of the three.
 *
 * Deno and Bun come first, since both call themselves Node as well.
 */
export function detectRuntime(): Runtime {
  if ("Deno" in globalThis) return denoRuntime();
  if ("Bun" in globalThis) return bunRuntime();
  const { process } = globalThis as { readonly process?: { readonly versions?: { readonly node?: string } } };
  if (process?.versions?.node !== undefined) return nodeRuntime();
  throw new Error(
    "Cannot detect the runtime: this is neither Deno nor Bun nor Node; use @omni/log/core with a runtime of your own",
  );
}
