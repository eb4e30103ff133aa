import { show } from "../../validate.ts";
import { addScheme, type Scheme } from "../scheme.ts";
import { OtlpBackend } from "./otlp_backend.ts";
import { otlpSettings } from "./otlp_options.ts";

/** `otlp+http://host:port/path` and `otlp+https:`; where nothing follows the colon, the environment tells the rest. */
const scheme: Scheme = {
  options: ["otlp"],
  hasFormat: true,
  plan(uri, options, { runtime, where, onError }) {
    const { otlp = {}, format } = options;
    if (format !== undefined) {
      throw new TypeError(`Cannot use option "${where}.format": OTLP has a format of its own`);
    }
    const isBare = uri.endsWith(":");
    const url = isBare ? undefined : otlpUrl(uri, `${where}.uri`);
    const settings = otlpSettings(runtime, otlp, { where: `${where}.otlp`, url });
    if (isBare && /^otlp\+https:/i.test(uri) && !settings.url.startsWith("https:")) {
      throw new RangeError(
        `Cannot use option "${where}.uri": the environment names no address that begins with https:`,
      );
    }
    const backend = new OtlpBackend(runtime, settings, onError);
    return {
      backend() {
        for (const problem of settings.problems) onError(problem);
        return backend;
      },
      format: backend.format,
    };
  },
};

/** The address of a URI of ours; `/v1/logs` where it has no path. */
export function otlpUrl(uri: string, where: string): string {
  let url: URL;
  try {
    url = new URL(uri.replace(/^otlp\+/i, ""));
  } catch {
    throw new TypeError(`Cannot use option "${where}": ${show(uri)} is not a valid URI`);
  }
  if (!/^(?:otlp\+)?https?:\/\//i.test(uri)) {
    throw new TypeError(`Cannot use option "${where}": expected "otlp+http://host:port/path", got ${show(uri)}`);
  }
  if (url.username !== "" || url.password !== "") {
    throw new RangeError(
      `Cannot use option "${where}": it holds a user name or password, which the metrics would show; use otlp.headers`,
    );
  }
  const [parameter] = [...url.searchParams.keys()];
  if (parameter !== undefined) {
    throw new RangeError(
      `Cannot use option "${where}": there is no parameter ${show(parameter)}; see the option "otlp"`,
    );
  }
  if (url.hash !== "") throw new RangeError(`Cannot use option "${where}": it has a fragment, ${show(url.hash)}`);
  if (url.pathname === "/") url.pathname = "/v1/logs";
  return url.href;
}

/** Adds the schemes of OTLP. */
export function addOtlpSchemes(): void {
  addScheme(["otlp+http", "otlp+https"], scheme);
}
