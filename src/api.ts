/**
 * What every entry point exports beside its `createLogger`.
 *
 * @module
 */
export { type BackendFactory, registerBackend } from "./backends/registry.ts";
export type { ConsoleLevels } from "./backends/console_methods.ts";
export type { ConsolePatch, PatchConsole, PatchConsoleOptions } from "./backends/patch_console.ts";
export type { SchemeContext } from "./backends/scheme.ts";
export type { Backend, BackendMetrics, Batch, Gather, Urgency } from "./backend.ts";
export type { BatchPart, CommitListener, Refusal } from "./dispatch/batch.ts";
export type { DestinationChanges, DestinationHandle } from "./dispatch/destinations.ts";
export type { DestinationInput, DestinationInputAt, UrlInput } from "./destination_input.ts";
export type {
  ByteSize,
  CircuitBreakerOptions,
  CommonDestinationOptions,
  ConsoleDestinationOptions,
  DestinationOptions,
  DestinationQueueOptions,
  Durability,
  Duration,
  DurationUnit,
  FileDestinationOptions,
  OptionsAt,
  RetryOptions,
  RotateOptions,
  SchemeOf,
  SchemeOptions,
} from "./destination_options.ts";
export {
  DestinationError,
  DiskFullError,
  HousekeepingError,
  LockTimeoutError,
  LockUnavailableError,
  SettingsMismatchError,
} from "./errors.ts";
export type { HousekeepingTask, SettingsDifferences } from "./errors.ts";
export type { RotationPeriod, RotationTimeZone } from "./file/period.ts";
export type { RotationNaming } from "./file/rotated_name.ts";
export type { Level, LevelThreshold } from "./level.ts";
export type {
  ChildOptions,
  CreateLogger,
  ErrorLogMethod,
  LazyMessage,
  Logger,
  LoggerDestinations,
  LogMethod,
  PlaceholderText,
  TextObject,
} from "./logger.ts";
export type { Fields, Filter, Formatter, Message, Middleware, Sampler } from "./message.ts";
export type {
  CircuitMetrics,
  CircuitState,
  DestinationHealth,
  DestinationMetrics,
  DropReasons,
  EpisodeMetrics,
  Health,
  HealthStatus,
  Metrics,
  PipelineMetrics,
  QueueMetrics,
} from "./metrics.ts";
export type { TlsDestinationOptions, TlsOptions } from "./backends/syslog/syslog_settings.ts";
export type { HistogramMetrics } from "./histogram.ts";
export type { StageMetrics } from "./pipeline/pipeline.ts";
export type { PipelineOptions } from "./pipeline/pipeline_options.ts";
export type { LoggerChanges, LoggerOptions, QueueOptions } from "./options.ts";
export type { Route } from "./pipeline/routes.ts";
export type { CompressionFormat } from "./runtime.ts";
export {
  type Configure,
  type ConfigureOptions,
  getLogger,
  type GetLoggerOptions,
  type NamedLevels,
  setLevels,
} from "./named.ts";
export type { Piece, PieceFactory, PieceKind, Pieces } from "./plugins/names.ts";
export type { LoadPlugin } from "./plugins/load_plugin.ts";
export type { Plugin, PluginContext } from "./plugins/plugin.ts";
export type { PluginHandle, UsePlugin } from "./plugins/use.ts";
export type { FieldSettings, FilterSettings } from "./settings/filter_settings.ts";
export type { FormatSettings } from "./settings/format_settings.ts";
export type { RegExpSettings } from "./settings/piece_settings.ts";
export type { PatternSettings, RedactSettings } from "./settings/redact_settings.ts";
export type { RouteSettings } from "./settings/route_settings.ts";
export type { ConsistentSettings, SamplerSettings } from "./settings/sampler_settings.ts";
export type { DestinationSettings, Settings, SettingsOptions } from "./settings/settings.ts";
export type { SettingsFromEnvironment, SettingsFromFile, SettingsFromObject } from "./settings/sources.ts";
export type { ConfigChange, ConfigWatch, WatchConfig, WatchConfigOptions } from "./settings/watch_config.ts";
export type { ContextProvider } from "./pipeline/ambient.ts";
export { openTelemetryContext } from "./pipeline/open_telemetry.ts";
export * as filter from "./pipeline/filters.ts";
export * as sample from "./pipeline/sample.ts";
export type { FieldCondition } from "./pipeline/filter_field.ts";
export type { LevelRange } from "./pipeline/filter_level.ts";
export type { MessageCondition } from "./pipeline/filter_message.ts";
export type { FieldPath } from "./pipeline/filter_support.ts";
export type { TimeWindow } from "./pipeline/filter_time.ts";
export type { LevelSamplers, PatternRule } from "./pipeline/sample_composite.ts";
export type { AdaptiveOptions } from "./pipeline/sample_limit.ts";
export type { ConsistentOptions } from "./pipeline/sample_random.ts";
export type { RandomOptions, RuleSampler, SamplerMetrics } from "./pipeline/sample_rule.ts";
export type { BurstOptions, TickOptions } from "./pipeline/sample_tick.ts";
export { type SuppressionOptions, SuppressionReport } from "./pipeline/sample_suppression.ts";
export { prometheusText } from "./prometheus.ts";
export type { SelfReportOptions } from "./reports.ts";
export type { Censor, CensorFunction, CustomPattern, HashCensor, RedactOptions } from "./redact/options.ts";
export { type PatternName, patternNames } from "./redact/pattern.ts";
export { redactText } from "./redact/redact_text.ts";
export { format, type Formats } from "./format/format.ts";
export { type ColorConditions, colorsWanted } from "./format/colors_wanted.ts";
export type { FormatName } from "./format/named_format.ts";
export type {
  ChainOptions,
  EcsFormatOptions,
  GelfFormatOptions,
  JsonFormatOptions,
  JsonLayoutOptions,
  PinoFormatOptions,
  ProcessOptions,
  SequenceOptions,
} from "./format/json_options.ts";
export type { LevelStyle } from "./format/json_layout.ts";
export type { TimeStyle } from "./format/time_style.ts";
export type { TextFormatOptions } from "./format/text_format.ts";
export type { LogfmtFormatOptions } from "./format/logfmt_format.ts";
export type { PrettyFormatOptions } from "./format/pretty_format.ts";
export { guard, recover, type Recovered, type RecoverLog, type RecoverOptions } from "./pipeline/recover.ts";
export type { Rethrown, RethrowOptions } from "./pipeline/recover.ts";
export { classSerializer } from "./pipeline/snapshot_options.ts";
export type {
  ClassSerializer,
  ErrorSnapshotOptions,
  Serializer,
  SnapshotOptions,
} from "./pipeline/snapshot_options.ts";
export type { StackFrame } from "./pipeline/stack_frames.ts";
