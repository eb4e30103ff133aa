import { startCaller } from "./caller.ts";
import type { StartCase } from "./case.ts";
import { startDelivered } from "./delivered.ts";
import { startDispatcher } from "./dispatcher.ts";
import { startSharedFile } from "./shared_file.ts";

/** Name of a case. */
export type CaseName = "caller" | "dispatcher" | "delivered" | "sharedFile";

/** The cases by name. */
export const CASES: { readonly [K in CaseName]: StartCase } = {
  caller: startCaller,
  dispatcher: startDispatcher,
  delivered: startDelivered,
  sharedFile: startSharedFile,
};
