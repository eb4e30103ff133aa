import { messageOf } from "../errors.ts";
import type { FileInfo, RuntimeFile } from "../runtime.ts";
import { perform, type Protocol } from "./operation.ts";

const ROOT = 0;

/**
 * The permission bits to make a file with that is to be like another one. Group bits that not everybody has come only
 * when the file has its group: nobody may read it, even for a moment, who may not read the other one.
 */
export function modeToMakeLike({ mode }: FileInfo, fallback: number): number {
  return mode === undefined ? fallback : withoutGroup(mode);
}

/**
 * Gives a file that was just made the permission bits of another one, and its group where it may, and its owner where
 * it is root. Returns what has kept it from that; the file is not more open than the other one then.
 */
export function* makeLike(file: RuntimeFile, like: FileInfo, path: string): Protocol<Error | undefined> {
  if (like.mode === undefined) return undefined;
  try {
    let made = yield* perform("fstat", file);
    let problem: Error | undefined;
    const isRoot = made.owner === ROOT;
    const { owner, group } = isRoot ? like : { owner: made.owner, group: like.group };
    if (owner !== undefined && group !== undefined && (made.owner !== owner || made.group !== group)) {
      try {
        yield* perform("changeOwner", file, { owner, group });
        made = yield* perform("fstat", file);
      } catch (error) {
        // Others may have no right to give a file to a group.
        if (isRoot) problem = problemWith(path, error);
      }
    }
    const mode = made.group === like.group ? like.mode : withoutGroup(like.mode);
    if (made.mode !== mode) yield* perform("changeMode", file, mode);
    return problem;
  } catch (error) {
    return problemWith(path, error);
  }
}

/** Permission bits with no more for the group than for everybody. */
function withoutGroup(mode: number): number {
  return mode & (0o707 | (mode & 0o007) << 3);
}

function problemWith(path: string, error: unknown): Error {
  return new Error(`Cannot give "${path}" the owner and permissions of the file before it: ${messageOf(error)}`, {
    cause: error,
  });
}
