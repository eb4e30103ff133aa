/**
 * The charts that the README shows.
 *
 * @module
 */
import { titleOf } from "../records.ts";
import type { CostRow, PartName, Results, RowOf, Spread } from "../results.ts";
import { digits, growthTitle, growthUnit, machineText } from "./numbers.ts";
import { COLOURS, Drawing, LogScale, shortNumber } from "./svg.ts";

const RUNTIMES = ["deno", "bun", "node"] as const;
const WIDTH = 860;
const ROW = 24;
const LABELS = 170;
const NUMBERS = 190;
/** What the Go original takes per line; its published number, on another machine, not a measurement of ours. */
export const GO_ORIGINAL_NS = 5_687;

/** Draws all charts, by file name. */
export function charts(results: Results): { readonly [name: string]: string } {
  return {
    "delivered.svg": costChart(results, "delivered", {
      title: "ns per JSON line until it is in the file (all lines counted)",
      subjects: [
        "floor",
        "hand-written",
        "omni",
        "omni unlocked",
        "pino async",
        "pino sync",
        "logtape non-blocking",
        "logtape blocking",
        "winston",
        "bunyan",
        "log4js",
      ],
      constant: { label: "Go original (published)", value: GO_ORIGINAL_NS },
    }),
    "caller.svg": costChart(results, "caller", {
      title: "ns that a log call costs its caller",
      subjects: [
        "omni",
        "pino async",
        "pino sync",
        "logtape non-blocking",
        "logtape blocking",
        "winston",
        "bunyan",
        "log4js",
      ],
    }),
    "latency.svg": latencyChart(results),
    "growth.svg": growthChart(results),
  };
}

interface CostChartOptions {
  readonly title: string;
  readonly subjects: readonly string[];
  /** A number from elsewhere that is shown beside those that were measured. */
  readonly constant?: { readonly label: string; readonly value: number };
}

/** One panel without fields and one with five; a dot for each runtime on each subject's row, its spread behind it. */
function costChart(
  results: Results,
  part: "delivered" | "caller",
  { title, subjects, constant }: CostChartOptions,
): string {
  const kinds = ["simple", "five"];
  const rowCount = subjects.length + (constant === undefined ? 0 : 1);
  const panel = rowCount * ROW + 58;
  const drawing = new Drawing(title, { width: WIDTH, height: 66 + kinds.length * panel });
  drawing.text(16, 26, { text: title, style: "title" });
  legend(drawing, 16, 48);
  const find = (runtime: string, kind: string, subject: string): Spread | undefined =>
    rowsOf(results, part, runtime).find((row: CostRow) =>
      row.kind === kind && row.subject === subject && row.format === "json" && row.loop === "turning"
    )?.ns;
  const values = RUNTIMES.flatMap((runtime) =>
    kinds.flatMap((kind) => subjects.map((subject) => find(runtime, kind, subject)))
  ).flatMap((spread) => spread === undefined ? [] : [spread.min, spread.max]);
  const scale = new LogScale(constant === undefined ? values : [...values, constant.value], LABELS, {
    to: WIDTH - NUMBERS,
  });
  kinds.forEach((kind, index) => {
    const top = 84 + index * panel;
    drawing.text(16, top, { text: titleOf(kind), style: "strong" });
    RUNTIMES.forEach((runtime, column) =>
      drawing.text(columnOf(column), top, { text: runtime, style: `end ${COLOURS[column]}` })
    );
    const bottom = top + 8 + rowCount * ROW;
    for (const tick of scale.ticks) {
      drawing.line([[scale.at(tick), top + 8], [scale.at(tick), bottom]], "grid");
      drawing.text(scale.at(tick), bottom + 14, { text: shortNumber(tick), style: "middle small" });
    }
    subjects.forEach((subject, row) => {
      const y = top + 8 + (row + 0.5) * ROW;
      drawing.text(LABELS - 12, y + 4, { text: subject, style: subject === "omni" ? "end strong" : "end" });
      RUNTIMES.forEach((runtime, column) => {
        const spread = find(runtime, kind, subject);
        if (spread === undefined) return;
        const own = y + (column - 1) * 5;
        drawing.line([[scale.at(spread.min), own], [scale.at(spread.max), own]], `${COLOURS[column]} whisker`);
        const hint = `${subject} on ${runtime}: ${digits(spread.median)} ns (${digits(spread.min)} to ${
          digits(spread.max)
        })`;
        drawing.dot(scale.at(spread.median), own, { style: COLOURS[column] as string, hint });
        drawing.text(columnOf(column), y + 4, { text: digits(spread.median), style: "end small" });
      });
    });
    if (constant === undefined) return;
    const y = top + 8 + (rowCount - 0.5) * ROW;
    drawing.text(LABELS - 12, y + 4, { text: constant.label, style: "end small" });
    drawing.dot(scale.at(constant.value), y, { style: "f", hint: `${constant.label}: ${digits(constant.value)} ns` });
    drawing.text(columnOf(2), y + 4, { text: digits(constant.value), style: "end small" });
  });
  drawing.footer(footerOf(results, [part], { subjects }));
  return drawing.toString();
}

