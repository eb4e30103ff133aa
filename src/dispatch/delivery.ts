import type { DestinationOptions } from "../destination_options.ts";
import { checkByteSize, checkDuration, checkInteger, checkObject, checkOneOf } from "../validate.ts";
import type { CircuitSettings } from "./circuit.ts";

/** How a destination keeps and delivers its records, checked. */
export interface Delivery {
  /** Bytes that may wait. */
  readonly maxBytes: number;
  /** What happens to a record that finds no room. */
  readonly overflow: "drop" | "block";
  /** How long, in milliseconds, `close` waits for it. */
  readonly closeTimeout: number;
  readonly circuit: CircuitSettings;
}

/** What the logger says of all its destinations. */
export type DeliveryDefaults = Omit<Delivery, "circuit">;

/** Options of every destination that are about delivery. */
export const DELIVERY_KEYS = ["fallback", "queue", "retry", "circuitBreaker", "closeTimeout"] as const;

/** How long, in milliseconds, `close` waits for a destination unless it is told otherwise. */
export const CLOSE_TIMEOUT = 10_000;

const QUEUE_KEYS: ReadonlySet<string> = new Set(["maxBytes", "overflow"]);
const RETRY_KEYS: ReadonlySet<string> = new Set(["firstPause", "lastPause"]);
const CIRCUIT_KEYS: ReadonlySet<string> = new Set(["failures", "pause"]);
const FIRST_PAUSE = 50;
const LAST_PAUSE = 5_000;
const FAILURES = 5;

/** Longest interval that a timer of any runtime keeps to: 2^31 - 1 milliseconds. */
const LONGEST_TIMER = 2_147_483_647;

/** Checks a duration that a timer is to measure; one that is longer than it can is as good as the longest. */
function checkTimer(where: string, value: unknown, min = 1): number {
  return Math.min(LONGEST_TIMER, checkDuration(where, value, min));
}

/** Checks the option `closeTimeout`: `Infinity` stands for ever. */
export function checkCloseTimeout(where: string, value: unknown): number {
  return value === Infinity ? Infinity : checkTimer(where, value);
}

/** Checks the options of a destination that are about delivery. */
export function checkDelivery(where: string, options: DestinationOptions, defaults: DeliveryDefaults): Delivery {
  const { queue = {}, retry = {}, circuitBreaker = {}, closeTimeout = defaults.closeTimeout } = options;
  checkObject(`${where}.queue`, queue, QUEUE_KEYS);
  checkObject(`${where}.retry`, retry, RETRY_KEYS);
  checkObject(`${where}.circuitBreaker`, circuitBreaker, CIRCUIT_KEYS);
  const firstPause = checkTimer(`${where}.retry.firstPause`, retry.firstPause ?? FIRST_PAUSE);
  const lastPause = retry.lastPause ?? Math.max(LAST_PAUSE, firstPause);
  const { failures = FAILURES, pause } = circuitBreaker;
  return {
    maxBytes: checkByteSize(`${where}.queue.maxBytes`, queue.maxBytes ?? defaults.maxBytes, 1),
    overflow: checkOneOf(`${where}.queue.overflow`, queue.overflow ?? defaults.overflow, ["drop", "block"]),
    closeTimeout: checkCloseTimeout(`${where}.closeTimeout`, closeTimeout),
    circuit: {
      firstPause,
      lastPause: checkTimer(`${where}.retry.lastPause`, lastPause, firstPause),
      failures: checkInteger(`${where}.circuitBreaker.failures`, failures, 1, Infinity),
      openPause: pause === undefined ? undefined : checkTimer(`${where}.circuitBreaker.pause`, pause),
    },
  };
}
