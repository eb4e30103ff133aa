/**
 * The logger without an adapter: bring your own runtime.
 *
 * Everything here runs on any runtime that {@linkcode Runtime} is written for; {@linkcode createLoggerFactory} makes
 * the `createLogger` of one.
 *
 * @module
 */
export * from "./api.ts";
export { createLoggerFactory } from "./logger.ts";
export { createConfigure } from "./named.ts";
export { runWithContext } from "./pipeline/ambient.ts";
export type {
  Access,
  AsyncStore,
  BackgroundCalls,
  Calls,
  Compressor,
  FileInfo,
  FileKind,
  FlushSignal,
  OpenOptions,
  OutputStream,
  Runtime,
  RuntimeFile,
  SlowCall,
} from "./runtime.ts";