function columnOf(column: number): number {
  return WIDTH - NUMBERS + 66 + column * 58;
}

/** Delay by percentile: a panel for each runtime, plain above, with a rotation below; a line for each subject. */
function latencyChart(results: Results): string {
  const title = "Delay of HTTP responses by percentile, in µs (five records with each request)";
  const scenarios = ["plain", "rotation"] as const;
  const width = 232;
  const height = 190;
  const drawing = new Drawing(title, { width: WIDTH, height: 96 + scenarios.length * (height + 56) });
  drawing.text(16, 26, { text: title, style: "title" });
  const rowsOn = (runtime: string) => [
    ...rowsOf(results, "latency", runtime),
    ...rowsOf(results, "latency-rotation", runtime),
  ];
  const all = RUNTIMES.flatMap(rowsOn);
  const subjects = [...new Set(all.map(({ subject }) => subject))];
  subjects.forEach((subject, index) => {
    drawing.dot(22 + index * 160, 46, { style: latencyColour(subject, index), hint: subject });
    drawing.text(32 + index * 160, 50, { text: subject });
  });
  const shown = [50, 75, 90, 99, 99.9, 99.99, 100];
  scenarios.forEach((scenario, row) => {
    const rows = all.filter((one) => one.scenario === scenario);
    const top = 92 + row * (height + 56);
    const values = rows.flatMap(({ histogram }) => histogram.filter(([p]) => shown.includes(p)).map(([, us]) => us));
    const scale = new LogScale(values, top + height, { to: top + 10 });
    RUNTIMES.forEach((runtime, column) => {
      const left = 62 + column * (width + 34);
      const x = (p: number) => left + shown.indexOf(p) * width / (shown.length - 1);
      const name = scenario === "plain" ? runtime : `${runtime}, 100 MB rotating, compressing`;
      drawing.text(left, top, { text: name, style: "strong small" });
      for (const tick of scale.ticks) {
        drawing.line([[left, scale.at(tick)], [left + width, scale.at(tick)]], "grid");
        if (column === 0) {
          drawing.text(left - 8, scale.at(tick) + 4, { text: shortNumber(tick), style: "end small" });
        }
      }
      for (const p of shown) {
        drawing.text(x(p), top + height + 16, { text: p === 100 ? "max" : String(p), style: "middle small" });
      }
      subjects.forEach((subject, index) => {
        const found = rowsOn(runtime).find((one) => one.subject === subject && one.scenario === scenario);
        if (found === undefined) return;
        const points = found.histogram.filter(([p]) => shown.includes(p))
          .map(([p, us]) => [x(p), scale.at(us)] as const);
        drawing.line(points, `${latencyColour(subject, index)} line`);
      });
    });
  });
  const notes = all.flatMap(({ scenario, note }) => note === undefined ? [] : [`${scenario}: ${note}`]);
  drawing.footer([...new Set(notes), ...footerOf(results, ["latency", "latency-rotation"], { subjects })]);
  return drawing.toString();
}

function latencyColour(subject: string, index: number): string {
  return subject.startsWith("no logging") ? "f" : COLOURS[index - 1] as string;
}

