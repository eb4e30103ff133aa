/**
 * The command: verifies a log and prints what it has found. Ends with status 0 when all is well, 1 when there is a
 * problem, 2 when the log cannot be read or the arguments are wrong.
 *
 *     verify_cli.ts PATH [--key-file FILE | --key-env NAME] [--anchors FILE] [--complete] [--naming KIND] [--json]
 *
 * The key comes from a file (without the newline at its end) or a variable of the environment, never from an argument,
 * which everybody on the machine can read. `--anchors` takes what `--json` has printed an earlier time.
 *
 * @module
 */
import { detectRuntime } from "./adapters/detect.ts";
import { messageOf } from "./src/errors.ts";
import { visibleText } from "./src/format/escape.ts";
import { reportText } from "./src/verify/report_text.ts";
import { verifyLog, type VerifyOptions } from "./verify.ts";

const USAGE =
  "usage: verify PATH [--key-file FILE | --key-env NAME] [--anchors FILE] [--complete] [--naming timestamp|numbered] [--json]";

/** Where the command prints. */
export interface CommandOutput {
  /** Takes what was found. */
  readonly print: (text: string) => void;
  /** Takes why it could not be looked for. */
  readonly complain: (text: string) => void;
}

/**
 * Carries out the command and resolves to the status to end with. Never rejects.
 *
 * @example From a program
 * ```ts
 * import { createLogger } from "@omni/log";
 * import { runVerify } from "@omni/log/verify-cli";
 *
 * const path = `${await Deno.makeTempDir()}/app.log`;
 * await using log = createLogger(path);
 * log.info("ready");
 * await log.flush();
 * if (await runVerify([path], { print() {}, complain() {} }) !== 0) throw new Error("not well");
 * ```
 */
export async function runVerify(
  args: readonly string[],
  output: CommandOutput = { print: console.log, complain: console.error },
): Promise<0 | 1 | 2> {
  try {
    const { values, positionals: [path, ...more] } = parse(args);
    if (values.help === true) {
      output.print(USAGE);
      return 0;
    }
    if (path === undefined || more.length > 0) throw new TypeError(USAGE);
    const report = await verifyLog(path, {
      key: keyOf(values["key-file"], values["key-env"]),
      complete: values.complete,
      naming: values.naming as VerifyOptions["naming"],
      anchors: values.anchors === undefined ? undefined : anchorsIn(values.anchors),
    });
    output.print(values.json === true ? JSON.stringify(report, null, 2) : reportText(report));
    return report.ok ? 0 : 1;
  } catch (error) {
    output.complain(visibleText(messageOf(error)));
    return 2;
  }
}

function parse(args: readonly string[]) {
  const { parseArgs } = process.getBuiltinModule("node:util");
  return parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      "key-file": { type: "string" },
      "key-env": { type: "string" },
      anchors: { type: "string" },
      complete: { type: "boolean" },
      naming: { type: "string" },
      json: { type: "boolean" },
      help: { type: "boolean", short: "h" },
    },
  });
}

function keyOf(file: string | undefined, variable: string | undefined): Uint8Array | string | undefined {
  if (file !== undefined && variable !== undefined) throw new TypeError(USAGE);
  if (file !== undefined) return withoutNewline(process.getBuiltinModule("node:fs").readFileSync(file));
  if (variable === undefined) return undefined;
  const key = detectRuntime().environment(variable);
  if (key === undefined) throw new Error(`Cannot use --key-env: the environment has no ${JSON.stringify(variable)}`);
  return key;
}

/** Editors put a newline at the end of every file. */
function withoutNewline(bytes: Uint8Array): Uint8Array {
  const end = bytes.at(-1) !== 10 ? bytes.length : bytes.at(-2) === 13 ? bytes.length - 2 : bytes.length - 1;
  return bytes.subarray(0, end);
}

function anchorsIn(file: string): VerifyOptions["anchors"] {
  let streams: unknown;
  try {
    streams = (JSON.parse(detectRuntime().readText(file)) as { streams?: unknown } | null)?.streams;
  } catch (error) {
    throw new Error(`Cannot use --anchors: ${messageOf(error)}`);
  }
  if (!Array.isArray(streams)) throw new Error("Cannot use --anchors: the file holds no report");
  return streams;
}

/** Whether this module is the program, on any of the runtimes; Node before 24.2 does not tell. */
function isProgram(): boolean {
  const { main, url } = import.meta as { readonly main?: boolean; readonly url: string };
  if (main !== undefined) return main;
  const program = process.argv[1];
  if (program === undefined) return false;
  const { realpathSync } = process.getBuiltinModule("node:fs");
  const { pathToFileURL } = process.getBuiltinModule("node:url");
  return pathToFileURL(realpathSync(program)).href === url;
}

if (isProgram()) process.exitCode = await runVerify(process.argv.slice(2));
