/** Upper bounds of the buckets, in milliseconds. */
const BOUNDS: readonly number[] = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 60_000];

/** Counts of durations by size. */
export interface HistogramMetrics {
  /** How many were counted. */
  readonly count: number;
  /** Their sum, in milliseconds. */
  readonly sum: number;
  /** The largest, in milliseconds. */
  readonly max: number;
  /** How many were at most so many milliseconds long: cumulative, as in Prometheus; the last bound is Infinity. */
  readonly buckets: readonly { readonly le: number; readonly count: number }[];
}

/** A histogram of durations with fixed buckets. */
export class Histogram {
  readonly #counts = new Float64Array(BOUNDS.length + 1);
  #count = 0;
  #sum = 0;
  #max = 0;

  /** Counts a duration, `times` times. */
  add(milliseconds: number, times: number): void {
    const value = milliseconds > 0 ? milliseconds : 0;
    let bucket = 0;
    while (bucket < BOUNDS.length && value > (BOUNDS[bucket] as number)) bucket++;
    (this.#counts[bucket] as number) += times;
    this.#count += times;
    this.#sum += value * times;
    if (value > this.#max) this.#max = value;
  }

  /** The counts so far. */
  metrics(): HistogramMetrics {
    let sum = 0;
    const buckets = [...BOUNDS, Infinity].map((le, index) => ({ le, count: sum += this.#counts[index] as number }));
    return { count: this.#count, sum: this.#sum, max: this.#max, buckets };
  }
}

/** Records of one time. */
interface TimeRun {
  readonly time: number;
  count: number;
}

const NO_RUN: TimeRun = { time: NaN, count: 0 };

/** Times of records that are on their way, run by run: most records of a batch are made in the same few milliseconds. */
export class TimeRuns {
  #runs: TimeRun[] = [];
  #head = 0;
  /** The run that was added last, unless all are taken out. */
  #last = NO_RUN;

  /** Adds a record. */
  push(time: number): void {
    if (time === this.#last.time) this.#last.count++;
    else this.#runs.push(this.#last = { time, count: 1 });
  }

  /** Takes the oldest `count` records out, run by run. */
  take(count: number, each: (time: number, count: number) => void): void {
    for (let left = count; left > 0 && this.#head < this.#runs.length;) {
      const run = this.#runs[this.#head] as TimeRun;
      const taken = Math.min(left, run.count);
      each(run.time, taken);
      left -= taken;
      run.count -= taken;
      if (run.count === 0) this.#head++;
    }
    if (this.#head === this.#runs.length) {
      this.#runs = [];
      this.#head = 0;
      this.#last = NO_RUN;
    } else if (this.#head > 1_000) {
      this.#runs.splice(0, this.#head);
      this.#head = 0;
    }
  }
}
