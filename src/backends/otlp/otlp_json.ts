/**
 * The messages of OTLP in their JSON form, as far as this library writes them (opentelemetry-proto 1.9: common/v1,
 * logs/v1, resource/v1).
 *
 * @module
 */

/** `AnyValue`: one of these, or none. */
export interface AnyValueJson {
  readonly stringValue?: string;
  readonly boolValue?: boolean;
  /** A decimal number. */
  readonly intValue?: string;
  /** Finite. */
  readonly doubleValue?: number;
  readonly arrayValue?: { readonly values: readonly AnyValueJson[] };
  readonly kvlistValue?: { readonly values: readonly KeyValueJson[] };
  /** Base64. */
  readonly bytesValue?: string;
}

/** `KeyValue`. */
export interface KeyValueJson {
  readonly key: string;
  readonly value: AnyValueJson;
}

/** `LogRecord`. */
export interface LogRecordJson {
  readonly timeUnixNano: string;
  readonly observedTimeUnixNano: string;
  readonly severityNumber?: number;
  readonly severityText?: string;
  readonly body: AnyValueJson;
  readonly attributes: readonly KeyValueJson[];
  readonly droppedAttributesCount?: number;
  readonly flags?: number;
  /** Hexadecimal. */
  readonly traceId?: string;
  /** Hexadecimal. */
  readonly spanId?: string;
}

/** What has made a record (`InstrumentationScope`). */
export interface ScopeJson {
  /** Its name. */
  readonly name: string;
  /** Its version. */
  readonly version?: string;
  readonly attributes?: readonly KeyValueJson[];
}
