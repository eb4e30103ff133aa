/**
 * Charts by hand: text and lines in colours that can be read on light and dark alike, and adapt where the viewer says
 * which it is.
 *
 * @module
 */

/** Classes of colour, one for each series. */
export const COLOURS: readonly string[] = ["a", "b", "c", "d", "e", "f"];

const STYLE = `
text { font: 12px ui-sans-serif, system-ui, sans-serif; fill: #6e7781 }
.title { font-size: 15px; font-weight: 600 } .strong { font-weight: 600 } .end { text-anchor: end }
.middle { text-anchor: middle } .small { font-size: 10.5px }
.grid { stroke: #6e7781; stroke-opacity: .25 } .guide { stroke: #6e7781; stroke-dasharray: 4 4; fill: none }
.a { fill: #2f81f7; stroke: #2f81f7 } .b { fill: #d4761c; stroke: #d4761c } .c { fill: #2da160; stroke: #2da160 }
.d { fill: #a66ee0; stroke: #a66ee0 } .e { fill: #d24f80; stroke: #d24f80 } .f { fill: #6e7781; stroke: #6e7781 }
text.a, text.b, text.c, text.d, text.e, text.f { stroke: none }
.line { fill: none; stroke-width: 2 } .whisker { stroke-width: 1.5; stroke-opacity: .6 }
@media (prefers-color-scheme: dark) { text { fill: #a7b0ba } }`.trim();

const FOOTER_LINE = 15;

/** A drawing that grows by its parts. */
export class Drawing {
  readonly #width: number;
  #height: number;
  readonly #title: string;
  readonly #parts: string[] = [];

  /** Makes an empty one, with a title for those who cannot see it. */
  constructor(title: string, { width, height }: { readonly width: number; readonly height: number }) {
    this.#title = title;
    this.#width = width;
    this.#height = height;
  }

  /** Puts a text at a place, its baseline there. */
  text(x: number, y: number, { text, style = "" }: { readonly text: string; readonly style?: string }): void {
    this.#parts.push(`<text x="${at(x)}" y="${at(y)}"${classOf(style)}>${escaped(text)}</text>`);
  }

  /** Draws a line through points. */
  line(points: readonly (readonly [number, number])[], style: string): void {
    const path = points.map(([x, y], index) => `${index === 0 ? "M" : "L"}${at(x)} ${at(y)}`).join("");
    this.#parts.push(`<path d="${path}"${classOf(style)}/>`);
  }

  /** Draws a dot, which tells more when it is pointed at. */
  dot(x: number, y: number, { style, hint }: { readonly style: string; readonly hint: string }): void {
    this.#parts.push(
      `<circle cx="${at(x)}" cy="${at(y)}" r="4"${classOf(style)}><title>${escaped(hint)}</title></circle>`,
    );
  }

  /** Puts small lines of text below all there is. */
  footer(lines: readonly string[]): void {
    for (const [index, text] of lines.entries()) {
      this.text(16, this.#height + 14 + index * FOOTER_LINE, { text, style: "small" });
    }
    this.#height += lines.length * FOOTER_LINE + 12;
  }

  /** The drawing as a document. */
  toString(): string {
    const size = `viewBox="0 0 ${this.#width} ${this.#height}" width="${this.#width}" height="${this.#height}"`;
    const title = escaped(this.#title);
    return `<svg xmlns="http://www.w3.org/2000/svg" ${size} role="img" aria-label="${title}">\n` +
      `<title>${title}</title>\n<style>${STYLE}</style>\n${this.#parts.join("\n")}\n</svg>\n`;
  }
}

/** Places numbers on a logarithmic axis, between two ends. */
export class LogScale {
  readonly #least: number;
  readonly #most: number;
  readonly #from: number;
  readonly #to: number;

  /** Makes a scale that holds all values, rounded outwards to 1, 2 or 5 times a power of ten. */
  constructor(values: readonly number[], from: number, { to }: { readonly to: number }) {
    const known = values.filter((value) => value > 0 && Number.isFinite(value));
    this.#least = known.length === 0 ? 1 : roundNumber(Math.min(...known), Math.floor);
    this.#most = Math.max(this.#least * 2, known.length === 0 ? 10 : roundNumber(Math.max(...known), Math.ceil));
    this.#from = from;
    this.#to = to;
  }

  /** Where a number lies. */
  at(value: number): number {
    const share = Math.log(Math.max(value, this.#least) / this.#least) / Math.log(this.#most / this.#least);
    return this.#from + share * (this.#to - this.#from);
  }

  /** Numbers for the grid: powers of ten, and 2 and 5 times these where there is room. */
  get ticks(): number[] {
    const wide = this.#most / this.#least > 500;
    const ticks: number[] = [];
    for (let power = Math.floor(Math.log10(this.#least)); 10 ** power <= this.#most; power++) {
      for (const factor of wide ? [1] : [1, 2, 5]) {
        const tick = factor * 10 ** power;
        if (tick >= this.#least * 0.999 && tick <= this.#most * 1.001) ticks.push(tick);
      }
    }
    return ticks;
  }
}

/** A number for a label: 1500 as 1.5k. */
export function shortNumber(value: number): string {
  if (value >= 1e6) return `${trimmed(value / 1e6)}M`;
  if (value >= 1e3) return `${trimmed(value / 1e3)}k`;
  return trimmed(value);
}

function trimmed(value: number): string {
  return String(Number(value.toPrecision(value >= 100 ? 3 : 2)));
}

function roundNumber(value: number, round: (value: number) => number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  const steps = [1, 2, 5, 10];
  const share = value / power;
  const step = round === Math.floor
    ? steps.findLast((step) => step <= share * 1.000001)
    : steps.find((step) => step >= share * 0.999999);
  return (step ?? 1) * power;
}

function classOf(style: string): string {
  return style === "" ? "" : ` class="${style}"`;
}

function at(value: number): string {
  return String(Math.round(value * 10) / 10);
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}
