/** A writer in a Web Worker, see `writer_program.ts`. It says when it is done. */
import { run, type WriterConfig } from "./writer_program_run.ts";

const scope = globalThis as unknown as {
  onmessage: (event: { readonly data: WriterConfig }) => void;
  postMessage(message: unknown): void;
};

scope.onmessage = (event) => {
  run(event.data).then(() => scope.postMessage("done"));
};
