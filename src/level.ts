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

/** What other loggers call them, where it means the same. */
const OTHER_NAMES: ReadonlyMap<string, LevelThreshold> = new Map([["silent", "off"], ["warning", "warn"]]);

/** The threshold that a value names, in any case; a value that names none comes back as it is. */
export function readThreshold<T>(value: T): T | LevelThreshold {
  if (typeof value !== "string" || Object.hasOwn(LEVEL_NUMBER, value)) return value;
  const name = value.toLowerCase();
  return Object.hasOwn(LEVEL_NUMBER, name) ? name as LevelThreshold : OTHER_NAMES.get(name) ?? value;
}

/** Checks a threshold, in any case, and returns its name. */
export function checkThresholdName(where: string, value: unknown): LevelThreshold {
  const name = readThreshold(value);
  if (typeof name === "string" && Object.hasOwn(LEVEL_NUMBER, name)) return name as LevelThreshold;
  return checkOneOf(where, value, Object.keys(LEVEL_NUMBER) as LevelThreshold[]);
}

/** The same, and returns its number. */
export function checkThreshold(where: string, value: unknown): number {
  return LEVEL_NUMBER[checkThresholdName(where, value)];
}

/** Checks the level of a record, in any case. */
export function checkLevel(where: string, value: unknown): Level {
  const name = readThreshold(value);
  return LEVELS.includes(name as Level) ? name as Level : checkOneOf(where, value, LEVELS);
}
