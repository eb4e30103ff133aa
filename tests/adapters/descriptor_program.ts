/**
 * Fails again and again in one way after the other, and tells how many descriptors are open after a few failures and
 * after many.
 *
 * @module
 */
import { appendFileSync, readdirSync } from "node:fs";
import process from "node:process";
import "../../journald.ts";
import "../../otlp.ts";
import { createLogger, type LoggerOptions } from "../../mod.ts";

/** One way to fail. */
export interface FailureCase {
  readonly name: string;
  readonly destination: Exclude<LoggerOptions["destinations"][number], string>;
  /** Whether a flush may succeed, or fail without a report, because the failure is known late, or already. */
  readonly isLate: boolean;
}

/** What the program does. */
export interface DescriptorConfig {
  /** Where it tells. */
  readonly report: string;
  readonly cases: readonly FailureCase[];
}

/** What it tells of each. */
export interface Told {
  readonly name: string;
  /** Descriptors after 5 failures, after 50, and in the end. */
  readonly few: number;
  readonly many: number;
  readonly closed: number;
  /** What was not as it should have been. */
  readonly unexpected: readonly string[];
}

const FEW = 5;
const MANY = 50;

const { report, cases }: DescriptorConfig = JSON.parse(process.argv[2] as string);
for (const each of cases) {
  for (const loggers of ["one", "many"] as const) {
    appendFileSync(report, JSON.stringify(await failOften(each, loggers)) + "\n");
  }
}

async function failOften({ name, destination, isLate }: FailureCase, loggers: "one" | "many"): Promise<Told> {
  const unexpected: string[] = [];
  let errors = 0;
  const make = () =>
    createLogger({
      destinations: [{ retry: { firstPause: 1, lastPause: 1 }, ...destination }],
      closeTimeout: 1,
      onError: () => void errors++,
    });
  const kept = loggers === "one" ? make() : undefined;
  const descriptors: number[] = [];
  for (let failures = 0; failures < MANY;) {
    const log = kept ?? make();
    const before = errors;
    log.info("text");
    const isFlushed = await log.flush().then(() => true, () => false);
    if (isLate) await new Promise((resolve) => setTimeout(resolve, 10));
    else if (isFlushed) unexpected.push(`flush ${failures} has succeeded`);
    else if (errors === before) unexpected.push(`failure ${failures} was not reported`);
    if (kept === undefined) await log.close();
    failures++;
    if (failures === FEW || failures === MANY) descriptors.push(await settled());
  }
  await kept?.close();
  const [few = 0, many = 0] = descriptors;
  return { name: `${name}, ${loggers}`, few, many, closed: await settled(), unexpected };
}

/** The least that is open within a while: what is closed in the background is closed soon. */
async function settled(): Promise<number> {
  let least = Infinity;
  for (let looks = 0, same = 0; looks < 300 && same < 20; looks++) {
    const open = readdirSync("/proc/self/fd").length;
    same = open < least ? 0 : same + 1;
    least = Math.min(least, open);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  return least;
}
