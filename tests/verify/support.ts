import { Seal } from "../../src/format/seal.ts";
import type { LogReport } from "../../src/verify/report.ts";
import { LogCheck } from "../../src/verify/log_check.ts";
import { checkVerifyOptions, type VerifyOptions } from "../../src/verify/verify_options.ts";
import { createMemoryRuntime } from "../support/memory_runtime.ts";

/** A key that is long enough. */
export const KEY = "a key of sixteen bytes, or more";

const runtime = createMemoryRuntime();

/** A record of a generated log. */
export interface Line {
  readonly stream: number;
  readonly seq: number;
  readonly text: string;
}

/** Makes the lines of some streams, as their loggers would. */
export class LogWriter {
  readonly lines: Line[] = [];
  readonly #seals: Seal[] = [];
  readonly #seqs: number[] = [];
  readonly #options: { readonly key?: Uint8Array };

  constructor(options: { readonly key?: string } = { key: KEY }) {
    this.#options = options.key === undefined ? {} : { key: new TextEncoder().encode(options.key) };
  }

  /** Logs a record. */
  log(stream: number, text = "hello"): Line {
    const open = `{"time":"2026-11-23T11:02:15.123Z","level":"info","msg":${JSON.stringify(text)}`;
    const seq = this.#seqs[stream] = (this.#seqs[stream] ?? 0) + 1;
    const line = { stream, seq, text: this.#sealOf(stream).line(open) };
    this.lines.push(line);
    return line;
  }

  /** Drops a record. */
  drop(stream: number): void {
    this.#seqs[stream] = (this.#seqs[stream] ?? 0) + 1;
    this.#sealOf(stream).skip();
  }

  #sealOf(stream: number): Seal {
    return this.#seals[stream] ??= new Seal({ pid: 100 + stream }, this.#options);
  }
}

/** Verifies the contents of files, the oldest first, handed over in pieces of a length. */
export function check(
  files: readonly (string | Uint8Array)[],
  options: VerifyOptions & { readonly pieceBytes?: number } = {},
): LogReport {
  const { pieceBytes = 1 << 20, ...rest } = options;
  const log = new LogCheck(runtime, checkVerifyOptions(rest));
  files.forEach((content, index) => {
    const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
    log.begin(`file${index}`);
    for (let at = 0; at < bytes.length; at += pieceBytes) log.lines.push(bytes.subarray(at, at + pieceBytes));
    const isWhole = !log.lines.isOpen;
    log.lines.finish();
    log.end(bytes.length, isWhole);
  });
  return log.report("/app.log");
}

/** Lines as the content of a file. */
export function fileOf(lines: readonly (Line | string)[]): string {
  return lines.map((line) => `${typeof line === "string" ? line : line.text}\n`).join("");
}
