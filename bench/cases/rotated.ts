import { mkdirSync, readdirSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { orderAt, type RotationNaming, stampedName } from "../../src/file/rotated_name.ts";
import { workOf } from "../records.ts";
import { collectGarbage, nanoseconds } from "../support/clock.ts";
import { countLines } from "../support/lines.ts";
import { loadSubject } from "../subjects/mod.ts";
import { logInTurns } from "../subjects/subject.ts";
import type { CaseOptions, RoundResult, RunningCase } from "./case.ts";

const BASE = "app.log";
/** Long ago, so that what is rotated now is newer. */
const OLDEST = Date.UTC(2025, 0);
const MINUTE = 60_000;
/** More than there will ever be: retention looks at all of them, and deletes none. */
const MAX_FILES = 1_000_000;

/**
 * What a line costs while rotated files lie in the directory already, and what a rotation does. A line: from the first
 * call until all are in the file, rotations included, while what they cause goes on in the background. A rotation: from
 * a line that does not fit the file until the logger is closed, which waits for all that the rotation has caused.
 *
 * The rotated files are made in the first round, which is not to count; all rounds of a process have as many.
 */
export async function startRotated({ subject, kind, format = "json", directory }: CaseOptions): Promise<RunningCase> {
  const open = await loadSubject(subject);
  const own = join(directory, "rotated");
  const path = join(own, BASE);
  const { text } = workOf(kind);
  let planted: ReadonlySet<string> | undefined;
  return {
    async round({ count, turnEvery = count, maxBytes = 1, naming = "timestamp", files = 0 }): Promise<RoundResult> {
      planted ??= plant(own, naming, files);
      const options = { path, kind, format, maxBytes, naming, maxFiles: MAX_FILES };
      const ns = await timeOfLines() / count;
      writeFileSync(path, fullLog(maxBytes));
      return { ns, rotationNs: await timeOfRotation() };

      async function timeOfLines(): Promise<number> {
        const logger = await open(options);
        collectGarbage();
        const start = nanoseconds();
        await logInTurns(logger, count, turnEvery);
        await logger.flush();
        const ns = nanoseconds() - start;
        await logger.close();
        empty(count);
        return ns;
      }

      async function timeOfRotation(): Promise<number> {
        const logger = await open(options);
        collectGarbage();
        const start = nanoseconds();
        logger.log(1);
        await logger.close();
        const ns = nanoseconds() - start;
        empty(2);
        return ns;
      }
    },
  };

  /** Counts the lines, then leaves nothing but so many empty files as were there before, with the same names. */
  function empty(lines: number): void {
    const counted = countLines(own, { text, json: format === "json" });
    if (counted !== lines) throw new Error(`Cannot use this measurement: ${counted} lines instead of ${lines}`);
    let left = 0;
    for (const name of readdirSync(own)) {
      const file = join(own, name);
      if (!planted?.has(name)) {
        rmSync(file);
        continue;
      }
      left++;
      if (statSync(file).size > 0) truncateSync(file);
    }
    if (left !== planted?.size) throw new Error(`Cannot use this measurement: only ${left} rotated files are left`);
  }

  /** One line, of so many bytes with its end. */
  function fullLog(bytes: number): string {
    const [start, end] = format === "json" ? [`{"msg":"${text}`, `"}\n`] : [text, "\n"];
    return start + " ".repeat(Math.max(0, bytes - start.length - end.length)) + end;
  }
}

function plant(directory: string, naming: RotationNaming, count: number): ReadonlySet<string> {
  mkdirSync(directory);
  const names = Array.from(
    { length: count },
    (_, index) =>
      naming === "numbered" ? `${BASE}.${index + 1}` : stampedName(BASE, orderAt(OLDEST + index * MINUTE), naming),
  );
  for (const name of names) writeFileSync(join(directory, name), "");
  return new Set(names);
}
