import { messageOf } from "../errors.ts";
import { fallbackLine, type LineFormat } from "../format/line_format.ts";
import { LEVEL_NUMBER } from "../level.ts";
import type { Message } from "../message.ts";
import type { Pipeline } from "../pipeline/pipeline.ts";
import type { Destination } from "./destination.ts";
import type { Queue } from "./queue.ts";

/** Takes every record of the queue through the pipeline to the destinations that want it. */
export function dispatch(queue: Queue, pipeline: Pipeline, destinations: readonly Destination[]): void {
  for (let index = 0; index < queue.length; index++) {
    if (pipeline.isEmpty) deliverRecord(queue, index, destinations);
    else {
      const message = pipeline.pass(queue.message(index));
      if (message !== undefined) deliverMessage(message, destinations);
    }
  }
}

/** Where nothing but formats wants to see a record no message object is made: they read the queue. */
function deliverRecord(queue: Queue, index: number, destinations: readonly Destination[]): void {
  const level = queue.levels[index] as number;
  const time = queue.times[index] as number;
  let format: LineFormat | undefined;
  let line = "";
  for (const destination of destinations) {
    if (!destination.enabled || level < destination.threshold) continue;
    if (!destination.pipeline.isEmpty) {
      deliverThrough(queue.message(index), destination);
      continue;
    }
    // Destinations of one format stand side by side, see Destinations.
    if (destination.format !== format) {
      try {
        line = destination.format.encode(queue, index);
      } catch (error) {
        formatFailed(destination, queue.message(index), error);
        continue;
      }
      format = destination.format;
    }
    destination.append(line, time);
  }
}

/** Takes a message to the destinations that want it. */
export function deliverMessage(message: Message, destinations: readonly Destination[]): void {
  const level = LEVEL_NUMBER[message.level];
  let format: LineFormat | undefined;
  let line = "";
  for (const destination of destinations) {
    if (!destination.enabled || level < destination.threshold) continue;
    if (!destination.pipeline.isEmpty) {
      deliverThrough(message, destination);
      continue;
    }
    if (destination.format !== format) {
      try {
        line = destination.format.format(message);
      } catch (error) {
        formatFailed(destination, message, error);
        continue;
      }
      format = destination.format;
    }
    destination.append(line, message.time);
  }
}

/** Takes a message through the pipeline of a destination's own. */
function deliverThrough(message: Message, destination: Destination): void {
  const passed = destination.pipeline.pass(message);
  if (passed === undefined) return;
  let line: string;
  try {
    line = destination.format.format(passed);
  } catch (error) {
    return formatFailed(destination, passed, error);
  }
  destination.append(line, passed.time);
}

/** A formatter of the program must not lose the record. */
function formatFailed(destination: Destination, message: Message, error: unknown): void {
  destination.reportError(`Cannot format a record for destination "${destination.name}": ${messageOf(error)}`, error);
  destination.append(fallbackLine(message, error), message.time);
}
