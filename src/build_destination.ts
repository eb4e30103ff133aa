import type { Backend } from "./backend.ts";
import { ConsoleBackend } from "./backends/console_backend.ts";
import { knownSchemes, registeredBackend } from "./backends/registry.ts";
import type { DestinationOptions } from "./destination_options.ts";
import type { DestinationParts } from "./dispatch/destination.ts";
import { FileBackend } from "./file/file_backend.ts";
import { fileSettings, pathOfFileUri } from "./file/file_options.ts";
import { colorsWanted } from "./format/colors_wanted.ts";
import { lineFormatOf } from "./format/formatter.ts";
import { CustomFormat, type LineFormat } from "./format/line_format.ts";
import { FORMAT_NAMES, type FormatName, namedFormat } from "./format/named_format.ts";
import { checkThreshold, LEVEL_NUMBER } from "./level.ts";
import type { Formatter } from "./message.ts";
import { namedPiece, pieceNames } from "./plugins/names.ts";
import { checkPipeline, PIPELINE_KEYS } from "./pipeline/pipeline_options.ts";
import type { Runtime } from "./runtime.ts";
import { checkBoolean, checkObject, checkOneOf, checkText, show } from "./validate.ts";

const COMMON_KEYS = ["uri", "name", "level", "enabled", "format", ...PIPELINE_KEYS];
const CONSOLE_KEYS: ReadonlySet<string> = new Set(COMMON_KEYS);
const FILE_KEYS: ReadonlySet<string> = new Set([...COMMON_KEYS, "rotate", "mode", "lock", "lockTimeout"]);

/** What {@linkcode buildDestination} needs to know beside the options. */
export interface BuildContext {
  /** Where the options stand, for error messages. @default "destination" */
  readonly where?: string;
  /** Told of errors that concern no batch. */
  readonly onError: (error: never) => void;
  /** Whether another destination has a name already. */
  readonly isTaken: (name: string) => boolean;
}

/** What a scheme makes of a destination. */
interface Scheme {
  readonly backend: () => Backend;
  /** The format where the destination names none. */
  readonly format: "json" | "pretty";
  /** Whether a person reads it, on a terminal. */
  readonly terminal: boolean;
  /** Whether a record may take several lines. */
  readonly multiline: boolean;
  /** Columns of the terminal. */
  readonly columns?: () => number;
}

/** What a destination is made of; its backend is not made yet. */
type DestinationPlan = Omit<DestinationParts, "maxBytes" | "overflow" | "report" | "backend"> & {
  readonly backend: () => Backend;
};

/** Checks the options of a destination and makes what it is made of. */
export function buildDestination(
  runtime: Runtime,
  input: string | DestinationOptions,
  context: BuildContext,
): Omit<DestinationParts, "maxBytes" | "overflow" | "report"> {
  const plan = planDestination(runtime, input, context);
  return { ...plan, backend: plan.backend() };
}

/** Checks the options of a destination without making a backend. */
export function planDestination(
  runtime: Runtime,
  input: string | DestinationOptions,
  context: BuildContext,
): DestinationPlan {
  const where = context.where ?? "destination";
  if (typeof input !== "string") checkObject(where, input, undefined);
  const options: DestinationOptions = typeof input === "string" ? { uri: input } : input;
  const uri = options.uri === undefined && options.backend !== undefined
    ? "backend:"
    : checkText(`${where}.uri`, options.uri);
  if (uri.includes("\0")) throw new RangeError(`Cannot use option "${where}.uri": it contains a NUL character`);
  const { level = "trace", enabled = true } = options;
  const pipeline = checkPipeline(`${where}.`, options);
  const threshold = checkThreshold(`${where}.level`, level);
  checkBoolean(`${where}.enabled`, enabled);
  const scheme = options.backend === undefined
    ? resolveScheme(runtime, uri, options, where, context)
    : givenBackend(options.backend, `${where}.backend`);
  const format = buildFormat(
    runtime,
    `${where}.format`,
    options.format === undefined ? scheme.format : options.format,
    scheme,
  );
  return {
    name: freeName(
      options.name === undefined ? uri : checkText(`${where}.name`, options.name),
      options,
      where,
      context,
    ),
    level: threshold === LEVEL_NUMBER.off ? "off" : level,
    enabled,
    pipeline,
    format,
    backend: scheme.backend,
  };
}

