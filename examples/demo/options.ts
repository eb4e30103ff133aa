/**
 * The command line of the demo.
 *
 * @module
 */
import { parseArgs } from "node:util";

/** What the demo is asked to do. */
export interface DemoOptions {
  /** Processes. */
  readonly writers: number;
  /** Records of each. */
  readonly lines: number;
  /** Size, in bytes, beyond which the file is rotated. */
  readonly maxBytes: number;
  /** Whether one of them is killed half-way. */
  readonly kill: boolean;
  /** Whether the files stay. */
  readonly keep: boolean;
  /** Whether only the usage is wanted. */
  readonly help: boolean;
}

/** The command line cannot be understood; the message names the option. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

const numbers = {
  "writers": { initial: 6, least: 1, most: 64 },
  "lines": { initial: 400_000, least: 1, most: 10_000_000 },
  // The most that is read back in one piece.
  "max-bytes": { initial: 4 << 20, least: 1024, most: 256 << 20 },
} as const;
const switches = ["kill", "keep", "help"] as const;

/** How to use the demo. */
export const usage = `Writers on Deno, Bun and Node log into one rotating, compressed file; then every line is counted.

deno task demo [options]

  --writers N     processes, spread over the three runtimes  (${numbers.writers.initial})
  --lines N       lines of each process                      (${numbers.lines.initial})
  --max-bytes N   size beyond which the file is rotated      (${numbers["max-bytes"].initial})
  --kill          kill -9 one of the processes half-way
  --keep          keep the files, and say where they are
  --help          show this text
`;

/**
 * Reads the command line.
 *
 * @throws UsageError when it cannot be understood.
 */
export function parseOptions(args: readonly string[]): DemoOptions {
  const names = [...Object.keys(numbers).map((name) => `--${name}`), ...switches.map((name) => `--${name}`)];
  const values = new Map<string, number>(Object.entries(numbers).map(([name, { initial }]) => [name, initial]));
  const chosen = new Set<string>();
  // Not strict: its own messages do not say what is allowed.
  const { tokens } = parseArgs({
    args: [...args],
    options: Object.fromEntries(Object.keys(numbers).map((name) => [name, { type: "string" as const }])),
    strict: false,
    tokens: true,
  });
  for (const token of tokens) {
    if (token.kind !== "option") {
      const text = token.kind === "positional" ? token.value : "--";
      throw new UsageError(`Cannot use argument "${text}": expected only options (${names.join(", ")})`);
    }
    const { name, rawName, value } = token;
    if (isNumber(name)) values.set(name, toNumber(name, value));
    else if ((switches as readonly string[]).includes(name) && rawName.startsWith("--")) {
      if (value !== undefined) throw new UsageError(`Cannot use option "--${name}": it takes no value, got "${value}"`);
      chosen.add(name);
    } else throw new UsageError(`Cannot use option "${rawName}": unknown; known are ${names.join(", ")}`);
  }
  return {
    writers: values.get("writers") as number,
    lines: values.get("lines") as number,
    maxBytes: values.get("max-bytes") as number,
    kill: chosen.has("kill"),
    keep: chosen.has("keep"),
    help: chosen.has("help"),
  };
}

function isNumber(name: string): name is keyof typeof numbers {
  return Object.hasOwn(numbers, name);
}

function toNumber(name: keyof typeof numbers, value: string | undefined): number {
  const { least, most } = numbers[name];
  const allowed = `a whole number from ${least} to ${most}`;
  if (value === undefined) throw new UsageError(`Cannot use option "--${name}": expected ${allowed}, got nothing`);
  const number = /^\d+$/.test(value) ? Number(value) : NaN;
  if (number >= least && number <= most) return number;
  throw new UsageError(`Cannot use option "--${name}": expected ${allowed}, got "${value}"`);
}
