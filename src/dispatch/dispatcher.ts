import { fallbackLine, type LineFormat } from "../format/line_format.ts";
import { messageOf } from "../errors.ts";
import { type Level, LEVEL_NUMBER, LEVELS } from "../level.ts";
import type { Fields, Filter, Message, Middleware, Sampler } from "../message.ts";
import { snapshot } from "../pipeline/snapshot.ts";
import type { Destination } from "./destination.ts";
import type { Queue } from "./queue.ts";

/** What stands between the queue and the destinations. */
export interface Pipeline {
  readonly middleware: readonly Middleware[];
  readonly filters: readonly Filter[];
  readonly sampler: Sampler | undefined;
  /** Told of functions of the program that threw. */
  readonly report: (error: unknown) => void;
}

/** Takes every record of the queue through the pipeline to the destinations that want it. */
export function dispatch(queue: Queue, pipeline: Pipeline, destinations: readonly Destination[]): void {
  const { middleware, filters, sampler } = pipeline;
  const isPlain = middleware.length === 0 && filters.length === 0 && sampler === undefined &&
    destinations.every((destination) => destination.filters.length === 0);
  for (let index = 0; index < queue.length; index++) {
    if (isPlain) deliverRecord(queue, index, destinations);
    else {
      const message = passThrough(queue.message(index), pipeline);
      if (message !== undefined) deliverMessage(message, destinations);
    }
  }
}

/** Without filters and middleware no message object is made: the formats read the queue. */
function deliverRecord(queue: Queue, index: number, destinations: readonly Destination[]): void {
  const level = queue.levels[index] as number;
  let format: LineFormat | undefined;
  let line = "";
  for (const destination of destinations) {
    if (!destination.enabled || level < destination.threshold) continue;
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
    destination.append(line);
  }
}

function deliverMessage(message: Message, destinations: readonly Destination[]): void {
  const level = LEVEL_NUMBER[message.level];
  let format: LineFormat | undefined;
  let line = "";
  for (const destination of destinations) {
    if (!destination.enabled || level < destination.threshold || !isWanted(message, destination)) continue;
    if (destination.format !== format) {
      try {
        line = destination.format.format(message);
      } catch (error) {
        formatFailed(destination, message, error);
        continue;
      }
      format = destination.format;
    }
    destination.append(line);
  }
}

/** A formatter of the program must not lose the record. */
function formatFailed(destination: Destination, message: Message, error: unknown): void {
  destination.reportError(`Cannot format a record for destination "${destination.name}": ${messageOf(error)}`, error);
  destination.append(fallbackLine(message, error));
}

function passThrough(message: Message, { middleware, filters, sampler, report }: Pipeline): Message | undefined {
  let current = message;
  for (const change of middleware) {
    try {
      // A copy, so that one which changes it in place and then fails leaves the record as it was.
      const changed = change({ ...current });
      if (changed === undefined) return undefined;
      current = checkedMessage(changed);
    } catch (error) {
      report(error);
    }
  }
  for (const filter of filters) if (!ask(filter, current, report)) return undefined;
  return sampler === undefined || ask(sampler, current, report) ? current : undefined;
}

/** What a middleware returned, as plain as what the log calls leave in the queue; throws when it is no message. */
function checkedMessage(changed: unknown): Message {
  const { time, level, msg, fields } = Object(changed) as Partial<Message>;
  if (typeof time !== "number" || !LEVELS.includes(level as Level) || typeof msg !== "string") {
    throw new TypeError("Cannot use what the middleware returned: it is neither a message nor undefined");
  }
  const plain = fields === undefined ? undefined : snapshot(fields).value;
  const message = { time, level: level as Level, msg };
  return typeof plain === "object" && plain !== null ? { ...message, fields: plain as Fields } : message;
}

function isWanted(message: Message, destination: Destination): boolean {
  for (const filter of destination.filters) {
    const report = (error: unknown) =>
      destination.reportError(`Cannot filter for destination "${destination.name}": ${messageOf(error)}`, error);
    if (!ask(filter, message, report)) return false;
  }
  return true;
}

/** A filter that throws lets the record pass: rather one too many than one too few. */
function ask(filter: Filter, message: Message, report: (error: unknown) => void): boolean {
  try {
    return filter(message);
  } catch (error) {
    report(error);
    return true;
  }
}
