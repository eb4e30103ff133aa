/**
 * Records that the logger makes of itself: what its sampler left out, and its metrics.
 *
 * @module
 */
import type { Duration } from "./destination_options.ts";
import { checkLevel, type Level } from "./level.ts";
import type { Message } from "./message.ts";
import type { Metrics } from "./metrics.ts";
import type { RuleSampler } from "./pipeline/sample_rule.ts";
import { type SuppressionOptions, SuppressionReport } from "./pipeline/sample_suppression.ts";
import type { Runtime } from "./runtime.ts";
import { checkDuration, checkObject } from "./validate.ts";

/** How a logger reports its metrics in the log itself. */
export interface SelfReportOptions {
  /** How often. @default "1m" */
  readonly interval?: Duration;
  /** Level of the records. @default "info" */
  readonly level?: Level;
}

/** The options of both, checked. */
export interface ReportSettings {
  readonly suppression: SuppressionOptions | undefined;
  readonly selfReport: { readonly interval: number; readonly level: Level } | undefined;
}

const SELF_REPORT_KEYS: ReadonlySet<string> = new Set(["interval", "level"]);

/** Checks `suppression` and `selfReport`. */
export function checkReports(suppression: unknown, selfReport: unknown): ReportSettings {
  const orDefaults = (value: unknown) => (value === true ? {} : value === false ? undefined : value);
  const left = orDefaults(suppression) as SuppressionOptions | undefined;
  if (left !== undefined) new SuppressionReport(left);
  const own = orDefaults(selfReport) as SelfReportOptions | undefined;
  if (own === undefined) return { suppression: left, selfReport: undefined };
  checkObject("selfReport", own, SELF_REPORT_KEYS);
  const { interval = 60_000, level = "info" } = own;
  return {
    suppression: left,
    selfReport: {
      interval: checkDuration("selfReport.interval", interval, 1),
      level: checkLevel("selfReport.level", level),
    },
  };
}

/** What the reports need of their logger. */
interface Reporter {
  readonly metrics: () => Metrics;
  readonly sampler: () => RuleSampler | undefined;
  readonly deliver: (message: Message) => void;
}

/** Makes the reports of a logger when they are due. */
export class Reports {
  readonly #runtime: Runtime;
  readonly #reporter: Reporter;
  readonly #selfReport: ReportSettings["selfReport"];
  readonly #suppression: SuppressionReport | undefined;
  #selfTimer: unknown;
  #suppressionTimer: unknown;

  constructor(runtime: Runtime, settings: ReportSettings, reporter: Reporter) {
    this.#runtime = runtime;
    this.#reporter = reporter;
    this.#selfReport = settings.selfReport;
    this.#suppression = settings.suppression === undefined ? undefined : new SuppressionReport(settings.suppression);
    this.#suppression?.take(runtime.now(), []);
    this.#scheduleSelf();
  }

  /** Called after each turn: sees to it that what was left out will be reported in time. */
  afterTurn(): void {
    if (this.#suppression === undefined || this.#suppressionTimer !== undefined) return;
    if (this.#reporter.sampler()?.metrics().some(({ rejected }) => rejected > 0) !== true) return;
    this.#suppressionTimer = this.#runtime.setTimer(() => {
      this.#suppressionTimer = undefined;
      // The timer has decided that it is due: by the clock it might be a moment too early, and nobody would ask again.
      this.flush();
    }, Math.max(1, this.#suppression.untilDue(this.#runtime.now())));
  }

  /** Reports what was left out since the last report: when that is due, and before another sampler takes the place. */
  flush(): void {
    const sampler = this.#reporter.sampler();
    if (this.#suppression === undefined || sampler === undefined) return;
    for (const message of this.#suppression.flush(this.#runtime.now(), sampler.metrics())) {
      this.#reporter.deliver(message);
    }
  }

  /** Makes the last reports and stops. */
  close(): void {
    this.#runtime.clearTimer(this.#selfTimer);
    this.#runtime.clearTimer(this.#suppressionTimer);
    this.flush();
  }

  #scheduleSelf(): void {
    const report = this.#selfReport;
    if (report === undefined) return;
    this.#selfTimer = this.#runtime.setTimer(() => {
      const { metrics, deliver } = this.#reporter;
      const { logged, dropped, errors, queue, destinations } = metrics();
      const fields = {
        logged,
        dropped,
        errors,
        queue,
        destinations: destinations.map((
          { name, written, bytes, dropped, diverted, pending, errors, rotations, circuit },
        ) => ({
          name,
          written,
          bytes,
          dropped,
          diverted,
          pending,
          errors,
          rotations,
          circuit: circuit.state,
        })),
      };
      deliver({ time: this.#runtime.now(), level: report.level, msg: "log metrics", fields });
      this.#scheduleSelf();
    }, report.interval);
  }
}
