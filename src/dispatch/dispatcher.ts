import type { LineFormat } from "../format/line_format.ts";
import type { Message } from "../message.ts";
import type { Pipeline } from "../pipeline/pipeline.ts";
import type { Router } from "../pipeline/routes.ts";
import type { Destination } from "./destination.ts";
import { divert, type Refused } from "./fallback.ts";
import { Queue } from "./queue.ts";

/** The text of a record in the format that made it last: destinations of one format stand side by side, see Destinations. */
class LastText {
  format: LineFormat | undefined;
  text = "";
}

/** Takes every record of the queue through the pipeline to the destinations that want it. */
export function dispatch(
  queue: Queue,
  pipeline: Pipeline,
  destinations: readonly Destination[],
  router?: Router<Destination>,
): void {
  const last = new LastText();
  for (let index = 0; index < queue.length; index++) {
    if (pipeline.isEmpty && router === undefined) {
      deliver(queue, index, destinations, last);
      continue;
    }
    const message = queue.message(index);
    const passed = pipeline.pass(message);
    if (passed === undefined) continue;
    const chosen = router?.select(passed, destinations) ?? destinations;
    if (passed === message) deliver(queue, index, chosen, last);
    else {
      const { changed } = queue;
      changed.hold(passed);
      deliver(changed, 0, chosen, last);
      changed.clear();
    }
  }
}

/** Takes a message of the logger's own to the destinations that want it. */
export function deliverMessage(message: Message, destinations: readonly Destination[]): void {
  const queue = new Queue(1);
  queue.hold(message);
  deliver(queue, 0, destinations, new LastText());
}

/** Takes a record to the destinations that want it. Formats read it from the queue: no message object is made for them. */
function deliver(queue: Queue, index: number, destinations: readonly Destination[], last: LastText): void {
  const level = queue.levels[index] as number;
  last.format = undefined;
  let refused: Refused[] | undefined;
  for (const destination of destinations) {
    if (!destination.enabled || level < destination.threshold) continue;
    if (!destination.pipeline.isEmpty) {
      const message = passedUndelivered(queue, index, destination, last);
      if (message !== undefined) (refused ??= []).push({ destination, message });
      continue;
    }
    if (destination.isDiverting || !take(destination, queue, index, last)) {
      (refused ??= []).push({ destination, message: queue.message(index) });
    }
  }
  if (refused !== undefined) divert(refused, queue.message(index), destinations);
}

/** Has a destination take a record, as bytes where that can be done, else as text; `false` when it does not. */
function take(destination: Destination, queue: Queue, index: number, last: LastText): boolean {
  return written(destination, queue, index) ??
    destination.appendRecord(textOf(destination, queue, index, last), queue, index);
}

/** Writes a record as bytes where that can be done; what goes wrong goes wrong again with its text, and is told then. */
function written(destination: Destination, queue: Queue, index: number): boolean | undefined {
  try {
    return destination.writeRecord(queue, index);
  } catch {
    return undefined;
  }
}

function textOf(destination: Destination, queue: Queue, index: number, last: LastText): string {
  const { format } = destination;
  if (format === last.format) return last.text;
  try {
    const text = format.encode(queue, index);
    last.format = format;
    return last.text = text;
  } catch (error) {
    return destination.formatFailed(queue.message(index), error);
  }
}

/** Takes a record through the pipeline of a destination's own. Returns what passes but is not taken. */
function passedUndelivered(
  queue: Queue,
  index: number,
  destination: Destination,
  last: LastText,
): Message | undefined {
  const message = queue.message(index);
  const passed = destination.pipeline.pass(message);
  destination.passedLast = passed !== undefined;
  if (passed === undefined || destination.isDiverting) return passed;
  if (passed === message) return take(destination, queue, index, last) ? undefined : passed;
  const { changed } = queue;
  changed.hold(passed);
  const isDelivered = take(destination, changed, 0, new LastText());
  changed.clear();
  return isDelivered ? undefined : passed;
}
