/**
 * Generated log calls with secrets planted at every place that an object of the host can hold one, reproducible by a
 * number. Each secret is one that keys find by its name or patterns by its form.
 *
 * @module
 */
import { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { inspect } from "node:util";
import { SecretMaker } from "./secrets.ts";

/** Names under which everything is a secret. */
export const KEYS: readonly string[] = [
  "password",
  "access_token",
  "Authorization",
  "cookie",
  "set-cookie",
  "x-api-key",
  "sid",
  "clientSecret",
  "api key",
];

/** Those that may be the names of headers. */
const HEADERS: readonly string[] = KEYS.filter((key) => !key.includes(" "));

const WORD = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const SIGNS: readonly string[] = [..." \"'&=;,%+\\/?#{}[]():<>|~^$*!@`.-_\n\tü💥\u2028"];

/** Takes the properties of another object over, getters that throw as they are. */
function adopt<T extends object>(object: T, from: object): T {
  return Object.defineProperties(object, Object.getOwnPropertyDescriptors(from));
}

/** An instance of a class of the program. */
class Account {
  constructor(values: object) {
    adopt(this, values);
  }
  toString(): string {
    return JSON.stringify(this);
  }
}

class Wrapped {
  readonly #value: unknown;
  constructor(value: unknown) {
    this.#value = value;
  }
  toJSON(): unknown {
    return this.#value;
  }
}

/** Makes texts, objects and arguments with secrets in them. */
export class Planter extends SecretMaker {
  /** A log message. */
  message(): string {
    const text = this.below(3) === 0 ? this.noise(6) : this.planted();
    // What would ask for a further argument, in the middle of a secret.
    return text.replaceAll(/%(?=[sdifjoOc])/g, "% ");
  }

  /** The fields of a record. */
  fields(): Record<string, unknown> {
    const fields = this.object(0);
    if (this.below(3) === 0) {
      adopt(fields, { [this.pick(["err", "error", "req", "res", "time", "level", "msg"])]: this.value(0) });
    }
    return fields;
  }

  /** The arguments of a method of the console. */
  printed(): unknown[] {
    switch (this.below(5)) {
      case 0:
        return [
          `${this.pick(["%o", "%O", "%j"])} and ${this.keyInText()}=%s`,
          // What a `%` does not take, such as a BigInt, some runtimes leave to the next one.
          this.object(1),
          this.word(),
          this.value(1),
        ];
      case 1:
        return [`${this.keyInText()}: %s`, this.word()];
      case 2:
        return [this.pick(HEADERS), this.any(), this.value(1)];
      case 3:
        return [this.error(1), this.error(1), this.object(1), this.object(1)];
      default:
        return [this.message(), ...Array.from({ length: 1 + this.below(3) }, () => this.value(1))];
    }
  }

  /** A text with a secret in it, with up to two layers of escapes around. */
  planted(): string {
    let text = this.#byName();
    if (this.below(4) === 0) text = this.text();
    for (let layers = this.below(6) - 3; layers > 0; layers--) text = this.#escaped(text);
    const before = this.below(2) === 0 ? "" : `${this.noise(6)}${this.pick(["\n", " "])}`;
    return before + text + (this.below(2) === 0 ? "" : `\n${this.noise(6)}`);
  }

  #escaped(text: string): string {
    switch (this.below(4)) {
      case 0:
        return JSON.stringify(text);
      case 1:
        return JSON.stringify({ a: 1, data: text, list: [text] });
      case 2:
        return `https://host/?next=${encodeURIComponent(text.toWellFormed())}&x=1`;
      default:
        return String(new URLSearchParams([["a", "b"], ["data", text]]));
    }
  }

  #byName(): string {
    const key = this.keyInText();
    switch (this.below(9)) {
      case 0:
        return `${this.pick(["/cb?a=1&", "GET /?", "https://host/cb#", "https://user@host:80/?"])}${
          encodeURIComponent(key)
        }=${encodeURIComponent(this.any()).replaceAll("'", "%27")}${this.pick(["", "&b=2", " HTTP/1.1", "&"])}`;
      case 1:
        return String(
          new URLSearchParams([["a", "b"], [this.pick(["user[KEY]", "KEY", "KEY[]"]).replace("KEY", key), this.any()], [
            "c",
            "d",
          ]]),
        );
      case 2:
        return JSON.stringify(
          { a: 1, [key]: this.pick([() => this.any(), () => [this.any(), 1], () => ({ a: [this.any()] })])(), b: "x" },
          null,
          this.pick([0, 2]),
        );
      case 3: {
        const value = this.any().replaceAll(/[\r\n]/g, " ");
        return `GET / HTTP/1.1\r\nHost: a\r\n${this.pick(HEADERS)}: ${value}\r\nX: y\r\n\r\n`;
      }
      case 4:
        return `${this.keyInText()}: ${this.word()} ${this.any().replaceAll(/[\r\n]/g, " ")}`;
      case 5:
        return `a=b; ${key}=${this.word()}${this.pick(["", ".", "!", "*", "/", "+"])}; Path=/`;
      case 6:
        return `a=b ${key}=${JSON.stringify(this.any())} c=d`;
      case 7:
        return inspect({ a: 1, [key]: this.pick([this.any(), [this.any()], { b: this.any() }]), c: "d" });
      default:
        return inspect(new Map<unknown, unknown>([["a", 1], [key, this.any()]]));
    }
  }

  /** A secret without any signs. */
  word(): string {
    return this.secret(this.some(WORD, 8));
  }

  /** A secret with signs of any kind within. */
  any(): string {
    return this.word() + this.some(SIGNS, this.below(4)) + this.word();
  }

  /** A name of which keys say that they find it in texts. */
  keyInText(): string {
    const key = this.pick(KEYS);
    if (key.includes(" ")) return key;
    switch (this.below(6)) {
      case 0:
        return key.toUpperCase();
      case 1:
        return key.toLowerCase();
      case 2:
        return key.replaceAll("-", "_");
      case 3:
        return key.replace(/[-_](.)/g, (_, letter: string) => letter.toUpperCase());
      case 4:
        return `user.${key}`;
      default:
        return key;
    }
  }

  /** A name of which keys say that they find it among those of fields. */
  key(): string {
    const key = this.keyInText();
    return this.pick([key, key, key, `user[${key}]`, `${key}[]`, `${key} (2)`, `headers.${key}`]);
  }

  value(depth: number): unknown {
    switch (this.below(depth > 2 ? 8 : 26)) {
      case 0:
        return this.pick<unknown>([null, undefined, true, 0, -1.5, NaN, 12n, Symbol("s"), new Date(0), /x/]);
      case 1:
      case 2:
      case 3:
        return this.planted();
      case 4:
        return this.below(2) === 0 ? Number(this.card(16, "")) : Symbol(this.text());
      case 5:
        return new TextEncoder().encode(`${this.pick(HEADERS)}=${this.word()}`);
      case 6:
        return new URL(`https://user:${this.word()}@host/?a=b&${this.pick(HEADERS)}=${this.word()}#sid=${this.word()}`);
      case 7:
        return new URLSearchParams([["a", this.text()], [this.keyInText(), this.any()], [
          `${this.keyInText()}[]`,
          this.any(),
        ]]);
      case 8:
      case 9:
        return this.object(depth + 1);
      case 10:
        return this.list(depth + 1);
      case 11:
        return new Set(this.list(depth + 1));
      case 12:
        return new Map<unknown, unknown>([
          [this.key(), this.any()],
          [this.name(), this.value(depth + 1)],
          [{ [this.key()]: this.any() }, 1],
          [this.planted(), this.value(depth + 1)],
        ]);
      case 13:
        return this.headers();
      case 14:
        return this.rawHeaders();
      case 15:
        return Object.entries({ host: "a", [this.key()]: this.any() });
      case 16:
        return [this.named(), this.named()];
      case 17:
        return { ...this.rawHeaders() };
      case 18:
        return this.request();
      case 19:
        return this.nodeRequest();
      case 20:
        return this.nodeResponse();
      case 21: {
        const form = new FormData();
        form.append(this.key(), this.any());
        form.append("a", this.text());
        form.append(this.key(), this.any());
        return form;
      }
      case 22:
        return new Account(this.object(depth + 1));
      case 23:
        return new Wrapped(this.value(depth + 1));
      case 24:
        return Object.assign(() => {}, { [this.key()]: this.any() });
      default:
        return this.error(depth + 1);
    }
  }

  list(depth: number): unknown[] {
    return Array.from({ length: this.below(4) }, () => this.value(depth));
  }

  object(depth: number): Record<string, unknown> {
    const object: Record<string, unknown> = {};
    for (let left = this.below(4); left > 0; left--) adopt(object, { [this.name()]: this.value(depth) });
    if (this.below(2) === 0) {
      adopt(object, { [this.key()]: this.pick([() => this.any(), () => ({ inner: [this.any()] })])() });
    }
    if (this.below(6) === 0) {
      const message = this.planted();
      Object.defineProperty(object, this.name(), {
        enumerable: true,
        configurable: true,
        get() {
          throw new Error(message);
        },
      });
    }
    return object;
  }

  error(depth: number): Error {
    const error = this.below(2) === 0
      ? new TypeError(this.planted(), { cause: this.value(depth) })
      : new AggregateError(this.list(depth), this.planted());
    // What HTTP clients put on their errors.
    if (this.below(6) === 0) {
      const request = this.nodeRequest();
      Object.assign(error, { request, response: this.nodeResponse(), config: { headers: this.record() } });
    }
    // The engine would print a name of any kind in the stack.
    const { name: _, ...own } = Object.getOwnPropertyDescriptors(this.object(depth + 1));
    return Object.defineProperties(error, own);
  }

  name(): string {
    return this.below(8) === 0 ? this.planted() : this.pick(["a", "b", "type", "msg", "value", "name", this.noise(5)]);
  }

  headers(): Headers {
    const headers = new Headers([["host", "a"]]);
    for (const key of [this.pick(HEADERS), "set-cookie", "set-cookie"]) headers.append(key, this.word());
    return headers;
  }

  rawHeaders(): string[] {
    return ["Host", "a", this.pick(HEADERS), this.any(), "Set-Cookie", this.any(), "X", "y"];
  }

  record(): Record<string, string> {
    return { host: "a", [this.pick(HEADERS)]: this.any() };
  }

  /** As in HAR files, tags and parameters. */
  named(): unknown {
    const [name, value] = [this.keyInText(), this.below(2) === 0 ? this.any() : { stringValue: this.any() }];
    return this.pick<unknown>([
      { name, value },
      { value, key: name, comment: "c" },
      { Key: name, Value: value },
      { header: name, values: [value] },
    ]);
  }

  request(): unknown {
    const url = `https://host/?a=b&${this.pick(HEADERS)}=${this.word()}`;
    return this.below(2) === 0
      ? new Request(url, { headers: { authorization: this.word() } })
      : new Response("", { headers: this.headers() });
  }

  /** A request as a server has it, or a plain copy of one as a client has it. */
  nodeRequest(): unknown {
    const url = `/cb?${this.pick(HEADERS)}=${this.word()}&x=1`;
    if (this.below(2) === 0) {
      const request = new IncomingMessage({ remoteAddress: "::1" } as unknown as Socket);
      return Object.assign(request, { method: "GET", url, headers: this.record(), rawHeaders: this.rawHeaders() });
    }
    return {
      method: "GET",
      path: url,
      headers: this.record(),
      rawHeaders: this.rawHeaders(),
      _header: `GET ${url} HTTP/1.1\r\n${this.pick(HEADERS)}: ${this.word()} ${this.word()}\r\nHost: a\r\n\r\n`,
      socket: { _httpMessage: { outputData: [{ data: `X: y\r\n${this.pick(HEADERS)}: ${this.word()}\r\n` }] } },
    };
  }

  nodeResponse(): unknown {
    if (this.below(2) === 0) return { statusCode: 200, headers: this.record(), rawHeaders: this.rawHeaders() };
    const response = new ServerResponse(new IncomingMessage({} as unknown as Socket));
    response.setHeader("set-cookie", [this.word(), `sid=${this.word()}`]);
    response.setHeader(this.pick(HEADERS), this.word());
    return response;
  }
}
