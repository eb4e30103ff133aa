import { checkOneOf } from "./validate.ts";

/** Levels of a record, from the least to the most severe. */
export type Level = "trace" | "debug" | "info" | "warn" | "error" | "fatal";

/** A level from which on records are taken; `off` takes none. */
export type LevelThreshold = Level | "off";

/** Numbers of the levels, ten apart, as in pino and bunyan. */
export const LEVEL_NUMBER: { readonly [K in LevelThreshold]: number } = {
  trace: 10,
  debug: 20,
  info: 30,
  warn: 40,
  error: 50,
  fatal: 60,
  off: 100,
};

/** The levels in the order of their severity. */
export const LEVELS: readonly Level[] = ["trace", "debug", "info", "warn", "error", "fatal"];

/** Name of a level number: `LEVELS[number / 10 - 1]`. */
export function levelName(number: number): Level {
  return LEVELS[number / 10 - 1] as Level;
}

/** Whether a value names a threshold. */
export function isLevelThreshold(value: unknown): value is LevelThreshold {
  return typeof value === "string" && Object.hasOwn(LEVEL_NUMBER, value);
}

/** Checks a level and returns its number. */
export function checkThreshold(where: string, value: unknown): number {
  if (isLevelThreshold(value)) return LEVEL_NUMBER[value];
  return LEVEL_NUMBER[checkOneOf(where, value, Object.keys(LEVEL_NUMBER) as LevelThreshold[])];
}
