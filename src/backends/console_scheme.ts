import type { DestinationOptions } from "../destination_options.ts";
import { checkThresholdName, LEVEL_NUMBER, type LevelThreshold } from "../level.ts";
import type { OutputStream } from "../runtime.ts";
import { show } from "../validate.ts";
import { ConsoleBackend } from "./console_backend.ts";
import { byMark, StreamMarks, toOne } from "./console_router.ts";
import { addScheme, type Scheme, type SchemeContext, type SchemePlan } from "./scheme.ts";

/** `stdout:` and `stderr:`, pretty on a terminal and JSON otherwise. */
const oneStream: Scheme = {
  options: [],
  plan(uri, _options, context) {
    const { runtime, where } = context;
    const name = uri.slice(0, uri.indexOf(":")).toLowerCase() as "stdout" | "stderr";
    if (uri.length > name.length + 1) {
      throw new RangeError(`Cannot use option "${where}.uri": nothing may follow "${name}:", got ${show(uri)}`);
    }
    const stream = runtime.output(name);
    return { ...forStreams(stream), backend: () => new ConsoleBackend(runtime, toOne(stream)) };
  },
};

/** `console:`, both of them by level. */
const bothStreams: Scheme = {
  options: ["stderrFrom"],
  plan(uri, options, context) {
    const { runtime } = context;
    const [stdout, stderr] = [runtime.output("stdout"), runtime.output("stderr")];
    const errorsFrom = LEVEL_NUMBER[stderrFrom(uri, options, context)];
    return {
      ...forStreams(stdout, stderr),
      backend: () => new ConsoleBackend(runtime, byMark(stdout, stderr)),
      envelope: new StreamMarks(errorsFrom),
    };
  },
};

function forStreams(...streams: readonly OutputStream[]): Omit<SchemePlan, "backend"> {
  const isTerminal = streams.every((stream) => stream.isTerminal);
  return {
    format: isTerminal ? "pretty" : "json",
    terminal: isTerminal,
    multiline: true,
    columns: () => streams[0]?.columns() ?? 80,
  };
}

function stderrFrom(uri: string, options: DestinationOptions, { where }: SchemeContext): LevelThreshold {
  const [, query] = /^console:(?:\?(.*))?$/i.exec(uri) ?? [];
  if (query === undefined && uri.length > "console:".length) {
    throw new RangeError(
      `Cannot use option "${where}.uri": only "?stderrFrom=" and a level may follow "console:", got ${show(uri)}`,
    );
  }
  let level = options.stderrFrom === undefined
    ? undefined
    : checkThresholdName(`${where}.stderrFrom`, options.stderrFrom);
  for (const [name, value] of new URLSearchParams(query)) {
    if (name !== "stderrFrom") {
      throw new RangeError(`Cannot use option "${where}.uri": unknown parameter ${show(name)}; known is "stderrFrom"`);
    }
    if (level !== undefined) throw new RangeError(`Cannot use option "${where}.uri": "stderrFrom" is there twice`);
    level = checkThresholdName(`${where}.uri?stderrFrom`, value);
  }
  return level ?? "warn";
}

/** Adds the schemes of the standard streams. */
export function addConsoleSchemes(): void {
  addScheme(["stdout", "stderr"], oneStream);
  addScheme(["console"], bothStreams);
}
