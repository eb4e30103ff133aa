/**
 * JSON (RFC 8259) that remembers where everything stands, for error messages that lead to the place. The engines' own
 * parser tells it differently on each runtime, or not at all.
 *
 * @module
 */

/** A JSON text that was read. */
export interface JsonDocument {
  /** Its value: plain data. */
  readonly value: unknown;
  /**
   * Where an option stands, such as `line 3, column 5`: the name of a member, the beginning of an item.
   *
   * @param option Its name as it is in error messages, such as `destinations[0].level`; of one that is not there, the
   * nearest thing around it counts.
   */
  placeOf(option: string): string;
}

/** Objects and arrays within each other, at most. */
const MAX_DEPTH = 100;

/** Reads a JSON text; throws a `SyntaxError` that tells the place. A name that stands twice in an object is an error. */
export function parseJson(text: string): JsonDocument {
  const reader = new Reader(text);
  const value = reader.document();
  return {
    value,
    placeOf(option) {
      let around = option;
      for (;;) {
        const offset = reader.offsets.get(around);
        if (offset !== undefined) return placeIn(text, offset);
        if (around === "") return placeIn(text, 0);
        around = around.slice(0, Math.max(0, around.lastIndexOf("."), around.lastIndexOf("[")));
      }
    },
  };
}

function placeIn(text: string, offset: number): string {
  const before = text.slice(0, offset).split(LINE_END);
  return `line ${before.length}, column ${(before.at(-1) as string).length + 1}`;
}

const LINE_END = /\r\n|\n|\r/;
const BLANKS = /[ \t\n\r]*/y;
// deno-lint-ignore no-control-regex -- what RFC 8259 forbids in strings are control characters
const CHARACTERS = /[^"\\\u0000-\u001f]*/y;
const ESCAPE = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const WORD = /true|false|null/y;

class Reader {
  /** Where things stand, by the names that they have in error messages. */
  readonly offsets = new Map<string, number>();
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  document(): unknown {
    if (this.#text.startsWith("\uFEFF")) this.#at = 1; // a byte order mark, as some editors write it
    const value = this.#value("", 0);
    if (this.#at < this.#text.length) this.#fail("expected the end");
    return value;
  }

  /** Reads a value and the blanks around it. */
  #value(where: string, depth: number): unknown {
    this.#take(BLANKS);
    const next = this.#text[this.#at];
    let value: unknown;
    if (next === "{" || next === "[") {
      if (depth >= MAX_DEPTH) this.#fail(`more than ${MAX_DEPTH} objects and arrays within each other`);
      this.#at++;
      value = next === "{" ? this.#members(where, depth) : this.#items(where, depth);
    } else if (next === '"') value = this.#string("a string");
    else {
      const token = this.#take(NUMBER) || this.#take(WORD);
      if (token === "") this.#fail("expected a value");
      value = JSON.parse(token);
    }
    this.#take(BLANKS);
    return value;
  }

  #members(where: string, depth: number): Record<string, unknown> {
    const members = new Map<string, unknown>();
    this.#take(BLANKS);
    if (this.#eat("}")) return {};
    do {
      this.#take(BLANKS);
      const offset = this.#at;
      const name = this.#string("a name in double quotes");
      if (members.has(name)) {
        this.#at = offset;
        this.#fail(`${JSON.stringify(name)} stands here twice`);
      }
      const option = where === "" ? name : `${where}.${name}`;
      this.offsets.set(option, offset);
      this.offsets.set(`${where}[${JSON.stringify(name)}]`, offset);
      this.#take(BLANKS);
      if (!this.#eat(":")) this.#fail("expected a colon");
      members.set(name, this.#value(option, depth + 1));
    } while (this.#eat(","));
    if (!this.#eat("}")) this.#fail("expected a comma or a closing brace");
    return Object.fromEntries(members);
  }

  #items(where: string, depth: number): unknown[] {
    const items: unknown[] = [];
    this.#take(BLANKS);
    if (this.#eat("]")) return items;
    do {
      this.#take(BLANKS);
      const option = `${where}[${items.length}]`;
      this.offsets.set(option, this.#at);
      items.push(this.#value(option, depth + 1));
    } while (this.#eat(","));
    if (!this.#eat("]")) this.#fail("expected a comma or a closing bracket");
    return items;
  }

  #string(expected: string): string {
    const start = this.#at;
    if (!this.#eat('"')) this.#fail(`expected ${expected}`);
    do this.#take(CHARACTERS); while (this.#take(ESCAPE) !== "");
    if (!this.#eat('"')) this.#fail("expected the end of a string, which has no line breaks and no unknown escapes,");
    return JSON.parse(this.#text.slice(start, this.#at)) as string;
  }

  #eat(character: string): boolean {
    if (this.#text[this.#at] !== character) return false;
    this.#at++;
    return true;
  }

  #take(pattern: RegExp): string {
    pattern.lastIndex = this.#at;
    const token = pattern.exec(this.#text)?.[0] ?? "";
    this.#at += token.length;
    return token;
  }

  #fail(problem: string): never {
    const found = this.#at >= this.#text.length ? ", but the text ends here" : "";
    throw new SyntaxError(`${problem} at ${placeIn(this.#text, this.#at)}${found}`);
  }
}
