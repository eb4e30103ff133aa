import { checkThreshold, LEVEL_NUMBER, type LevelThreshold } from "../level.ts";
import { messageOf } from "../errors.ts";
import type { Filter, Message } from "../message.ts";
import { checkLoggerPattern } from "../logger_name.ts";
import { resolvePiece } from "../plugins/names.ts";
import { withPlace } from "../settings/option_errors.ts";
import { checkArray, checkBoolean, checkFunction, checkObject, checkText, show } from "../validate.ts";
import { type FieldCondition, fieldFilter } from "./filter_field.ts";

/**
 * Leads records to destinations. All of the conditions that it names must hold; without any it takes every record.
 *
 * @example Errors to a file of their own, the database's records to another, everything to the console
 * ```ts
 * import { createLogger } from "@omni/log";
 *
 * const directory = await Deno.makeTempDir();
 * await using log = createLogger({
 *   destinations: [
 *     { uri: `${directory}/errors.log`, name: "errors" },
 *     { uri: `${directory}/db.log`, name: "db" },
 *     "stdout:", // no route names it, so it takes everything
 *   ],
 *   routes: [
 *     { level: "error", to: "errors" },
 *     { logger: "db.*", to: "db" },
 *     { fields: { audit: true, "user.role": { in: ["admin", "root"] } }, to: ["db", "errors"] },
 *   ],
 * });
 * log.error("to the file of errors and to the console");
 * ```
 */
export interface Route {
  /** Names of the destinations it leads to. */
  readonly to: string | readonly string[];
  /** Level from which on it takes records. @default all */
  readonly level?: LevelThreshold;
  /** Name of a logger, or `"db.*"` for `db` and all below it; one of them where there are several. @default all */
  readonly logger?: string | readonly string[];
  /** Fields by their paths: what each equals, or a condition as of `filter.field`. @default any */
  readonly fields?: { readonly [path: string]: string | number | boolean | null | FieldCondition };
  /** Whatever else must hold: a function, or the name that a plugin gave to one. @default nothing */
  readonly filter?: Filter | string;
  /** Whether no further route is asked about a record that this one takes. @default false */
  readonly final?: boolean;
}

/** A route, checked. */
export interface CheckedRoute {
  readonly to: readonly string[];
  readonly conditions: readonly Filter[];
  readonly final: boolean;
}

/** Routes at the most: which of them have taken a record is kept in one number. */
const MOST_ROUTES = 50;

const KEYS: ReadonlySet<string> = new Set(["to", "level", "logger", "fields", "filter", "final"]);

/** Checks the option `routes`; whether the destinations exist is for {@linkcode Router.bind} to see. */
export function checkRoutes(routes: unknown): CheckedRoute[] {
  const checked = checkArray("routes", routes, checkRoute);
  if (checked.length <= MOST_ROUTES) return checked;
  throw new RangeError(`Cannot use option "routes": expected at most ${MOST_ROUTES}, got ${checked.length}`);
}

function checkRoute(where: string, input: unknown): CheckedRoute {
  checkObject(where, input, KEYS);
  const { to, level, logger, fields, filter, final = false } = input as Route;
  const conditions: Filter[] = [];
  if (level !== undefined) {
    const least = checkThreshold(`${where}.level`, level);
    conditions.push((message) => LEVEL_NUMBER[message.level] >= least);
  }
  if (logger !== undefined) conditions.push(ofLogger(`${where}.logger`, logger));
  if (fields !== undefined) {
    checkObject(`${where}.fields`, fields, undefined);
    for (const [path, condition] of Object.entries(fields)) {
      conditions.push(ofField(`${where}.fields[${show(path)}]`, path, condition));
    }
  }
  if (filter !== undefined) {
    const at = `${where}.filter`;
    conditions.push(checkFunction<Filter>(at, resolvePiece("filter", filter, { where: at })));
  }
  const names = typeof to === "string"
    ? [checkText(`${where}.to`, to)]
    : checkArray(`${where}.to`, to, (at, name) => checkText(at, name));
  if (names.length === 0) throw new RangeError(`Cannot use option "${where}.to": expected at least one destination`);
  return { to: names, conditions, final: checkBoolean(`${where}.final`, final) };
}

function ofLogger(where: string, logger: unknown): Filter {
  const patterns = typeof logger === "string"
    ? [checkText(where, logger)]
    : checkArray(where, logger, (at, name) => checkText(at, name));
  const exact = new Set<unknown>();
  const prefixes: string[] = [];
  for (const pattern of patterns) {
    checkLoggerPattern(where, pattern);
    if (!pattern.endsWith("*")) exact.add(pattern);
    else {
      exact.add(pattern.slice(0, -2));
      prefixes.push(pattern.slice(0, -1));
    }
  }
  return ({ fields }) => {
    const name = fields !== undefined && Object.hasOwn(fields, "logger") ? fields.logger : undefined;
    if (typeof name !== "string") return false;
    return exact.has(name) || prefixes.some((prefix) => name.startsWith(prefix));
  };
}

function ofField(where: string, path: string, condition: unknown): Filter {
  const isCondition = typeof condition === "object" && condition !== null;
  return withPlace(
    () => `"${where}"`,
    () => fieldFilter(path, isCondition ? condition as FieldCondition : { equals: condition }),
  );
}

/** Says which destinations take a record. A destination that no route names takes every record. */
export class Router<D extends { readonly name: string }> {
  readonly #routes: readonly CheckedRoute[];
  readonly #report: (error: unknown) => void;
  #destinations: readonly D[] = [];
  /** The destinations by the routes that have taken a record: the sum of 2^i of their places. */
  readonly #choices = new Map<number, readonly D[]>();

  constructor(routes: readonly CheckedRoute[], report: (error: unknown) => void) {
    this.#routes = routes;
    this.#report = report;
  }

  /** Throws when a route leads to a destination that is not there. */
  check(names: readonly string[]): void {
    this.#routes.forEach(({ to }, index) => {
      const missing = to.find((name) => !names.includes(name));
      if (missing === undefined) return;
      const known = names.map((name) => show(name)).join(", ");
      throw new RangeError(
        `Cannot use option "routes[${index}].to": no destination ${show(missing)}; there are ${known}`,
      );
    });
  }

  /** The destinations of a message, in the order of `destinations`, which are all that there are. */
  select(message: Message, destinations: readonly D[]): readonly D[] {
    if (destinations !== this.#destinations) {
      this.#destinations = destinations;
      this.#choices.clear();
    }
    let choice = 0;
    let place = 1;
    for (const route of this.#routes) {
      if (this.#takes(route, message)) {
        choice += place;
        if (route.final) break;
      }
      place *= 2;
    }
    let chosen = this.#choices.get(choice);
    if (chosen === undefined) this.#choices.set(choice, chosen = this.#choose(choice));
    return chosen;
  }

  /** A condition that throws holds: better one destination too many than a record lost. */
  #takes({ conditions }: CheckedRoute, message: Message): boolean {
    for (const holds of conditions) {
      try {
        if (!holds(message)) return false;
      } catch (error) {
        this.#report(new Error(`Cannot use a condition of a route: ${messageOf(error)}`, { cause: error }));
      }
    }
    return true;
  }

  #choose(choice: number): readonly D[] {
    const named = new Set(this.#routes.flatMap(({ to }) => to));
    const taken = new Set(this.#routes.flatMap(({ to }, index) => Math.floor(choice / 2 ** index) % 2 === 1 ? to : []));
    return this.#destinations.filter(({ name }) => taken.has(name) || !named.has(name));
  }
}
