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
export { createLoadPlugin, type ModuleLoader } from "./plugins/load_plugin.ts";
export { createUse } from "./plugins/use.ts";
export { createSettingsFromEnvironment, createSettingsFromFile, createSettingsFromObject } from "./settings/sources.ts";
export { createWatchConfig } from "./settings/watch_config.ts";
export { createVerifyLog, type VerifyLog } from "./verify/verify_log.ts";
export type { Decompress } from "./verify/read_piece.ts";
export type { StreamAnchor, VerifyOptions } from "./verify/verify_options.ts";
export type {
  CutOff,
  LogFileReport,
  LogFragment,
  LogGap,
  LogPlace,
  LogReport,
  LogTotals,
  RecordPlace,
  StreamReport,
} from "./verify/report.ts";
export { runWithContext } from "./pipeline/ambient.ts";
export type {
  Access,
  AsyncStore,
  BackgroundCalls,
  BackgroundOutput,
  Calls,
  Compressor,
  FileInfo,
  FileKind,
  FlushSignal,
  OpenOptions,
  OutputStream,
  Owner,
  Runtime,
  RuntimeFile,
  SlowCall,
} from "./runtime.ts";
export type {
  Connection,
  ConnectionEvents,
  DatagramSocket,
  Network,
  StreamTarget,
  TlsSettings,
  UdpTarget,
} from "./network.ts";
