/** What decides about colours. */
export interface ColorConditions {
  /** Whether a terminal shows the output. */
  readonly isTerminal: boolean;
  /** The environment variables. */
  readonly env: Readonly<Record<string, string | undefined>>;
}

/**
 * Whether the output is to have colours. The first that applies decides:
 *
 * 1. `FORCE_COLOR`, present and not empty: `0` and `false` mean no, anything else yes, on a terminal or not
 *    (force-color.org; that it can also say no, and that it comes before `NO_COLOR`, is the rule of Node's `tty`);
 * 2. `NO_COLOR`, present and not empty: no (no-color.org);
 * 3. `TERM=dumb`: no (terminfo(5): a terminal that only puts characters);
 * 4. otherwise a terminal has colours and nothing else does.
 *
 * @example Colours where the terminal's user wants them
 * ```ts
 * import { colorsWanted, format } from "@omni/log";
 *
 * const colors = colorsWanted({ isTerminal: true, env: { NO_COLOR: "1" } });
 * const text = format.pretty({ colors })({ time: 0, level: "info", msg: "ready" });
 * if (text !== "00:00:00.000 INFO  ready") throw new Error(text);
 * ```
 */
export function colorsWanted({ isTerminal, env }: ColorConditions): boolean {
  const { FORCE_COLOR: force = "", NO_COLOR: no = "", TERM: term } = env;
  if (force !== "") return force !== "0" && force.toLowerCase() !== "false";
  return no === "" && term !== "dumb" && isTerminal;
}