/** One panel for each thing that grows, both axes logarithmic; the dashed line is what linear growth would be. */
function growthChart(results: Results): string {
  const title = "How omni's ns per record, or ms per rotation, grow (dashed: linear growth of the whole work)";
  const all = RUNTIMES.flatMap((runtime) => rowsOf(results, "growth", runtime).map((row) => ({ ...row, runtime })))
    .filter(({ subject }) => subject === "omni");
  const panels = [...new Set(all.map(growthTitle))];
  const columns = 3;
  const width = 220;
  const height = 170;
  const lines = Math.max(1, Math.ceil(panels.length / columns));
  const drawing = new Drawing(title, { width: WIDTH, height: 76 + lines * (height + 60) });
  drawing.text(16, 26, { text: title, style: "title" });
  legend(drawing, 16, 48);
  panels.forEach((panel, index) => {
    const left = 54 + (index % columns) * (width + 60);
    const top = 84 + Math.floor(index / columns) * (height + 60);
    const rows = all.filter((row) => growthTitle(row) === panel)
      .map((row) => ({
        ...row,
        steps: row.steps.map(({ size, ns }) => ({ size, cost: ns.median / growthUnit(row) })),
      }));
    const steps = rows.flatMap((row) => row.steps);
    // A logarithmic axis has no zero: nothing stands half a step before one.
    const size = (value: number) => value === 0 ? 0.5 : value;
    const x = new LogScale(steps.map((step) => size(step.size)), left, { to: left + width });
    const y = new LogScale(steps.map(({ cost }) => cost), top + height, { to: top + 10 });
    drawing.text(left, top, { text: panel, style: "strong" });
    for (const tick of y.ticks) {
      drawing.line([[left, y.at(tick)], [left + width, y.at(tick)]], "grid");
      drawing.text(left - 6, y.at(tick) + 4, { text: shortNumber(tick), style: "end small" });
    }
    for (const value of new Set(steps.map((step) => step.size))) {
      drawing.text(x.at(size(value)), top + height + 16, { text: shortNumber(value), style: "middle small" });
    }
    const [first] = rows;
    const base = first?.steps.find((step) => step.size > 0);
    const last = first?.steps.at(-1);
    if (base !== undefined && last !== undefined) {
      const end = first?.grows === "not" ? base.cost : base.cost * last.size / base.size;
      drawing.line(clippedLine([base.size, base.cost], [last.size, end], { x, y, top }), "guide");
    }
    for (const { runtime, per = "record", steps } of rows) {
      const colour = COLOURS[RUNTIMES.indexOf(runtime)] as string;
      drawing.line(steps.map((step) => [x.at(size(step.size)), y.at(step.cost)]), `${colour} line`);
      for (const step of steps) {
        const unit = per === "record" ? " ns" : "";
        const hint = `${runtime}, ${panel}, ${step.size}: ${digits(step.cost)}${unit}`;
        drawing.dot(x.at(size(step.size)), y.at(step.cost), { style: colour, hint });
      }
    }
  });
  drawing.footer(footerOf(results, ["growth"], { subjects: ["omni"] }));
  return drawing.toString();
}

/** A straight line, ended where it would leave the panel. */
function clippedLine(
  [fromX, fromY]: readonly [number, number],
  [toX, toY]: readonly [number, number],
  { x, y, top }: { readonly x: LogScale; readonly y: LogScale; readonly top: number },
): readonly (readonly [number, number])[] {
  const [left, start, right, end] = [x.at(fromX), y.at(fromY), x.at(toX), y.at(toY)];
  if (end >= top + 10) return [[left, start], [right, end]];
  const share = (start - (top + 10)) / (start - end);
  return [[left, start], [left + (right - left) * share, top + 10]];
}

function legend(drawing: Drawing, x: number, y: number): void {
  RUNTIMES.forEach((runtime, index) => {
    drawing.dot(x + 6 + index * 70, y - 4, { style: COLOURS[index] as string, hint: runtime });
    drawing.text(x + 16 + index * 70, y, { text: runtime });
  });
}

/** Versions of the runtimes and of the packages that are shown, the machine, and when it was measured. */
function footerOf(
  results: Results,
  parts: readonly PartName[],
  { subjects }: { readonly subjects: readonly string[] },
): string[] {
  const measured = parts.flatMap((part) =>
    RUNTIMES.flatMap((name) => {
      const result = results[part]?.[name];
      return result === undefined ? [] : [result];
    })
  );
  const isShown = (name: string) =>
    subjects.some((subject) => PACKAGES_OF[subject.split(" ")[0] as string]?.test(name));
  const packages = measured.flatMap((result) => Object.entries(result.packages))
    .filter(([name]) => isShown(name)).map((entry) => entry.join(" "));
  const machines = measured.map(({ machine }) => machineText(machine));
  const dates = measured.map(({ date }) => date.slice(0, 10)).toSorted();
  const [first, last] = [dates[0], dates.at(-1)];
  if (first === undefined) return [];
  return [
    [...new Set([...measured.map(({ runtime }) => runtime), ...packages])].join(", "),
    `${[...new Set(machines)].join("; ")}; measured on ${first === last ? first : `${first} to ${last}`} (UTC)`,
  ];
}

/** The packages that a subject is made of. */
const PACKAGES_OF: { readonly [subject: string]: RegExp } = {
  omni: /^@omni\//,
  pino: /^pino$/,
  logtape: /^@logtape\//,
  winston: /^winston$/,
  bunyan: /^bunyan$/,
  log4js: /^log4js$/,
};

function rowsOf<P extends PartName>(results: Results, part: P, runtime: string): readonly RowOf<P>[] {
  return (results[part]?.[runtime]?.rows ?? []) as readonly RowOf<P>[];
}
