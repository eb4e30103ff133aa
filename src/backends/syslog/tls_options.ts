import { messageOf } from "../../errors.ts";
import type { TlsSettings } from "../../network.ts";
import { errorCode, type Runtime } from "../../runtime.ts";
import { checkBoolean, checkObject, checkText } from "../../validate.ts";
import { type PemKind, pemProblem } from "./pem.ts";
import type { TlsOptions } from "./syslog_settings.ts";

const KEYS: ReadonlySet<string> = new Set(["ca", "cert", "key", "serverName", "verify"]);

/** Checks the options of TLS and reads the files that they name. */
export function tlsSettings(runtime: Runtime, where: string, options: TlsOptions = {}): TlsSettings {
  checkObject(where, options, KEYS);
  const { serverName, verify = true } = options;
  const pem = (name: "ca" | "cert" | "key") =>
    readPem(`${where}.${name}`, options[name], { runtime, kind: name === "key" ? "key" : "certificate" });
  const settings = {
    ca: pem("ca"),
    cert: pem("cert"),
    key: pem("key"),
    verify: checkBoolean(`${where}.verify`, verify),
  };
  if ((settings.cert === undefined) !== (settings.key === undefined)) {
    const [missing, given] = settings.cert === undefined ? ["cert", "key"] : ["key", "cert"];
    throw new TypeError(`Cannot use option "${where}.${given}": it is of no use without "${where}.${missing}"`);
  }
  return serverName === undefined
    ? settings
    : { ...settings, serverName: checkText(`${where}.serverName`, serverName) };
}

/** A text with a boundary of PEM (RFC 7468) is one; any other is the path of one. */
function readPem(
  where: string,
  value: unknown,
  { runtime, kind }: { readonly runtime: Runtime; readonly kind: PemKind },
): string | undefined {
  if (value === undefined) return undefined;
  const text = checkText(where, value);
  const isPath = !text.includes("-----BEGIN ");
  const pem = isPath ? readFile(where, text, { runtime, kind }) : text;
  const problem = pemProblem(pem, kind);
  if (problem === undefined) return pem;
  throw new RangeError(
    `Cannot use option "${where}": expected PEM (RFC 7468)${isPath ? " in the file" : ""}: ${problem}`,
  );
}

function readFile(
  where: string,
  path: string,
  { runtime, kind }: { readonly runtime: Runtime; readonly kind: PemKind },
): string {
  try {
    return runtime.readText(path);
  } catch (error) {
    // The message has the path in it, which may be a key without its boundaries.
    const why = kind === "key" ? errorCode(error) ?? "no such file" : messageOf(error);
    throw new RangeError(`Cannot use option "${where}": neither PEM, nor a file that can be read: ${why}`);
  }
}
