import { visibleText } from "../format/escape.ts";
import { Findings } from "./findings.ts";
import type { LogGap, LogPlace, LogReport, LogTotals, RecordPlace, StreamReport } from "./report.ts";

/** Streams and vanished files that are named at the most. */
const MOST_NAMED = 20;

const numbers = new Intl.NumberFormat("en");

/** A report for people: what was read, then each problem on a line of its own, then the verdict. */
export function reportText(report: LogReport): string {
  const { path, files, records, bytes, lines, unsequenced, streams, vanished, ok } = report;
  const out = [
    `${visibleText(path)}: ${count(files.length, "file")}, ${count(lines, "line")}, ${count(bytes, "byte")}`,
    streams.length === 0
      ? `${count(records, "record")}, none with a number`
      : `${count(records, "record")} in ${count(streams.length, "stream")}` +
        (unsequenced === 0 ? "" : `; ${count(unsequenced, "record")} without number, of which nothing is known`),
  ];
  for (const stream of streams.slice(0, MOST_NAMED)) out.push(`  ${streamText(stream)}`);
  if (streams.length > MOST_NAMED) out.push(`  and ${count(streams.length - MOST_NAMED, "more stream")}`);
  for (const name of vanished.slice(0, MOST_NAMED)) out.push(`deleted before it could be read: ${visibleText(name)}`);
  out.push(...problemTexts(report), ok ? okText(report) : `not ok: ${verdict(report)}`);
  return out.join("\n");
}

/** Nothing is wrong; but where nothing was verified, that must not read as if something had been. */
function okText({ records, streams }: LogReport): string {
  if (streams.length > 0) return "ok";
  return records === 0
    ? "nothing to verify: there is no record"
    : "no record is damaged; whether any is missing cannot be known: log with format.json({ sequence: true })";
}

function streamText({ pid, writer, first, last, startsAt, unproven }: StreamReport): string {
  return `${nameText(pid, writer)}: ${numbers.format(first)} to ${numbers.format(last)}` +
    (startsAt === undefined ? "" : ", the beginning is no longer there") +
    (unproven === 0 ? "" : `, ${numbers.format(unproven)} not to be proven`);
}

function* problemTexts(report: LogReport): Iterable<string> {
  const { streams, fragments, unsigned, cutOff, unreadable, totals } = report;
  for (const { file, reason } of unreadable) yield `cannot read ${visibleText(file)}: ${visibleText(reason)}`;
  for (const stream of streams) {
    const name = nameText(stream.pid, stream.writer);
    for (const gap of stream.gaps) yield `${placeText(gap)}: ${gapText(gap)} (${name})`;
    const records = (kind: string, places: readonly RecordPlace[]) =>
      places.map((place) => `${placeText(place)}: record ${numbers.format(place.seq)} ${kind} (${name})`);
    yield* records("has been there before", stream.doubles);
    yield* records("stands after later ones", stream.disorder);
    yield* records("is not what was logged, or not after what was logged before", stream.altered);
  }
  for (const place of fragments) {
    yield `${placeText(place)}: no record, ${count(place.bytes, "byte")}${place.isLast ? ", at the end" : ""}`;
  }
  for (const place of unsigned) yield `${placeText(place)}: a record without code`;
  for (const { pid, writer, expected, found } of cutOff) {
    yield `the end is missing: ${numbers.format(found)} is the last, ${numbers.format(expected)} was seen before (${
      nameText(pid, writer)
    })`;
  }
  for (const [kind, total] of Object.entries(totals)) {
    if (kind !== "missing" && kind !== "untracked" && total > Findings.MOST_LISTED) {
      yield `${kind}: ${numbers.format(total - Findings.MOST_LISTED)} more`;
    }
  }
}

function gapText({ missing, after, before, cause }: LogGap): string {
  const between = after === 0
    ? `before ${numbers.format(before)}`
    : `between ${numbers.format(after)} and ${numbers.format(before)}`;
  const why = cause === "dropped" ? ", dropped by the logger" : cause === "removed" ? ", removed" : "";
  return `${count(missing, "record")} missing ${between}${why}`;
}

/** What one problem of each kind is called. */
const KIND: { readonly [K in keyof LogTotals]: string } = {
  gaps: "gap",
  missing: "missing record",
  doubles: "double",
  disorder: "misplaced record",
  altered: "altered record",
  fragments: "fragment",
  unsigned: "unsigned record",
  cutOff: "missing end",
  unreadable: "unreadable file",
  untracked: "untracked record",
};

function verdict({ totals }: LogReport): string {
  const kinds = Object.keys(KIND) as (keyof LogTotals)[];
  return kinds.filter((kind) => totals[kind] > 0).map((kind) => count(totals[kind], KIND[kind])).join(", ");
}

function nameText(pid: number, writer: string | undefined): string {
  return `pid ${pid}${writer === undefined ? "" : ` writer ${writer}`}`;
}

function placeText({ file, line }: LogPlace): string {
  return `${visibleText(file)}:${line}`;
}

function count(number: number, what: string): string {
  return `${numbers.format(number)} ${what}${number === 1 ? "" : "s"}`;
}
