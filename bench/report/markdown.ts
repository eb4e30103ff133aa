/**
 * All that was measured as one page.
 *
 * @module
 */
import { type PartName, type PartResult, PARTS, type Results } from "../results.ts";
import { LINEAR_TOLERANCE } from "../parts/growth.ts";
import { TURN_EVERY } from "../parts/part.ts";
import { GO_ORIGINAL_NS } from "./charts.ts";
import { table } from "../support/table.ts";
import { machineText } from "./numbers.ts";
import { partTable, TABLE_TITLES } from "./tables.ts";

/** Writes the page of `bench/RESULTS.md`. */
export function toMarkdown(results: Results): string {
  const parts = PARTS.flatMap((part) =>
    Object.values(results[part] ?? {}).map((result) => partText(part, result as PartResult<PartName>))
  );
  return `${
    [
      "# Measurements",
      METHOD,
      "## Runs",
      runsTable(results),
      "## Charts",
      ...CHARTS,
      ...parts,
    ].join("\n\n")
  }\n`;
}

const CHARTS = [
  "![Delivered cost, Omni beside its peers](delivered.svg)",
  "![Cost of a call, Omni beside its peers](caller.svg)",
  "![Delay of HTTP responses by percentile, Omni beside its peers and no logging](latency.svg)",
  "![How Omni's cost grows with fields, message, destinations, queue, rotated files, files and processes](growth.svg)",
];

const METHOD = `Made by \`deno task bench\`; \`deno task bench --report\` makes this page and the charts anew from
\`bench/results.json\`.

- Each subject runs in a process of its own. Rounds of all subjects alternate, each begins as often as the others; the
  median of the rounds counts, least and greatest stand beside it. "x floor", "x hand-written" and "x pino" are medians of
  the ratios within each round; of several modes of a peer the best one counts, except where pino's default is named,
  which writes each line at once ("pino sync"). A round whose floor lies more than 1.4 times off the median of all is left
  out.
- The floor puts a ready-made line together with others and writes blocks of 64 KiB. "record alone" makes the fields
  and logs nowhere, "record and clock" also looks at the clock.
- "hand-written" is what plain JavaScript can do: a logger for nothing but these records, in one short file
  (\`bench/subjects/hand_written.ts\`), as somebody would write it who wants no library. It looks at the clock at each
  call, puts the line together as text, and writes blocks under the same lock as Omni. It has no levels, no limits, no
  rotation, and does not notice errors or what was not written. The floor formats nothing, so no logger comes near it; this
  one shows how much of the distance is the work itself. It is measured without fields and with five, in JSON.
- Delivered: the time of the loop and of the close after it, all lines counted afterwards. A turning loop lets the
  event loop turn after every ${TURN_EVERY} records, a tight one never.
- LogTape's blocking file sink writes a line shorter than 200 bytes at once when nothing waits in its buffer, and then
  calls \`fsync\`, however large the buffer is: what is measured without fields, and with text, is mostly the disk. Lines
  of five fields in JSON are longer, and gathered.
- Bytes per call: on Node and Deno the growth of V8's heap over a short burst, with the fields that the caller makes; on
  Bun the growth of the heap's capacity, a lower bound that leaves out the characters of strings.
- Delays: 2,000 requests a second on a fixed schedule, whether or not earlier ones have been answered; the first 0.3 s do
  not count. While logs of 100 MB are rotated and compressed, every two seconds a full log is put in the place of Omni's,
  which rotates it with its next batch and compresses it. The others do not compress, so a process beside them does, at
  the same moments: "no logging" too has a gzip of 100 MB beside it. A round counts only if all compressions began and
  ended while requests were measured; "compressing" tells how long they took of how long.
- Delays are compared with a server that logs nothing. The same server is measured a second time, as a control: how far
  its figures lie from those of the first is what two measurements of the same thing differ by.
- Growth is linear where from one size to the next the cost grows by at most
  ${
  ((LINEAR_TOLERANCE - 1) * 100).toFixed(0)
} % more than the size (where a line is the same work at any size: by at most that), judged on the
  least of the rounds, because what else the machine does only ever adds.
- Rotated files, and numbered ones: so many lie in the directory already, empty, with the names that the library gives
  them. A line's cost is that of 150,000 lines until all are in the file, with a rotation every 8 MB, the first of which
  reads all the names once; what the rotations cause in the background goes on meanwhile, and is not waited for. "ms per
  rotation" is the time from a line that rotates the log until the logger is closed, which waits for all of that: reading
  the names again and, where files are numbered, renaming each of them. That is work for each file, so it may grow with
  their number; a line's cost may not.
- Files of a process: a logger for each, opened before. In every turn of the event loop each gets ten lines, and the next
  turn begins when they are in the files, so a line is part of as large a write whatever the number of files.
- The Go original's ${GO_ORIGINAL_NS} ns per line are its published number, not a measurement of ours.`;

/** When each part was measured, at which commit, and how thoroughly. */
function runsTable(results: Results): string {
  const runtimes = ["deno", "bun", "node"];
  return table(
    ["part", ...runtimes],
    PARTS.filter((part) => results[part] !== undefined).map((part) => [
      part,
      ...runtimes.map((runtime) => {
        const result = results[part]?.[runtime];
        return result === undefined ? "-" : runText(result);
      }),
    ]),
    { left: 4 },
  );
}

function runText({ date, commit, quick, brief }: PartResult<PartName>): string {
  const effort = quick ? ["smoke run"] : brief ? ["brief"] : [];
  return [minuteOf(date), ...(commit === undefined ? [] : [commit]), ...effort].join(", ");
}

function minuteOf(date: string): string {
  return `${date.slice(0, 16).replace("T", " ")} UTC`;
}

function partText<P extends PartName>(part: P, result: PartResult<P>): string {
  const { runtime, machine, packages, quick, rows } = result;
  const versions = Object.entries(packages).map((entry) => entry.join(" ")).join(", ");
  return [
    `## ${TABLE_TITLES[part]}: ${runtime}`,
    `${runText(result)}, ${machineText(machine)}, load ${machine.load} at the ` +
    `beginning.${quick ? " **A smoke run: these numbers mean little.**" : ""} ${versions}.`,
    partTable(part, rows),
  ].join("\n\n");
}
