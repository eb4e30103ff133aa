import type { Backend } from "../../backend.ts";
import type { Batch, BatchPart } from "../../dispatch/batch.ts";
import { formatterOf } from "../../format/formatter.ts";
import type { LineFormat } from "../../format/line_format.ts";
import type { Formatter } from "../../message.ts";
import type { Runtime } from "../../runtime.ts";
import { secretsOf, withoutSecrets } from "./headers.ts";
import { LogRecordFormat } from "./log_record_format.ts";
import type { OtlpSettings } from "./otlp_options.ts";
import { type RequestEncoder, requestEncoder } from "./request.ts";
import { LIBRARY_VERSION } from "./resource.ts";
import { oneLine, readResponse, readRetryAfter, readStatus, type ServerWord } from "./response.ts";
import { type OtlpAnswer, reasonOf, send } from "./transport.ts";

/** Answers after which the same request may be sent again; after all others it must not be. */
const RETRYABLE: ReadonlySet<number> = new Set([429, 502, 503, 504]);

const TOO_LARGE = 413;

/** The server could not be reached, or asks to be asked again later. */
export class OtlpError extends Error {
  /** Name of the class. */
  override readonly name = "OtlpError";
  /** The system's code where there is one, such as `"ECONNREFUSED"`. */
  readonly code: string | undefined;
  /** How long the server wants to be left alone, in milliseconds. */
  readonly retryAfter: number | undefined;

  /** Makes the error. */
  constructor(message: string, options: { readonly code?: string | undefined; readonly retryAfter?: number } = {}) {
    super(message);
    this.code = options.code;
    this.retryAfter = options.retryAfter;
  }
}

/**
 * Sends records to an OTLP server over HTTP (OTLP specification, "OTLP/HTTP"), one request at a time.
 *
 * A write is done when the server has answered for all records of the batch. What it says is temporary (429, 502, 503,
 * 504), silence and a connection that breaks are tried again by the destination; a request whose answer was lost may
 * then arrive twice. What it refuses for good is dropped.
 */
export class OtlpBackend implements Backend {
  /** A record is delivered whole or not at all. */
  readonly supportsAtomic = true;
  /** The format of the records, the only one that the server understands. */
  readonly format: Formatter;
  /** The same for the dispatcher. */
  readonly lineFormat: LineFormat;
  readonly #runtime: Runtime;
  readonly #settings: OtlpSettings;
  readonly #onError: (error: unknown) => void;
  #encoder: RequestEncoder;
  readonly #headers: Readonly<Record<string, string>>;
  /** What the server is called in errors. */
  readonly #origin: string;
  /** What must not appear in errors. */
  readonly #secrets: readonly string[];
  #lastWarning = "";

