import { type FileInfo, isSameFile, type RuntimeFile } from "../runtime.ts";
import { perform, type Protocol } from "./operation.ts";

/**
 * Looks at a file under its name, at the most. The system does not tell names and their number in one: a hard link that
 * comes and goes at the right moments is missed by one look, with a chance of one in hundreds for whoever tries hard.
 */
const LOOKS = 8;

/**
 * Whether a path leads to an open file, and no other name does: through a hard link that somebody has planted we would
 * write to a file of somebody else's, or show what is in it.
 */
export function* soleName(path: string, file: RuntimeFile): Protocol<"sole" | "linked" | "changed"> {
  for (let look = 0; look < LOOKS; look++) {
    const [here, ours] = [yield* perform("stat", path), yield* perform("fstat", file)];
    if (here === undefined || !isSameFile(here, ours)) return "changed";
    if (!isSole(here) || !isSole(ours)) return "linked";
    if (here.links === undefined) break;
  }
  return "sole";
}

function isSole({ kind, links = 1 }: FileInfo): boolean {
  return kind !== "file" || links <= 1;
}
