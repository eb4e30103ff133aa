import type { LineFormat } from "../format/line_format.ts";
import { LEVEL_NUMBER } from "../level.ts";
import type { Message } from "../message.ts";
import type { Pipeline } from "../pipeline/pipeline.ts";
import type { Router } from "../pipeline/routes.ts";
import type { Destination } from "./destination.ts";
import { divert, type Refused } from "./fallback.ts";
import type { Queue } from "./queue.ts";

/** Takes every record of the queue through the pipeline to the destinations that want it. */
export function dispatch(
  queue: Queue,
  pipeline: Pipeline,
  destinations: readonly Destination[],
  router?: Router<Destination>,
): void {
  for (let index = 0; index < queue.length; index++) {
    if (pipeline.isEmpty && router === undefined) deliverRecord(queue, index, destinations);
    else {
      const message = pipeline.pass(queue.message(index));
      if (message !== undefined) deliverMessage(message, router?.select(message, destinations) ?? destinations);
    }
  }
}

/** Where nothing but formats wants to see a record no message object is made: they read the queue. */
function deliverRecord(queue: Queue, index: number, destinations: readonly Destination[]): void {
  const level = queue.levels[index] as number;
  let format: LineFormat | undefined;
  let line = "";
  let refused: Refused[] | undefined;
  for (const destination of destinations) {
    if (!destination.enabled || level < destination.threshold) continue;
    if (!destination.pipeline.isEmpty) {
      const message = passedUndelivered(queue.message(index), destination);
      if (message !== undefined) (refused ??= []).push({ destination, message });
      continue;
    }
    if (destination.isDiverting) {
      (refused ??= []).push({ destination, message: queue.message(index) });
      continue;
    }
    const taken = written(destination, queue, index);
    if (taken === true) continue;
    if (taken === false) {
      (refused ??= []).push({ destination, message: queue.message(index) });
      continue;
    }
    // Destinations of one format stand side by side, see Destinations.
    let own = line;
    if (destination.format !== format) {
      try {
        own = line = destination.format.encode(queue, index);
        format = destination.format;
      } catch (error) {
        own = destination.formatFailed(queue.message(index), error);
      }
    }
    if (!destination.appendRecord(own, queue, index)) {
      (refused ??= []).push({ destination, message: queue.message(index) });
    }
  }
  if (refused !== undefined) divert(refused, queue.message(index), destinations);
}

/** Writes a record as bytes where that can be done; what goes wrong goes wrong again with its text, and is told then. */
function written(destination: Destination, queue: Queue, index: number): boolean | undefined {
  try {
    return destination.writeRecord(queue, index);
  } catch {
    return undefined;
  }
}

/** Takes a message to the destinations that want it. */
export function deliverMessage(message: Message, destinations: readonly Destination[]): void {
  const level = LEVEL_NUMBER[message.level];
  let format: LineFormat | undefined;
  let line = "";
  let refused: Refused[] | undefined;
  for (const destination of destinations) {
    if (!destination.enabled || level < destination.threshold) continue;
    if (!destination.pipeline.isEmpty) {
      const passed = passedUndelivered(message, destination);
      if (passed !== undefined) (refused ??= []).push({ destination, message: passed });
      continue;
    }
    if (destination.isDiverting) {
      (refused ??= []).push({ destination, message });
      continue;
    }
    let own = line;
    if (destination.format !== format) {
      try {
        own = line = destination.format.format(message);
        format = destination.format;
      } catch (error) {
        own = destination.formatFailed(message, error);
      }
    }
    if (!destination.append(own, message)) (refused ??= []).push({ destination, message });
  }
  if (refused !== undefined) divert(refused, message, destinations);
}

/** Takes a message through the pipeline of a destination's own. Returns what passes but is not taken. */
function passedUndelivered(message: Message, destination: Destination): Message | undefined {
  const passed = destination.pipeline.pass(message);
  destination.passedLast = passed !== undefined;
  if (passed === undefined) return undefined;
  return !destination.isDiverting && destination.append(destination.lineOf(passed), passed) ? undefined : passed;
}
