import { format } from "../format/format.ts";
import type { JsonFormatOptions } from "../format/json_options.ts";
import type { LogfmtFormatOptions } from "../format/logfmt_format.ts";
import { FORMAT_NAMES } from "../format/named_format.ts";
import type { PrettyFormatOptions } from "../format/pretty_format.ts";
import type { TextFormatOptions } from "../format/text_format.ts";
import type { Formatter } from "../message.ts";
import { relocated } from "./option_errors.ts";
import { compilePiece, type Compilers } from "./piece_settings.ts";
import { resolvePiece } from "../plugins/names.ts";

/**
 * A format as plain data: its name, or an object with one property, the name and what `format` takes for it, such as
 * `{ "json": { "preset": "ecs" } }`; or the name of a plugin's formatter, alone or with its argument.
 */
export type FormatSettings =
  | string
  | { readonly json: JsonFormatOptions }
  | { readonly text: TextFormatOptions }
  | { readonly logfmt: LogfmtFormatOptions }
  | { readonly pretty: PrettyFormatOptions }
  | { readonly [plugin: string]: unknown };

const COMPILERS: Compilers<Formatter> = {
  json: (where, options) => relocated("format.json", where, () => format.json(options as JsonFormatOptions)),
  text: (where, options) => relocated("format.text", where, () => format.text(options as TextFormatOptions)),
  logfmt: (where, options) => relocated("format.logfmt", where, () => format.logfmt(options as LogfmtFormatOptions)),
  pretty: (where, options) => relocated("format.pretty", where, () => format.pretty(options as PrettyFormatOptions)),
};

/** Makes the option `format` of its settings: a name of the library's own stays what it is. */
export function compileFormat(where: string, value: unknown): string | Formatter {
  return typeof value === "string"
    ? resolvePiece("formatter", value, { where, known: FORMAT_NAMES }) as string | Formatter
    : compilePiece("formatter", where, value, COMPILERS);
}