  constructor(runtime: Runtime, settings: OtlpSettings, onError: (error: unknown) => void) {
    this.#runtime = runtime;
    this.#settings = settings;
    this.#onError = onError;
    this.lineFormat = new LogRecordFormat(settings);
    this.format = formatterOf(this.lineFormat);
    this.#encoder = requestEncoder(settings.protocol, settings);
    this.#headers = {
      "user-agent": `omni-log/${LIBRARY_VERSION}`,
      ...settings.headers,
      "content-type": this.#encoder.contentType,
      ...(settings.gzip ? { "content-encoding": "gzip" } : {}),
    };
    this.#origin = new URL(settings.url).origin;
    this.#secrets = secretsOf(settings.headers, settings.url);
  }

  async write(batch: Batch): Promise<void> {
    const { maxBatchRecords, maxBatchBytes } = this.#settings;
    while (batch.byteLength > 0) {
      let part = batch.peek(maxBatchBytes, maxBatchRecords);
      let left = part.byteLength;
      let most = maxBatchRecords;
      while (left > 0) {
        const answer = await this.#post(part);
        if (answer.status === TOO_LARGE && part.count > 1) {
          // What was too large goes out in halves; what follows it need not be.
          most = Math.floor(part.count / 2);
        } else {
          left -= part.byteLength;
          this.#settle(batch, part, answer);
        }
        if (left > 0) part = batch.peek(left, most);
      }
    }
  }

  /** Accounts for a request that has been answered for good; throws when it is to be sent again. */
  #settle(batch: Batch, { byteLength: bytes, count }: BatchPart, answer: OtlpAnswer): void {
    const { status } = answer;
    const said = `"${this.#origin}" answered ${status}`;
    if (status >= 200 && status < 300) {
      const { rejected, message } = this.#understand(answer);
      if (rejected === 0) {
        batch.commit(bytes);
        if (message !== "") this.#warn(`${said}: ${message}`);
      } else {
        const reason = `${said} and refused ${rejected} of ${count}${message === "" ? "" : `: ${message}`}`;
        batch.commit(bytes, { count: Math.min(rejected, count), reason });
      }
      return;
    }
    const message = this.#clean(readStatus(answer.body, this.#contentType(answer)));
    const reason = message === "" ? said : `${said}: ${message}`;
    if (!RETRYABLE.has(status)) return batch.commit(bytes, { count, reason });
    const retryAfter = readRetryAfter(answer.header("retry-after"), this.#runtime.now());
    throw new OtlpError(reason, retryAfter === undefined ? {} : { retryAfter });
  }

  /** What a server that has taken a request says beside; whatever that is, it must not be sent again. */
  #understand(answer: OtlpAnswer): ServerWord {
    try {
      if (answer.isCut) throw new TypeError("it is too long");
      const word = readResponse(answer.body, this.#contentType(answer));
      return { ...word, message: this.#clean(word.message) };
    } catch (error) {
      this.#warn(`"${this.#origin}" took records, but its answer cannot be read: ${(error as Error).message}`);
      return { rejected: 0, message: "" };
    }
  }

  async #post(lines: BatchPart): Promise<OtlpAnswer> {
    const { url, timeout, fetch, gzip } = this.#settings;
    const encoded = this.#encoder.encode(lines, this.#runtime.now());
    const body = gzip ? await this.#compress(encoded) : encoded;
    const abort = new AbortController();
    let isLate = false;
    // A timer of our own, which does not keep the process alive; the request does that while it is under way.
    const timer = timeout === Infinity ? undefined : this.#runtime.setTimer(() => {
      isLate = true;
      abort.abort();
    }, timeout);
    try {
      return await send(fetch, { url, headers: this.#headers, body, signal: abort.signal });
    } catch (error) {
      // The runtime may still be sending from its buffers.
      this.#encoder = requestEncoder(this.#settings.protocol, this.#settings);
      if (isLate) {
        throw new OtlpError(`"${this.#origin}" did not answer within ${timeout} ms`, { code: "ETIMEDOUT" });
      }
      const { reason, code } = reasonOf(error, url);
      throw new OtlpError(`no answer from "${this.#origin}": ${this.#clean(reason)}`, { code });
    } finally {
      if (timer !== undefined) this.#runtime.clearTimer(timer);
    }
  }

  async #compress(bytes: Uint8Array): Promise<Uint8Array<ArrayBuffer>> {
    const compressor = this.#runtime.compressor("gzip");
    if (compressor === undefined) throw new OtlpError("this runtime has no gzip");
    try {
      const start = await compressor.push(bytes);
      const rest = await compressor.finish();
      const whole = new Uint8Array(start.length + rest.length);
      whole.set(start);
      whole.set(rest, start.length);
      return whole;
    } finally {
      compressor.close?.();
    }
  }

  #contentType(answer: OtlpAnswer): string {
    return answer.header("content-type") ?? this.#encoder.contentType;
  }

  /** What somebody else says, as it may be shown. The secrets go first: half of one would not be found. */
  #clean(text: string): string {
    return oneLine(withoutSecrets(text, this.#secrets));
  }

  /** Tells of what costs no record; once, though the server says it with every request. */
  #warn(message: string): void {
    if (message === this.#lastWarning) return;
    this.#lastWarning = message;
    this.#onError(new OtlpError(message));
  }
}
