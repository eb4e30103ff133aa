import { addScheme, type Scheme } from "../backends/scheme.ts";
import { FileBackend } from "./file_backend.ts";
import { FILE_OPTIONS, fileSettings, pathOfFileUri } from "./file_options.ts";

/** `file:` URIs, and paths. */
export const fileScheme: Scheme = {
  options: FILE_OPTIONS,
  plan(uri, options, { runtime, where, onError }) {
    const path = runtime.absolutePath(/^file:/i.test(uri) ? pathOfFileUri(uri, where) : uri);
    const settings = fileSettings(runtime, options, where);
    return { backend: () => new FileBackend(runtime, path, { ...settings, onError }) };
  },
};

/** Adds the scheme of files. */
export function addFileScheme(): void {
  addScheme(["file"], fileScheme);
}