function freeName(name: string, options: DestinationOptions, where: string, { isTaken }: BuildContext): string {
  if (!isTaken(name)) return name;
  if (options.name !== undefined) throw new RangeError(`Cannot use option "${where}.name": ${show(name)} is taken`);
  let number = 2;
  while (isTaken(`${name}#${number}`)) number++;
  return `${name}#${number}`;
}

/** A backend that the program has made itself. */
function givenBackend(backend: Backend, where: string): Scheme {
  if (typeof backend?.write !== "function") {
    throw new TypeError(`Cannot use option "${where}": expected a backend with a write method, got ${show(backend)}`);
  }
  return { backend: () => backend, format: "json", terminal: false, multiline: false };
}

function resolveScheme(
  runtime: Runtime,
  uri: string,
  options: DestinationOptions,
  where: string,
  { onError }: BuildContext,
): Scheme {
  const scheme = /^([a-zA-Z][a-zA-Z0-9+.-]+):/.exec(uri)?.[1]?.toLowerCase();
  if (scheme === undefined || scheme === "file") {
    checkObject(where, options, FILE_KEYS);
    const path = runtime.absolutePath(scheme === undefined ? uri : pathOfFileUri(uri, where));
    const settings = fileSettings(runtime, options, where);
    const backend = () => new FileBackend(runtime, path, { ...settings, onError: onError as (error: unknown) => void });
    return { backend, format: "json", terminal: false, multiline: false };
  }
  if (scheme === "stdout" || scheme === "stderr") {
    checkObject(where, options, CONSOLE_KEYS);
    if (uri.length > scheme.length + 1) {
      throw new RangeError(`Cannot use option "${where}.uri": nothing may follow "${scheme}:", got ${show(uri)}`);
    }
    const stream = runtime.output(scheme);
    const terminal = stream.isTerminal;
    return {
      backend: () => new ConsoleBackend(runtime, stream),
      format: terminal ? "pretty" : "json",
      terminal,
      multiline: true,
      columns: () => stream.columns() ?? 80,
    };
  }
  const factory = registeredBackend(scheme);
  if (factory === undefined) {
    throw new TypeError(
      `Cannot use option "${where}.uri": unknown scheme "${scheme}:" in ${show(uri)}; known are ${
        knownSchemes().map((known) => `"${known}:"`).join(", ")
      }; a path with a colon is written "./${uri}"`,
    );
  }
  let url: URL;
  try {
    url = new URL(uri);
  } catch {
    throw new TypeError(`Cannot use option "${where}.uri": ${show(uri)} is not a valid URI`);
  }
  const backend = () => {
    const made = factory(url, options);
    if (typeof made?.write === "function") return made;
    throw new TypeError(
      `Cannot use option "${where}.uri": the backend registered for "${scheme}:" has no write method`,
    );
  };
  return { backend, format: "json", terminal: false, multiline: false };
}

function buildFormat(runtime: Runtime, where: string, format: unknown, scheme: Scheme): LineFormat {
  const names: readonly string[] = pieceNames("formatter");
  if (typeof format === "string" && names.includes(format)) {
    return buildFormat(runtime, where, namedPiece("formatter", format, { where }), scheme);
  }
  let line: LineFormat | undefined;
  if (typeof format === "function") {
    line = lineFormatOf(format as Formatter);
    if (line === undefined) return new CustomFormat(format as Formatter, { multiline: scheme.multiline });
  } else {
    const name = checkOneOf(where, format, [...FORMAT_NAMES, ...names]) as FormatName;
    line = namedFormat(name, {
      pid: runtime.pid,
      hostname: runtime.hostname(),
      colors: scheme.multiline && colorsWanted({ isTerminal: scheme.terminal, env: colorVariables(runtime) }),
      width: scheme.columns,
    });
  }
  return scheme.multiline ? line : line.oneLine ?? line;
}

function colorVariables(runtime: Runtime): Record<string, string | undefined> {
  return Object.fromEntries(["FORCE_COLOR", "NO_COLOR", "TERM"].map((name) => [name, runtime.environment(name)]));
}
