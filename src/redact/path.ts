import { mayHaveBeen, readMarks } from "./marked_name.ts";
import { show } from "../validate.ts";

/** A part of a path: a name, any one name or index, any number of levels. */
type Segment = string | typeof ANY | typeof DEEP;

const ANY = Symbol("*");
const DEEP = Symbol("**");

/** States of all paths together at the most; each `*` after a `**` may double them. */
const MAX_STATES = 4096;

/** How far all paths have got at one place of a record. */
export interface PathState {
  /** Whether a path ends here. */
  readonly isMatch: boolean;
  /** Whether no path goes on from here. */
  readonly isEnd: boolean;
  /** Where a name leads that a path asks for. */
  readonly named: ReadonlyMap<string, PathState>;
  /** Where every other name leads, and an index. */
  readonly other: PathState;
}

/** Goes one name or index further; of a name that a copy has changed, by the one that it was. */
export function nextState(state: PathState, key: string): PathState {
  const { named, other } = state;
  const next = named.get(key);
  if (next !== undefined || named.size === 0 || readMarks(key) === undefined) return next ?? other;
  for (const [name, state] of named) if (mayHaveBeen(key, name)) return state;
  return other;
}

/** A segment of a path with what follows; `undefined` is the end. */
interface Node {
  readonly id: number;
  readonly segment: Segment;
  readonly next: Node | undefined;
}

/**
 * Makes one deterministic automaton of all paths, so that a record is walked through once, whatever their number.
 *
 * The construction is that of subsets, as for regular expressions: a state is the set of the segments that may come
 * next.
 */
export function compilePaths(paths: readonly string[], where: string): PathState {
  let id = 0;
  const first = paths.map((path, index) => {
    let next: Node | undefined;
    for (const segment of parsePath(path, `${where}[${index}]`).reverse()) next = { id: id++, segment, next };
    return next;
  });
  return new States(where).make(first);
}

interface MutableState extends PathState {
  readonly nodes: ReadonlySet<Node>;
  named: Map<string, PathState>;
  other: PathState;
}

/** The states of an automaton, each made once; what they lead to is made in its turn. */
class States {
  readonly #states = new Map<string, MutableState>();
  readonly #where: string;

  constructor(where: string) {
    this.#where = where;
  }

  /** The state in which these segments come next, and everything that can be reached from it. */
  make(first: readonly (Node | undefined)[]): PathState {
    const start = this.#find(first);
    // The loop also comes to what is added while it runs.
    for (const state of this.#states.values()) {
      state.other = this.#step(state, undefined);
      for (const { segment } of state.nodes) {
        if (typeof segment === "string") state.named.set(segment, this.#step(state, segment));
      }
    }
    return start;
  }

  #step({ nodes }: MutableState, name: string | undefined): PathState {
    return this.#find([...nodes].flatMap((node) => {
      if (node.segment === DEEP) return [node];
      return isStep(node.segment, name) ? [node.next] : [];
    }));
  }

  #find(from: readonly (Node | undefined)[]): MutableState {
    const nodes = new Set<Node>();
    let isMatch = false;
    const add = (node: Node | undefined): void => {
      if (node === undefined) isMatch = true;
      else if (!nodes.has(node)) {
        nodes.add(node);
        if (node.segment === DEEP) add(node.next);
      }
    };
    from.forEach(add);
    const key = [...nodes].map((node) => node.id).sort((a, b) => a - b).join() + isMatch;
    const known = this.#states.get(key);
    if (known !== undefined) return known;
    if (this.#states.size >= MAX_STATES) {
      throw new RangeError(`Cannot use option "${this.#where}": too many "*" after "**", which multiply`);
    }
    const state = { isMatch, isEnd: nodes.size === 0, nodes, named: new Map() } as unknown as MutableState;
    this.#states.set(key, state);
    return state;
  }
}

/** Whether a segment leads on from a name, or from every other one. */
function isStep(segment: Segment, name: string | undefined): boolean {
  if (segment === ANY || segment === name) return true;
  return name !== undefined && typeof segment === "string" && mayHaveBeen(name, segment);
}

/** `[0]`, `[*]`, `["a.b"]`, or a name after a dot: quoted, or without any of the signs that mean something. */
const SEGMENT =
  /\[(?:(\d+|\*)|"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)')\]|"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'|([^.[\]"'*]+|\*\*?)/suy;

/** The parts of a path; throws a `RangeError` that names the option. */
function parsePath(path: string, where: string): Segment[] {
  const segments: Segment[] = [];
  for (let at = 0; at < path.length || segments.length === 0;) {
    const isBracket = path[at] === "[";
    if (segments.length > 0 && !isBracket && path[at++] !== ".") throw refuse(path, where, at - 1);
    SEGMENT.lastIndex = at;
    const match = path[at] === "[" && !isBracket ? null : SEGMENT.exec(path);
    if (match === null) throw refuse(path, where, at);
    const [, index, literal1, literal2, literal3, literal4, bare] = match;
    const literal = literal1 ?? literal2 ?? literal3 ?? literal4;
    if (literal !== undefined) segments.push(literal.replace(/\\(.)/gsu, "$1"));
    else segments.push(plainSegment((index ?? bare) as string));
    at = SEGMENT.lastIndex;
  }
  // What "**" matches last is a level of its own: without one it would be what stands before.
  if (segments.at(-1) === DEEP) segments.push(ANY);
  return segments;
}

function plainSegment(text: string): Segment {
  return text === "*" ? ANY : text === "**" ? DEEP : text;
}

function refuse(path: string, where: string, at: number): RangeError {
  return new RangeError(
    `Cannot use option "${where}": ${show(path)} is no path, see its character ${at + 1}; ` +
      'expected names with dots between, "*", "**", [0], [*]; other signs in quotes, as in headers["x-api.key"]',
  );
}
