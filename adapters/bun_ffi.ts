import { errnoSymbol, openFirst } from "./flock.ts";

/** What is used of `bun:ffi`, spelled out here since only Bun knows its types. */
interface BunFfi {
  dlopen(name: string, symbols: Readonly<Record<string, BunFunction>>): { readonly symbols: Record<string, BunCall> };
  readonly read: { i32(pointer: number, offset: number): number };
}

/** The types of a function of the C library, as `bun:ffi` names them. */
export interface BunFunction {
  /** Types of the arguments. */
  readonly args: readonly string[];
  /** Type of the result. */
  readonly returns: string;
}

/** A function of the C library. */
export type BunCall = (...args: unknown[]) => number;

/** Opens the C library on Bun; `errno` is that of the last call. Throws where there is none. */
export function openLibrary<Name extends string>(
  functions: Readonly<Record<Name, BunFunction>>,
): Readonly<Record<Name, BunCall>> & { errno(): number } {
  const ffi = process.getBuiltinModule("bun:ffi") as unknown as BunFfi;
  const address = errnoSymbol();
  const { symbols } = openFirst((name) => ffi.dlopen(name, { ...functions, [address]: { args: [], returns: "ptr" } }));
  return { ...symbols as Record<Name, BunCall>, errno: () => ffi.read.i32((symbols[address] as BunCall)(), 0) };
}
