import type { OtlpOptions } from "../backends/otlp/otlp_options.ts";
import type { DestinationOptions, Duration } from "../destination_options.ts";
import type { LevelThreshold } from "../level.ts";
import type { ConfigureOptions, NamedLevels } from "../named.ts";
import type { QueueOptions } from "../options.ts";
import type { SnapshotOptions } from "../pipeline/snapshot_options.ts";
import type { SuppressionOptions } from "../pipeline/sample_suppression.ts";
import type { SelfReportOptions } from "../reports.ts";
import type { FilterSettings } from "./filter_settings.ts";
import type { FormatSettings } from "./format_settings.ts";
import type { RedactSettings } from "./redact_settings.ts";
import type { RouteSettings } from "./route_settings.ts";
import type { SamplerSettings } from "./sampler_settings.ts";

/**
 * The options of a logger as plain data, the way they stand in a JSON file. Everything can be left out. Nothing in them
 * is code, and nothing in them makes the library load any: names that plugins bring are known only after the program
 * has taken the plugins into use.
 *
 * ```json
 * {
 *   "level": "info",
 *   "levels": { "db.*": "debug", "http": "off" },
 *   "fields": { "service": "api" },
 *   "destinations": [
 *     { "uri": "app.log", "rotate": { "maxBytes": "10MB", "maxFiles": 7 } },
 *     { "uri": "stderr:", "level": "error", "filters": [{ "not": { "field": { "path": "bot", "equals": true } } }] }
 *   ],
 *   "sampler": { "except": { "exempt": "error", "sampler": { "random": 0.1 } } },
 *   "redact": { "keys": ["password"], "patterns": ["credit-card"] }
 * }
 * ```
 */
export interface Settings {
  /** Level from which on records are taken. */
  readonly level?: LevelThreshold;
  /** Levels of named loggers; for `configure` and `watchConfig`. */
  readonly levels?: NamedLevels;
  /** Fields on every record. */
  readonly fields?: { readonly [name: string]: unknown };
  /** Where records go; at least one. */
  readonly destinations?: readonly (string | DestinationSettings)[];
  /** Format of the destinations that name none. */
  readonly format?: FormatSettings;
  /** Decide which records go on; all must agree. */
  readonly filters?: readonly FilterSettings[];
  /** Decides which of many records go on. */
  readonly sampler?: SamplerSettings;
  /** Lead records to some of the destinations. */
  readonly routes?: readonly RouteSettings[];
  /** What is not to be seen in the log. */
  readonly redact?: RedactSettings;
  /** How values are copied: limits, and what is logged of errors. */
  readonly serialize?: Omit<SnapshotOptions, "serializers" | "classes">;
  /** How much may wait in memory. */
  readonly queue?: QueueOptions;
  /** How long a record may wait for company. */
  readonly flushInterval?: Duration;
  /** Flushes on signals before they take their default action. */
  readonly flushOnSignal?: boolean;
  /** How long closing waits for a destination that does not answer. */
  readonly closeTimeout?: Duration;
  /** Sums up in the log what the sampler left out. */
  readonly suppression?: boolean | SuppressionOptions;
  /** Puts the metrics of the logger into its log. */
  readonly selfReport?: boolean | SelfReportOptions;
}

/** A destination as plain data; registered schemes may have further options. */
export interface DestinationSettings extends
  Pick<
    DestinationOptions,
    | "name"
    | "level"
    | "enabled"
    | "queue"
    | "retry"
    | "circuitBreaker"
    | "closeTimeout"
    | "rotate"
    | "mode"
    | "lock"
    | "lockTimeout"
    | "minFreeBytes"
    | "tls"
    | "durability"
    | "stderrFrom"
  > {
  /** A path, or a URI. */
  readonly uri: string;
  /** Format of a record. */
  readonly format?: FormatSettings;
  /** What an OTLP server is told, and what of it; see `@omni/log/otlp`. */
  readonly otlp?: Omit<OtlpOptions, "fetch">;
  /** Decide which records it takes; all must agree. */
  readonly filters?: readonly FilterSettings[];
  /** Decides which of many records it takes. */
  readonly sampler?: SamplerSettings;
  /** What is not to be seen in it. */
  readonly redact?: RedactSettings;
  /** Where records go while it fails: the name of another destination, or one that takes nothing else. */
  readonly fallback?: string | DestinationSettings | readonly (string | DestinationSettings)[];
}

/**
 * Options made of settings, for `configure({ ...settings })`, and for `createLogger` as well unless there are `levels`
 * among them. What the settings do not mention is absent.
 */
export type SettingsOptions = Partial<ConfigureOptions>;
