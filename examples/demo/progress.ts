/**
 * The progress of the writers: redrawn in place on a terminal, now and then as plain lines otherwise.
 *
 * @module
 */
import process from "node:process";
import type { Writer } from "./fleet.ts";
import { aligned, grouped, seconds } from "./table.ts";

const REDRAW_EVERY = 100;
const PRINT_EVERY = 5_000;
const BAR_WIDTH = 16;

/** Shows progress until the returned function is called, which shows the last state. */
export function showProgress(writers: readonly Writer[]): () => void {
  const { stdout } = process;
  // What does not fit cannot be redrawn: the cursor does not go up beyond the first row.
  const inPlace = stdout.isTTY && stdout.rows > writers.length + 2 && stdout.columns >= 80;
  return inPlace ? redraw(writers) : print(writers);
}

function redraw(writers: readonly Writer[]): () => void {
  const { stdout } = process;
  const draw = () => stdout.write(rows(writers).map((row) => `\x1b[2K${row}\n`).join(""));
  stdout.write("\x1b[?25l");
  draw();
  const again = () => {
    stdout.write(`\x1b[${writers.length + 1}A`);
    draw();
  };
  const timer = setInterval(again, REDRAW_EVERY);
  return () => {
    clearInterval(timer);
    again();
    stdout.write("\x1b[?25h");
  };
}

function print(writers: readonly Writer[]): () => void {
  const startedAt = performance.now();
  const say = (when: string) => console.log([when, ...rows(writers)].join("\n"));
  const time = () => seconds(performance.now() - startedAt);
  const timer = setInterval(() => say(`After ${time()}\n`), PRINT_EVERY);
  return () => {
    clearInterval(timer);
    say(`Done after ${time()}\n`);
  };
}

/** A row of titles and one for each writer. */
function rows(writers: readonly Writer[]): string[] {
  const head = ["", "process", "", "pid", "written", "rotations", "lines/s", ""];
  const body = writers.map((writer) => {
    const { number, runtime, pid, written, rotations, startedAt, endedAt = performance.now() } = writer;
    const rate = written / (endedAt - startedAt) * 1000;
    const counts = [grouped(written), grouped(rotations), grouped(rate)].map((text) => text.padStart(9));
    return [String(number), runtime.padEnd(7), bar(writer), String(pid).padStart(7), ...counts, state(writer)];
  });
  return aligned([head, ...body], 3).map((row) => row.trimEnd());
}

function bar({ written, lines }: Writer): string {
  const full = Math.min(BAR_WIDTH, Math.floor(BAR_WIDTH * written / lines));
  return "█".repeat(full) + "░".repeat(BAR_WIDTH - full);
}

function state({ failure, endedAt, isVictim, written }: Writer): string {
  const word = failure !== undefined
    ? (isVictim ? "killed" : "failed")
    : endedAt !== undefined
    ? "done"
    : written > 0
    ? ""
    : "starting";
  // As long as the longest, so that the columns do not move.
  return word.padEnd(8);
}
