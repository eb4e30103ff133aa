import { addScheme, type Scheme } from "../backends/scheme.ts";
import { FileBackend } from "./file_backend.ts";
import { checkNameLength } from "./name_length.ts";
import { FILE_OPTIONS, fileSettings, pathOfFileUri } from "./file_options.ts";

/** Paths that are more likely a scheme without its colon. */
const STREAMS: ReadonlySet<string> = new Set(["stdout", "stderr", "console"]);

/** `file:` URIs, and paths. */
export const fileScheme: Scheme = {
  options: FILE_OPTIONS,
  plan(uri, options, { runtime, where, onError }) {
    if (STREAMS.has(uri)) {
      throw new RangeError(`Cannot use option "${where}.uri": write "${uri}:" for the stream, "./${uri}" for a file`);
    }
    if (/[/\\]$/.test(uri)) {
      throw new RangeError(`Cannot use option "${where}.uri": it names a directory; add the name of a file`);
    }
    const path = runtime.absolutePath(/^file:/i.test(uri) ? pathOfFileUri(uri, where) : uri);
    const settings = fileSettings(runtime, options, where);
    checkNameLength(where, path, { ...settings, uri });
    return { backend: () => new FileBackend(runtime, path, { ...settings, onError }) };
  },
};

/** Adds the scheme of files. */
export function addFileScheme(): void {
  addScheme(["file"], fileScheme);
}
