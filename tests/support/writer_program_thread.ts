/** A writer in a worker of `node:worker_threads`, see `writer_program.ts`. */
import { workerData } from "node:worker_threads";
import { run, type WriterConfig } from "./writer_program_run.ts";

await run(workerData as WriterConfig);
