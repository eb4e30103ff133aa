import { show } from "../validate.ts";
import { ConsoleBackend } from "./console_backend.ts";
import { addScheme, type Scheme } from "./scheme.ts";

/** `stdout:` and `stderr:`, pretty on a terminal and JSON otherwise. */
const scheme: Scheme = {
  options: [],
  plan(uri, _options, { runtime, where }) {
    const name = uri.slice(0, uri.indexOf(":")).toLowerCase() as "stdout" | "stderr";
    if (uri.length > name.length + 1) {
      throw new RangeError(`Cannot use option "${where}.uri": nothing may follow "${name}:", got ${show(uri)}`);
    }
    const stream = runtime.output(name);
    return {
      backend: () => new ConsoleBackend(runtime, stream),
      format: stream.isTerminal ? "pretty" : "json",
      terminal: stream.isTerminal,
      multiline: true,
      columns: () => stream.columns() ?? 80,
    };
  },
};

/** Adds the schemes of the standard streams. */
export function addConsoleSchemes(): void {
  addScheme(["stdout", "stderr"], scheme);
}
