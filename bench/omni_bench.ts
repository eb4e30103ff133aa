/**
 * The cases of the caller's and the delivered cost for Deno's own benchmark tool: `deno bench -A bench/omni_bench.ts`,
 * with `--filter` for some of them. All subjects share one process here, so that engines inline less than in
 * `deno task bench`, whose numbers are the ones to quote; a bench is of a thousand records.
 *
 * @module
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LOGGERS } from "./parts/part.ts";
import { KINDS, titleOf } from "./records.ts";
import { loadSubject } from "./subjects/mod.ts";
import { type OpenOptions, type OpenSubject, Unsupported } from "./subjects/subject.ts";

const RECORDS = 1_000;

const directory = mkdtempSync(join(tmpdir(), "omni-bench-"));
globalThis.addEventListener("unload", () => rmSync(directory, { recursive: true, force: true }));

const told = new Set<string>();

/** The one that is open; LogTape and log4js are configured once for the whole process. */
let current: { readonly name: string; readonly logger: OpenSubject } | undefined;

for (const kind of KINDS) {
  for (const format of ["json", "text"] as const) {
    for (const subject of LOGGERS) {
      if (kind === "disabled" && (subject === "floor" || format === "text")) continue;
      const name = `${subject}, ${titleOf(kind)}, ${format}`;
      const options = { path: join(directory, `${name.replaceAll(/\W+/g, "-")}.log`), kind, format };
      if (await isUnsupported(subject, options)) continue;
      Deno.bench({
        name: `${name}: caller`,
        group: `${titleOf(kind)}, ${format}: caller`,
        baseline: subject === "omni",
        async fn(bench) {
          const logger = await opened(name, subject, { options });
          bench.start();
          logger.log(RECORDS);
          bench.end();
          await logger.flush();
        },
      });
      // LogTape has no flush, and log4js none that tells when it is done.
      if (kind === "disabled" || subject.startsWith("logtape") || subject === "log4js") continue;
      Deno.bench({
        name: `${name}: delivered`,
        group: `${titleOf(kind)}, ${format}: delivered`,
        baseline: subject === "omni",
        async fn() {
          const logger = await opened(name, subject, { options });
          logger.log(RECORDS);
          await logger.flush();
        },
      });
    }
  }
}

/** The logger of a bench; closes that of the bench before. */
async function opened(
  name: string,
  subject: string,
  { options }: { readonly options: OpenOptions },
): Promise<OpenSubject> {
  if (current?.name === name) return current.logger;
  await current?.logger.close();
  const logger = await (await loadSubject(subject))(options);
  current = { name, logger };
  return logger;
}

async function isUnsupported(subject: string, options: OpenOptions): Promise<boolean> {
  try {
    const logger = await (await loadSubject(subject))(options);
    await logger.close();
    return false;
  } catch (error) {
    if (!(error instanceof Unsupported)) throw error;
    const reason = `${subject} is not measured with ${options.format}: ${error.message}`;
    if (!told.has(reason)) console.log(reason);
    told.add(reason);
    return true;
  }
}
