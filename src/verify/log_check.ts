import { chainStart } from "../format/seal.ts";
import { signer } from "../format/signer.ts";
import { HmacSha256 } from "../redact/sha256.ts";
import type { Runtime } from "../runtime.ts";
import { Findings } from "./findings.ts";
import { Lines } from "./lines.ts";
import type { CutOff, LogFileReport, LogFragment, LogPlace, LogReport } from "./report.ts";
import { type LogRecordLine, LongRecord, readRecord } from "./sequenced_record.ts";
import { Stream, type StreamContext } from "./stream.ts";

import type { StreamAnchor, VerifySettings } from "./verify_options.ts";

/** Takes the files of a log, one after the other, and says what it has found. */
export class LogCheck {
  /** What the bytes of the present file go to. */
  readonly lines: Lines;
  readonly #settings: VerifySettings;
  readonly #isChained: boolean;
  readonly #findings = new Findings();
  readonly #context: StreamContext;
  /** Streams that may go on, by where they belong. */
  readonly #open = new Map<string, Stream>();
  readonly #streams: Stream[] = [];
  readonly #anchors = new Map<string, StreamAnchor>();
  readonly #files: LogFileReport[] = [];
  readonly #fragments: LogFragment[] = [];
  readonly #unsigned: LogPlace[] = [];
  readonly #unreadable: { readonly file: string; readonly reason: string }[] = [];
  readonly #vanished: string[] = [];
  readonly #counts = { lines: 0, records: 0, bytes: 0, unsequenced: 0 };
  readonly #problems = { fragments: 0, unsigned: 0, cutOff: 0, unreadable: 0, untracked: 0 };
  #file = "";
  #line = 0;

  constructor(runtime: Runtime, settings: VerifySettings) {
    this.#settings = settings;
    const { key } = settings;
    const chain = key === undefined ? undefined : { sign: signer(key, runtime), hmac: new HmacSha256(key) };
    this.#isChained = chain !== undefined;
    this.#context = {
      findings: this.#findings,
      epoch: () => this.#vanished.length,
      complete: settings.complete,
      start: chain === undefined ? undefined : (pid, writer) => chainStart(chain.sign, pid, writer),
    };
    for (const anchor of settings.anchors) this.#anchors.set(nameOf(anchor.pid, anchor.writer), anchor);
    this.lines = new Lines({
      line: (bytes) => this.#take(readRecord(bytes, chain), bytes.length),
      longLine: () => new LongRecord(chain, (record, bytes) => this.#take(record, bytes)),
    }, settings.maxLineBytes);
  }

  /** Begins a file. */
  begin(file: string): void {
    this.#file = file;
    this.#line = 0;
  }

  /** Ends it. */
  end(bytes: number, endsWithNewline: boolean): void {
    this.#files.push({ name: this.#file, bytes, lines: this.#line });
    this.#counts.bytes += bytes;
    const last = this.#fragments.at(-1);
    if (!endsWithNewline && last?.file === this.#file && last.line === this.#line) {
      this.#fragments[this.#fragments.length - 1] = { ...last, isLast: true };
    }
  }

  /** Notes that a file could not be read to its end. */
  fail(file: string, reason: string): void {
    list(this.#unreadable, { file, reason }, ++this.#problems.unreadable);
  }

  /** Notes that a file was deleted before it could be read. */
  vanish(file: string): void {
    this.#vanished.push(file);
  }

  /** What was found. Called once, at the end. */
  report(path: string): LogReport {
    const listed = { gaps: 0 };
    const cutOff = this.#cutOff();
    const streams = this.#streams.map((stream) => stream.report(listed));
    const totals = { ...this.#findings.counts, ...this.#problems };
    return {
      ok: Object.values(totals).every((count) => count === 0),
      path,
      files: this.#files,
      ...this.#counts,
      totals,
      streams,
      fragments: this.#fragments,
      unsigned: this.#unsigned,
      cutOff,
      unreadable: this.#unreadable,
      vanished: this.#vanished,
    };
  }

  #take(record: LogRecordLine | undefined, bytes: number): void {
    const place = { file: this.#file, line: ++this.#line };
    this.#counts.lines++;
    if (record === undefined) {
      return list(this.#fragments, { ...place, bytes, isLast: false }, ++this.#problems.fragments);
    }
    this.#counts.records++;
    if (this.#isChained && (record.mac === undefined || record.place === undefined)) {
      list(this.#unsigned, place, ++this.#problems.unsigned);
    }
    if (record.place === undefined) {
      this.#counts.unsequenced++;
      return;
    }
    const { pid, writer, seq } = record.place;
    const stream = this.#streamOf(pid, writer, seq);
    if (stream === undefined) this.#problems.untracked++;
    else stream.take(record, { seq, ...place });
  }

  #streamOf(pid: number, writer: string | undefined, seq: number): Stream | undefined {
    const name = nameOf(pid, writer);
    const stream = this.#open.get(name);
    // Without the name of a writer, a process that begins to count anew is another one of the same number.
    const isAnother = stream !== undefined && writer === undefined && seq === 1;
    if (stream !== undefined && !isAnother) return stream;
    if (this.#streams.length >= this.#settings.maxStreams) return undefined;
    const anchor = this.#anchors.get(name);
    const made = new Stream(this.#context, pid, writer, anchor && { seq: anchor.last, mac: anchor.mac });
    this.#open.set(name, made);
    this.#streams.push(made);
    return made;
  }

  #cutOff(): CutOff[] {
    const cutOff: CutOff[] = [];
    for (const [name, { pid, writer, last }] of this.#anchors) {
      const found = this.#open.get(name)?.last ?? 0;
      if (found >= last) continue;
      const names = { pid, ...writer !== undefined && { writer } };
      list(cutOff, { ...names, expected: last, found }, ++this.#problems.cutOff);
    }
    return cutOff;
  }
}

function nameOf(pid: number, writer: string | undefined): string {
  return `${pid} ${writer ?? ""}`;
}

/** Lists the first of its kind. */
function list<T>(found: T[], item: T, count: number): void {
  if (count <= Findings.MOST_LISTED) found.push(item);
}
