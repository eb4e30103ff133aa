import { type CLibrary, createLocks, errnoSymbol, type Locks, openFirst, reason } from "./flock.ts";

/** What is used of `bun:ffi`, spelled out here since only Bun knows its types. */
interface BunFfi {
  dlopen(
    name: string,
    symbols: Record<string, { readonly args: readonly string[]; readonly returns: string }>,
  ): { readonly symbols: Record<string, (...args: number[]) => number> };
  readonly read: { i32(pointer: number, offset: number): number };
}

function load(): CLibrary | string {
  try {
    const ffi = process.getBuiltinModule("bun:ffi") as unknown as BunFfi;
    const address = errnoSymbol();
    const { symbols } = openFirst((name) =>
      ffi.dlopen(name, {
        flock: { args: ["i32", "i32"], returns: "i32" },
        [address]: { args: [], returns: "ptr" },
      })
    );
    return { flock: symbols.flock, errno: () => ffi.read.i32(symbols[address](), 0) };
  } catch (error) {
    return `bun:ffi could not load the C library (${reason(error)}); set lock: "none"`;
  }
}

/** The locks of Bun. */
export const bunLocks: Locks = /* @__PURE__ */ createLocks(load);
