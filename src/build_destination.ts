import type { Backend } from "./backend.ts";
import { addConsoleSchemes } from "./backends/console_scheme.ts";
import { knownSchemes, registeredBackend, schemesWith } from "./backends/registry.ts";
import { moduleOfScheme, ownScheme, type SchemeContext, type SchemePlan } from "./backends/scheme.ts";
import { addSyslogSchemes } from "./backends/syslog/syslog_scheme.ts";
import { type DestinationInput, withTextUri } from "./destination_input.ts";
import type { DestinationOptions } from "./destination_options.ts";
import { DELIVERY_KEYS } from "./dispatch/delivery.ts";
import type { DestinationParts } from "./dispatch/destination.ts";
import { addFileScheme, fileScheme, streamOfPath } from "./file/file_scheme.ts";
import { colorsWanted } from "./format/colors_wanted.ts";
import { format as formats } from "./format/format.ts";
import { lineFormatOf } from "./format/formatter.ts";
import { CustomFormat, type LineFormat } from "./format/line_format.ts";
import { FORMAT_NAMES, type FormatName, namedFormat } from "./format/named_format.ts";
import { checkThresholdName } from "./level.ts";
import type { Formatter } from "./message.ts";
import { namedPiece, pieceNames } from "./plugins/names.ts";
import { checkPipeline, PIPELINE_KEYS } from "./pipeline/pipeline_options.ts";
import type { Runtime } from "./runtime.ts";
import { shownUri } from "./shown_uri.ts";
import { checkBoolean, checkObject, checkOneOf, checkText, show } from "./validate.ts";

const COMMON_KEYS = ["uri", "name", "level", "enabled", "format", ...PIPELINE_KEYS, ...DELIVERY_KEYS];

addFileScheme();
addConsoleSchemes();
addSyslogSchemes();

/** What {@linkcode buildDestination} needs to know beside the options. */
export interface BuildContext {
  /** Where the options stand, for error messages. @default "destination" */
  readonly where?: string;
  /** Told of errors that concern no batch. */
  readonly onError: (error: never) => void;
  /** Whether another destination has a name already. */
  readonly isTaken: (name: string) => boolean;
}

/** What a destination is made of; its backend is not made yet. */
type DestinationPlan = Omit<DestinationParts, "backend"> & {
  readonly backend: () => Backend;
};

/** Checks the options of a destination and makes what it is made of. */
export function buildDestination(
  runtime: Runtime,
  input: string | DestinationOptions,
  context: BuildContext,
): DestinationParts {
  const { backend: make, ...plan } = planDestination(runtime, input, context);
  const backend = make();
  if (backend.format === undefined || (typeof input === "object" && input.format !== undefined)) {
    return { ...plan, backend };
  }
  const where = `${context.where ?? "destination"}.backend.format`;
  return { ...plan, backend, format: buildFormat(runtime, where, backend.format, {}) };
}

