import { openLibrary } from "./bun_ffi.ts";
import { type CLibrary, createLocks, type Locks, reason } from "./flock.ts";

function load(): CLibrary | string {
  try {
    return openLibrary({ flock: { args: ["i32", "i32"], returns: "i32" } });
  } catch (error) {
    return `bun:ffi could not load the C library (${reason(error)}); set lock: "none"`;
  }
}

/** The locks of Bun. */
export const bunLocks: Locks = /* @__PURE__ */ createLocks(load);
