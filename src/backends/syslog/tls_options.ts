import { messageOf } from "../../errors.ts";
import type { TlsSettings } from "../../network.ts";
import type { Runtime } from "../../runtime.ts";
import { checkBoolean, checkObject, checkText } from "../../validate.ts";
import type { TlsOptions } from "./syslog_settings.ts";

const KEYS: ReadonlySet<string> = new Set(["ca", "cert", "key", "serverName", "verify"]);

/** Checks the options of TLS and reads the files that they name. */
export function tlsSettings(runtime: Runtime, where: string, options: TlsOptions = {}): TlsSettings {
  checkObject(where, options, KEYS);
  const { serverName, verify = true } = options;
  const pem = (name: "ca" | "cert" | "key") => readPem(runtime, `${where}.${name}`, options[name]);
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

/** A text that begins like PEM (RFC 7468) is one; any other is the path of one. */
function readPem(runtime: Runtime, where: string, value: unknown): string | undefined {
  if (value === undefined) return undefined;
  const text = checkText(where, value);
  if (text.includes("-----BEGIN ")) return text;
  let read: string;
  try {
    read = runtime.readText(text);
  } catch (error) {
    throw new RangeError(`Cannot use option "${where}": neither PEM, nor a file that can be read: ${messageOf(error)}`);
  }
  if (read.includes("-----BEGIN ")) return read;
  throw new RangeError(`Cannot use option "${where}": there is no PEM in the file`);
}
