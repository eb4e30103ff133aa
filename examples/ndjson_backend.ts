/**
 * A backend of your own: sends records to an HTTP server, a batch of JSON lines at a time. Runs on Deno, Bun and Node;
 * custom_backend.ts uses it, and tests/examples/ndjson_backend_test.ts runs the conformance suite on it.
 *
 * @module
 */
import { type Backend, type BackendFactory, type Batch, registerBackend } from "../mod.ts";

/** What a destination `ndjson+http:` can be told beside the common options. */
export interface NdjsonOptions {
  /** Goes into the header `authorization`. A URI is shown in errors and metrics: it is no place for secrets. */
  readonly token?: string;
  /** Largest body of a request, in bytes; a longer record has a request of its own. @default 1_000_000 */
  readonly maxRequestBytes?: number;
  /** How long an answer may take, in milliseconds. @default 10_000 */
  readonly timeout?: number;
}

// From here on the compiler knows the options of the scheme, and refuses others. In your program: "@omni/log".
declare module "../mod.ts" {
  interface SchemeOptions {
    readonly "ndjson+http": NdjsonOptions;
  }
}

class NdjsonBackend implements Backend {
  // A record arrives whole or not at all, even when several processes send at once.
  readonly supportsAtomic = true;
  readonly #url: string;
  readonly #options: Required<NdjsonOptions>;
  #isClosed = false;

  constructor(url: string, options: Required<NdjsonOptions>) {
    this.#url = url;
    this.#options = options;
  }

  async write(batch: Batch): Promise<void> {
    while (batch.byteLength > 0) {
      if (this.#isClosed) throw new Error("the backend is closed");
      const body = batch.next(this.#options.maxRequestBytes);
      const { status } = await this.#post(body);
      // What is committed does not come again. What is not is kept, and tried again with a growing pause.
      if (status < 300) batch.commit(body.length);
      else if (status === 400) {
        batch.commit(body.length, { count: linesOf(body), reason: "the collector refused them" });
      } else throw new Error(`the collector answered ${status}`);
    }
  }

  close(): void {
    this.#isClosed = true;
  }

  async #post(body: Uint8Array): Promise<{ readonly status: number }> {
    const { token, timeout } = this.#options;
    const response = await fetch(this.#url, {
      method: "POST",
      headers: {
        "content-type": "application/x-ndjson",
        ...(token === "" ? {} : { authorization: `Bearer ${token}` }),
      },
      body: new Uint8Array(body),
      signal: AbortSignal.timeout(timeout),
    });
    await response.body?.cancel();
    return response;
  }
}

function linesOf(bytes: Uint8Array): number {
  return bytes.reduce((count, byte) => (byte === 10 ? count + 1 : count), 0);
}

/** Makes the backend; bad options are thrown by `createLogger`. */
export const ndjsonBackend: BackendFactory = (uri, options, { where }) => {
  const { token = "", maxRequestBytes = 1_000_000, timeout = 10_000 } = options as NdjsonOptions;
  if (typeof token !== "string") throw new TypeError(`Cannot use option "${where}.token": expected a string`);
  for (const [name, value] of Object.entries({ maxRequestBytes, timeout })) {
    if (typeof value !== "number" || !(value > 0)) {
      throw new RangeError(`Cannot use option "${where}.${name}": expected a number above 0, got ${value}`);
    }
  }
  return new NdjsonBackend(uri.href.replace("ndjson+", ""), { token, maxRequestBytes, timeout });
};

registerBackend("ndjson+http", ndjsonBackend);
