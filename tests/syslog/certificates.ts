import { execFileSync } from "node:child_process";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { temporaryDirectory } from "../adapters/programs.ts";

/** Paths of a certificate and its key. */
export interface Identity {
  readonly cert: string;
  readonly key: string;
}

/** Paths of PEM files, all in a directory of their own. */
export interface Certificates {
  /** Certificate of the authority that has signed the others. */
  readonly ca: string;
  /** For `localhost` and 127.0.0.1. */
  readonly server: Identity;
  readonly client: Identity;
  /** Of another authority. */
  readonly stranger: Identity & { readonly ca: string };
  /** Removes them. */
  remove(): void;
}

/** Makes two authorities, and certificates of theirs, with openssl. */
export function makeCertificates(): Certificates {
  const directory = temporaryDirectory();
  const run = (...args: string[]) => void execFileSync("openssl", args, { cwd: directory, stdio: "pipe" });
  const request = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];

  function authority(name: string): void {
    run(
      "req",
      "-x509",
      ...request,
      "-keyout",
      `${name}.key`,
      "-out",
      `${name}.pem`,
      "-days",
      "2",
      "-subj",
      `/CN=${name}`,
    );
  }
  function identity(name: string, by: string): Identity {
    writeFileSync(join(directory, `${name}.ext`), "subjectAltName=DNS:localhost,IP:127.0.0.1\n");
    run("req", ...request, "-keyout", `${name}.key`, "-out", `${name}.csr`, "-subj", `/CN=${name}`);
    run(...["x509", "-req", "-in", `${name}.csr`, "-CA", `${by}.pem`, "-CAkey", `${by}.key`, "-CAcreateserial"], ...[
      "-out",
      `${name}.pem`,
      "-days",
      "2",
      "-extfile",
      `${name}.ext`,
    ]);
    return { cert: join(directory, `${name}.pem`), key: join(directory, `${name}.key`) };
  }

  authority("ca");
  authority("other");
  return {
    ca: join(directory, "ca.pem"),
    server: identity("server", "ca"),
    client: identity("client", "ca"),
    stranger: { ...identity("stranger", "other"), ca: join(directory, "other.pem") },
    remove: () => rmSync(directory, { recursive: true, force: true }),
  };
}

/** The text of a PEM file. */
export function pem(path: string): string {
  return readFileSync(path, "utf8");
}
