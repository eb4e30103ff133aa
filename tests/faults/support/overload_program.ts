/**
 * Logs more than its destinations take, all of which are dead, each in a way of its own, and prints after the records of
 * each second how much memory that takes: `rss SECOND BYTES PENDING DROPPED`.
 *
 * @module
 */
import process from "node:process";
import { createLogger } from "../../../mod.ts";

/** How to overload. Must survive JSON. */
export interface OverloadConfig {
  readonly id: string;
  readonly seconds: number;
  readonly perSecond: number;
  /** Bytes that each destination may keep. */
  readonly maxBytes: number;
}

/** Milliseconds between two bursts. */
const TICK = 10;

/** Bursts in a second at the least: one that made up for a long stall at once would take memory of its own. */
const LEAST_BURSTS = 20;

const { seconds, perSecond, maxBytes } = JSON.parse(process.argv[2] as string) as OverloadConfig;

let errors = 0;
const log = createLogger({
  destinations: [
    {
      name: "rejects",
      backend: { supportsAtomic: false, write: () => Promise.reject(new Error("refused")) },
    },
    { name: "hangs", backend: { supportsAtomic: false, write: () => new Promise<void>(() => {}) } },
    {
      name: "slow",
      backend: { supportsAtomic: false, write: () => new Promise<void>((done) => setTimeout(done, 1_000)) },
    },
    // Never takes a byte: ENOSPC.
    { name: "full", uri: "/dev/full", lock: "none" },
  ],
  queue: { maxBytes },
  onError: () => void errors++,
});

const start = performance.now();
let logged = 0;
let told = 0;
const timer = setInterval(() => {
  const elapsed = (performance.now() - start) / 1_000;
  const due = Math.min(elapsed * perSecond, logged + perSecond / LEAST_BURSTS, (told + 1) * perSecond);
  for (; logged < due; logged++) {
    log.info("a record that nobody takes", {
      n: logged,
      path: "/orders/" + logged,
      user: { id: logged % 977, roles: ["buyer", "tester"] },
      took: logged / 7,
    });
  }
  if (logged < (told + 1) * perSecond) return;
  told++;
  const { destinations, dropped } = log.metrics();
  const pending = destinations.reduce((sum, { pending }) => sum + pending, 0);
  console.log(`rss ${told} ${process.memoryUsage.rss()} ${pending} ${dropped}`);
  if (told < seconds) return;
  clearInterval(timer);
  console.log(`logged ${logged} errors ${errors}`);
  process.exit(0);
}, TICK);
