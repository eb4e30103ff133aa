import { namesRevision } from "../plugins/names.ts";

/**
 * What was made of settings, so that the parts that stay the same when settings change are not made anew: a sampler
 * goes on counting, and a destination goes on writing.
 */
export class Kept {
  #made: readonly (readonly [key: string, value: unknown])[] = [];
  #revision = namesRevision();
  #left: (readonly [key: string, value: unknown])[] = [];
  #next: (readonly [key: string, value: unknown])[] = [];

  /** Calls what makes things by `take`. What it took replaces what was kept before, unless it throws. */
  during<T>(make: () => T): T {
    const revision = namesRevision();
    // Plugins have come or gone: a name may stand for something else now.
    this.#left = revision === this.#revision ? [...this.#made] : [];
    this.#next = [];
    const result = make();
    this.#made = this.#next;
    this.#revision = revision;
    return result;
  }

  /** What was made of the same settings, once for each time that it was made; else what the function makes. */
  take<T>(kind: string, settings: unknown, make: () => T): T {
    const key = `${kind} ${JSON.stringify(settings)}`;
    const index = this.#left.findIndex(([other]) => other === key);
    const value = index < 0 ? make() : this.#left.splice(index, 1)[0]?.[1] as T;
    this.#next.push([key, value]);
    return value;
  }
}
