/**
 * A thread of {@linkcode startThreads}: each message is the options of a round, each answer says that it is done.
 *
 * @module
 */
import { parentPort, workerData } from "node:worker_threads";
import type { CaseOptions, RoundOptions } from "./case.ts";
import { startWriter } from "./writer.ts";

const writer = await startWriter(workerData as CaseOptions);
parentPort?.on("message", async (options: RoundOptions) => parentPort?.postMessage(await writer.round(options)));
parentPort?.postMessage("ready");
