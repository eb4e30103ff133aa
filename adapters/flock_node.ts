import { type CLibrary, createLocks, errnoSymbol, type Locks, openFirst, reason } from "./flock.ts";

/** What is used of koffi, which the library does not depend on. */
export interface Koffi {
  load(name: string): { func(prototype: string): (fd: number, operation: number) => number };
  errno(): number;
}

/** What is used of `node:ffi`, spelled out here since it exists from Node 26 on. */
export interface NodeFfi {
  dlopen(
    name: string,
    functions: Record<string, { readonly arguments: readonly string[]; readonly return: string }>,
  ): { readonly functions: { flock(fd: number, operation: number): number } & Record<string, () => bigint> };
  getInt32(pointer: bigint, offset: number): number;
}

/** Finds koffi where the program, rather than this library, would find it. */
export function findKoffi(): Koffi | undefined {
  const { createRequire } = process.getBuiltinModule("node:module");
  const { sep } = process.getBuiltinModule("node:path");
  // A variable, so that no bundler takes it for a dependency.
  const koffi = "koffi";
  for (const base of [import.meta.url, process.argv[1], process.cwd() + sep]) {
    try {
      return createRequire(base)(koffi) as Koffi;
    } catch {
      // Not installed there, or built for another platform, or a base that is no file: the next one may do.
    }
  }
  return undefined;
}

function loadKoffi(koffi: Koffi): CLibrary {
  const flock = openFirst((name) => koffi.load(name).func("int flock(int, int)"));
  return { flock, errno: () => koffi.errno() };
}

function loadFfi(ffi: NodeFfi): CLibrary {
  const address = errnoSymbol();
  const { functions } = openFirst((name) =>
    ffi.dlopen(name, {
      flock: { arguments: ["int32", "int32"], return: "int32" },
      [address]: { arguments: [], return: "pointer" },
    })
  );
  const errno = functions[address];
  return { flock: functions.flock, errno: () => ffi.getInt32(errno(), 0) };
}

/** Loads `node:ffi` without its ExperimentalWarning: who logs to a file did not choose the experiment. */
export function requireFfi(): NodeFfi | undefined {
  const { emitWarning } = process;
  process.emitWarning = ((warning: string | Error, ...rest: unknown[]) => {
    if (rest[0] === "ExperimentalWarning" && String(warning).startsWith("FFI ")) return;
    Reflect.apply(emitWarning, process, [warning, ...rest]);
  }) as typeof emitWarning;
  try {
    return process.getBuiltinModule("node:ffi") as unknown as NodeFfi | undefined;
  } finally {
    process.emitWarning = emitWarning;
  }
}

const remedy = 'install koffi, or use Node 26 or newer, or set lock: "none"';

const permissionRemedy = 'allow what a lock takes with --allow-ffi (with koffi --allow-addons), or set lock: "none"';

/** Whether Node's permission model is in force: then it is not koffi that is missing. */
function isRestricted(): boolean {
  return (process as { readonly permission?: unknown }).permission !== undefined;
}

function load(): CLibrary | string {
  let why = `Node ${process.versions.node} has no file locks`;
  try {
    const ffi = requireFfi();
    if (ffi !== undefined) return loadFfi(ffi);
  } catch (error) {
    why = `node:ffi could not load the C library (${reason(error)})`;
  }
  try {
    const koffi = findKoffi();
    if (koffi !== undefined) return loadKoffi(koffi);
  } catch (error) {
    why = `koffi could not load the C library (${reason(error)})`;
  }
  return `${why}; ${isRestricted() ? permissionRemedy : remedy}`;
}

/** The locks of Node: `node:ffi` where there is one, else koffi, if the user has installed it. */
export const nodeLocks: Locks = /* @__PURE__ */ createLocks(load);