/** Checks the options of a destination without making a backend. */
export function planDestination(
  runtime: Runtime,
  handed: DestinationInput,
  context: BuildContext,
): DestinationPlan {
  const where = context.where ?? "destination";
  const input = withTextUri(handed);
  if (typeof input !== "string") checkObject(where, input, undefined);
  const options: DestinationOptions = typeof input === "string" ? { uri: input } : input;
  const uri = options.uri === undefined && options.backend !== undefined
    ? "backend:"
    : streamOfPath(checkText(`${where}.uri`, options.uri));
  if (uri.includes("\0")) throw new RangeError(`Cannot use option "${where}.uri": it contains a NUL character`);
  const { level = "trace", enabled = true } = options;
  const pipeline = checkPipeline(`${where}.`, options);
  const threshold = checkThresholdName(`${where}.level`, level);
  checkBoolean(`${where}.enabled`, enabled);
  const scheme = options.backend === undefined
    ? planScheme(runtime, uri, options, { ...context, where })
    : givenBackend(options.backend, `${where}.backend`);
  const format = buildFormat(
    runtime,
    `${where}.format`,
    options.format === undefined ? scheme.format ?? "json" : options.format,
    scheme,
  );
  return {
    name: freeName(
      options.name === undefined ? shownUri(uri) : checkText(`${where}.name`, options.name),
      options,
      where,
      context,
    ),
    level: threshold,
    enabled,
    pipeline,
    format,
    envelope: scheme.envelope,
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
function givenBackend(backend: Backend, where: string): SchemePlan {
  if (typeof backend?.write !== "function") {
    throw new TypeError(`Cannot use option "${where}": expected a backend with a write method, got ${show(backend)}`);
  }
  return { backend: () => backend };
}

function planScheme(
  runtime: Runtime,
  uri: string,
  options: DestinationOptions,
  { where = "destination", onError }: BuildContext,
): SchemePlan {
  const context: SchemeContext = { runtime, where, onError: onError as (error: unknown) => void };
  const name = /^([a-zA-Z][a-zA-Z0-9+.-]+):/.exec(uri)?.[1]?.toLowerCase();
  const own = name === undefined ? fileScheme : ownScheme(name);
  if (own !== undefined) {
    checkObject(where, options, new Set([...COMMON_KEYS, ...own.options]));
    return own.plan(uri, options, context);
  }
  const factory = registeredBackend(name as string);
  if (factory === undefined) throw unknownScheme(name as string, uri, where);
  let url: URL;
  try {
    url = new URL(uri);
  } catch {
    throw new TypeError(`Cannot use option "${where}.uri": ${show(shownUri(uri))} is not a valid URI`);
  }
  const backend = () => {
    const made = factory(url, options, context);
    if (typeof made?.write === "function") return made;
    throw new TypeError(
      `Cannot use option "${where}.uri": the backend registered for "${name}:" has no write method`,
    );
  };
  return { backend };
}

function unknownScheme(name: string, uri: string, where: string): TypeError {
  const module = moduleOfScheme(name);
  const similar = schemesWith(name);
  const candidates = (similar.length > 0 ? similar : knownSchemes()).map((known) => `"${known}:"`);
  return new TypeError(
    `Cannot use option "${where}.uri": unknown scheme "${name}:" in ${show(shownUri(uri))}; ` +
      (module === undefined
        ? `${similar.length > 0 ? `perhaps ${candidates.join(" or ")}` : `known are ${candidates.join(", ")}`}; ` +
          `registerBackend("${name}", ...) adds it` +
          (/^[^:]+:\/\//.test(uri) ? "" : `; a path with a colon is written ${show(`./${shownUri(uri)}`)}`)
        : `import "${module}", which brings it`),
  );
}

function buildFormat(
  runtime: Runtime,
  where: string,
  format: unknown,
  scheme: Pick<SchemePlan, "multiline" | "terminal" | "columns">,
): LineFormat {
  const { multiline = false, terminal = false } = scheme;
  const names: readonly string[] = pieceNames("formatter");
  if (typeof format === "string" && names.includes(format)) {
    return buildFormat(runtime, where, namedPiece("formatter", format, { where }), scheme);
  }
  let line: LineFormat | undefined;
  if (typeof format === "function") {
    line = lineFormatOf(format as Formatter);
    const maker = Object.entries(formats).find(([, make]) => make === format)?.[0];
    if (maker !== undefined) {
      throw new TypeError(
        `Cannot use option "${where}": expected a format, got format.${maker}, which makes one: call it, format.${maker}()`,
      );
    }
    if (line === undefined) return new CustomFormat(format as Formatter, { multiline });
  } else {
    const name = checkOneOf(where, format, [...FORMAT_NAMES, ...names]) as FormatName;
    line = namedFormat(name, {
      pid: runtime.pid,
      hostname: runtime.hostname,
      colors: multiline && colorsWanted({ isTerminal: terminal, env: colorVariables(runtime) }),
      width: scheme.columns,
    });
  }
  return multiline ? line : line.oneLine ?? line;
}

function colorVariables(runtime: Runtime): Record<string, string | undefined> {
  return Object.fromEntries(["FORCE_COLOR", "NO_COLOR", "TERM"].map((name) => [name, runtime.environment(name)]));
}
