import type { Runtime } from "../runtime.ts";
import type { Task } from "./task.ts";

/** Maintenances of a thread that go on together. */
const TOGETHER = 16;

/** How long, in milliseconds, none of them may end before one more is let in: the disk of one may hang. */
const PATIENCE = 100;

/**
 * The maintenances of a thread, of which few go on at a time, in the order in which they came: a program that begins a
 * thousand logs would otherwise begin a thousand maintenances at once, and have time and memory for nothing else.
 */
export class MaintenanceQueue {
  readonly #runtime: Runtime;
  readonly #waiting: Task<void>[] = [];
  /** Those that count, the first one first. */
  readonly #going = new Set<Task<void>>();
  #timer: unknown;
  #ended = 0;

  constructor(runtime: Runtime) {
    this.#runtime = runtime;
  }

  /** How many have ended: as long as that grows, those that wait come nearer to their turn. */
  get ended(): number {
    return this.#ended;
  }

  /** Starts a maintenance when it is its turn. */
  add(task: Task<void>): void {
    this.#waiting.push(task);
    const end = () => {
      this.#ended++;
      this.#going.delete(task);
      this.#startNext();
    };
    task.promise.then(end, end);
    this.#startNext();
  }

  #startNext(): void {
    this.#runtime.clearTimer(this.#timer);
    while (this.#going.size < TOGETHER) {
      const task = this.#waiting.shift();
      if (task === undefined) return;
      this.#going.add(task);
      task.start();
    }
    if (this.#waiting.length > 0) this.#timer = this.#runtime.setTimer(() => this.#letIn(), PATIENCE);
  }

  /** Does not count the one any more that began first. */
  #letIn(): void {
    for (const first of this.#going) {
      this.#going.delete(first);
      break;
    }
    this.#startNext();
  }
}

const queues = new WeakMap<Runtime, MaintenanceQueue>();

/** Returns the queue of this thread. */
export function maintenanceQueueOf(runtime: Runtime): MaintenanceQueue {
  let queue = queues.get(runtime);
  if (queue === undefined) queues.set(runtime, queue = new MaintenanceQueue(runtime));
  return queue;
}
