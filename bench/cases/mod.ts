import type { StartCase } from "./case.ts";

/** The cases by name; each is loaded only in the process that measures it. */
export const CASES = {
  caller: async () => (await import("./caller.ts")).startCaller,
  delivered: async () => (await import("./delivered.ts")).startDelivered,
  dispatcher: async () => (await import("./dispatcher.ts")).startDispatcher,
  writer: async () => (await import("./writer.ts")).startWriter,
  threads: async () => (await import("./threads.ts")).startThreads,
  steady: async () => (await import("./steady.ts")).startSteady,
  rotated: async () => (await import("./rotated.ts")).startRotated,
  files: async () => (await import("./files.ts")).startFiles,
  server: async () => (await import("./server.ts")).startServer,
} as const satisfies { readonly [name: string]: () => Promise<StartCase> };

/** Name of a case. */
export type CaseName = keyof typeof CASES;
