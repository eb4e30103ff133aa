import { show } from "../validate.ts";
import { addScheme, type Scheme } from "../backends/scheme.ts";
import { FileBackend } from "./file_backend.ts";
import { checkNameLength } from "./name_length.ts";
import { FILE_OPTIONS, fileSettings, pathOfFileUri } from "./file_options.ts";
import { hasBackslashes } from "./paths.ts";

/** Paths that are more likely a scheme without its colon. */
const STREAMS: ReadonlySet<string> = new Set(["stdout", "stderr", "console"]);

/** Names that the system has for the standard streams. They cannot be locked or rotated like files. */
const STREAM_PATHS: ReadonlyMap<string, string> = new Map(
  [["stdout", 1], ["stderr", 2]].flatMap(([name, fd]) =>
    [`/dev/${name}`, `/dev/fd/${fd}`, `/proc/self/fd/${fd}`].flatMap((path) => [
      [path, `${name}:`],
      [`file://${path}`, `${name}:`],
    ])
  ),
);

/** The URI of the stream that a path of the system's stands for, such as `/dev/stdout`; else the URI as it is. */
export function streamOfPath(uri: string): string {
  return STREAM_PATHS.get(uri) ?? uri;
}

/** What only a shell, or another language, puts something else in the place of. */
const UNEXPANDED = /^(?:~[^/\\]*(?=[/\\])|\$\w+(?=[/\\])|%\w+%(?=[/\\]))|\$\{[^}]*\}/;

/** `file:` URIs, and paths. */
export const fileScheme: Scheme = {
  options: FILE_OPTIONS,
  plan(uri, options, { runtime, where, onError }) {
    if (STREAMS.has(uri)) {
      throw new RangeError(`Cannot use option "${where}.uri": write "${uri}:" for the stream, "./${uri}" for a file`);
    }
    const [unexpanded] = UNEXPANDED.exec(uri) ?? [];
    if (unexpanded !== undefined && !/^file:/i.test(uri)) {
      throw new RangeError(
        `Cannot use option "${where}.uri": nothing is put in the place of ${show(unexpanded)} in ${show(uri)}; ` +
          `write what it stands for, or a file: URI for a file of that name`,
      );
    }
    const path = runtime.absolutePath(/^file:/i.test(uri) ? pathOfFileUri(uri, where) : uri);
    if (uri.endsWith("/") || (uri.endsWith("\\") && hasBackslashes(path))) {
      throw new RangeError(`Cannot use option "${where}.uri": it names a directory; add the name of a file`);
    }
    const settings = fileSettings(runtime, options, where);
    checkNameLength(where, path, { ...settings, uri });
    return { backend: () => new FileBackend(runtime, path, { ...settings, onError }) };
  },
};

/** Adds the scheme of files. */
export function addFileScheme(): void {
  addScheme(["file"], fileScheme);
}
