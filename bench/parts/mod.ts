import type { PartName } from "../results.ts";
import { measureCaller, measureDelivered, measureDispatcher, measureRotation, measureSteady } from "./cost.ts";
import { measureGrowth } from "./growth.ts";
import { measureLatency, measureLatencyRotation } from "./latency.ts";
import { measureMemory } from "./memory.ts";
import type { Measure } from "./part.ts";
import { measureSize, measureStartup } from "./startup.ts";
import { measureTogether } from "./together.ts";

/** What measures each part. */
export const MEASURES: { readonly [P in PartName]: Measure<P> } = {
  caller: measureCaller,
  dispatcher: measureDispatcher,
  delivered: measureDelivered,
  together: measureTogether,
  rotation: measureRotation,
  steady: measureSteady,
  latency: measureLatency,
  "latency-rotation": measureLatencyRotation,
  startup: measureStartup,
  size: measureSize,
  memory: measureMemory,
  growth: measureGrowth,
};
