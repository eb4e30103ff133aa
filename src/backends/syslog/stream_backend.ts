import type { Backend, BackendMetrics, Urgency } from "../../backend.ts";
import type { Batch } from "../../dispatch/batch.ts";
import { messageOf } from "../../errors.ts";
import type { Connection, Network, StreamTarget } from "../../network.ts";
import type { Runtime } from "../../runtime.ts";
import { frame } from "./framing.ts";
import type { SyslogFraming } from "./syslog_settings.ts";
import { within } from "./within.ts";

/** Bytes of lines that are handed over at a time: what is sent again when the connection dies meanwhile. */
const PIECE_BYTES = 64 * 1024;

/** Pieces that are handed over before the event loop turns. */
const PIECES_PER_TURN = 8;

/**
 * Times in a row that `advance` may do nothing, since only the event loop can, before that is an error: a program with
 * `overflow: "block"` would wait for ever.
 */
const MOST_FRUITLESS = 100;

/** How long, in milliseconds, `close` waits for the server to have read all. */
const CLOSE_PATIENCE = 2_000;

const CLOSED = "the destination was closed";

/** What a {@linkcode SyslogStreamBackend} is told beside its runtime. */
export interface SyslogStreamOptions {
  readonly network: Network;
  readonly to: StreamTarget;
  readonly framing: SyslogFraming;
  /** Most bytes of a message. */
  readonly maxBytes: number;
  /** How long, in milliseconds, the server may take to accept a connection, or to take anything at all. */
  readonly timeout: number;
  readonly onError: (error: unknown) => void;
}

/**
 * Sends messages through a connection, which is made when there is something to send and again when it has ended.
 *
 * A piece counts as delivered once the operating system has taken all of it. The protocol acknowledges nothing, so
 * what the server had not read when it died is lost unseen; and a piece of which only a part was taken is sent again as
 * a whole, so the server may see some of its lines twice.
 */
export class SyslogStreamBackend implements Backend {
  /** A connection may end in the middle of a message. */
  readonly supportsAtomic = false;
  readonly #runtime: Runtime;
  readonly #options: SyslogStreamOptions;
  readonly #name: string;
  #connection: Connection | undefined;
  #connecting: Promise<Connection> | undefined;
  #attempt: AbortController | undefined;
  #isClosed = false;
  #batch: Batch | undefined;
  /** What the connection has been given last. */
  #piece: { readonly length: number; readonly cuts: number } | undefined;
  /** Grows with each write, so that one which was overtaken ends. */
  #write = 0;
  #failure: { readonly error: unknown } | undefined;
  /** Times in a row that `advance` could do nothing. */
  #fruitless = 0;
  #truncated = 0;
  #connections = 0;

  constructor(runtime: Runtime, options: SyslogStreamOptions) {
    this.#runtime = runtime;
    this.#options = options;
    const { to } = options;
    this.#name = to.transport === "unix" ? to.path : `${to.host}:${to.port}`;
  }

  write(batch: Batch, urgency?: Urgency): void | Promise<void> {
    const write = ++this.#write;
    this.#batch = batch;
    this.#failure = undefined;
    try {
      if (urgency !== undefined && this.#connection !== undefined && this.#pump(batch, piecesFor(urgency))) return;
    } catch (error) {
      throw this.#fail(error);
    }
    return this.#deliver(batch, write);
  }

  /** Goes on as far as the connection takes something at once: what it does not, only the event loop can move. */
  advance(urgency: Urgency): boolean {
    if (this.#failure !== undefined) throw this.#failure.error;
    if (this.#batch === undefined || this.#batch.byteLength === 0) return true;
    try {
      if (this.#connection !== undefined && this.#pump(this.#batch, piecesFor(urgency))) return true;
    } catch (error) {
      throw this.#fail(error);
    }
    if (urgency.patience === 0 || ++this.#fruitless < MOST_FRUITLESS) return false;
    throw new Error(
      this.#connection === undefined
        ? `there is no connection to ${this.#name}, and none can be made while the program does not let the event loop turn`
        : `${this.#name} takes no more while the program does not let the event loop turn`,
    );
  }

  async close(): Promise<void> {
    this.#write++;
    this.#isClosed = true;
    this.#attempt?.abort(new Error(CLOSED));
    const connection = this.#connection;
    if (connection === undefined) return;
    try {
      // To close at once would make what is under way be refused by our own side as soon as the server says anything.
      await within(this.#runtime, CLOSE_PATIENCE, connection.end());
    } catch {
      // It does not close its side: what it was sent, it has.
    } finally {
      connection.destroy();
    }
  }

  metrics(): BackendMetrics {
    return { truncated: this.#truncated, connections: this.#connections };
  }

  async #deliver(batch: Batch, write: number): Promise<void> {
    try {
      if (this.#connection === undefined) await this.#connect();
      // That the server has closed it is noticed when the loop turns; what is sent after that is lost.
      else await this.#turn();
      while (write === this.#write) {
        this.#fruitless = 0;
        const connection = this.#connection ?? await this.#connect();
        if (this.#pump(batch)) return;
        if (connection.pending === 0) await this.#turn();
        else {
          await within(
            this.#runtime,
            this.#options.timeout,
            connection.drained(),
            () => new Error(`${this.#name} has taken nothing for ${this.#options.timeout} ms`),
          );
        }
      }
    } catch (error) {
      if (write !== this.#write) return;
      throw this.#fail(error);
    }
  }

  /** Gives the connection all that it takes at once; returns whether that was all there is. */
  #pump(batch: Batch, most: number = PIECES_PER_TURN): boolean {
    const connection = this.#connection as Connection;
    for (let pieces = 0; pieces <= most; pieces++) {
      // Asks for the failure of the connection, too.
      if (connection.pending > 0) return false;
      if (this.#piece !== undefined) {
        this.#truncated += this.#piece.cuts;
        const { length } = this.#piece;
        this.#piece = undefined;
        batch.commit(length);
      }
      if (batch.byteLength === 0) return true;
      if (pieces === most) break;
      const lines = batch.next(PIECE_BYTES);
      const { bytes, cuts } = frame(lines, this.#options.framing, this.#options.maxBytes);
      this.#piece = { length: lines.length, cuts };
      connection.write(bytes);
    }
    return false;
  }

  #connect(): Promise<Connection> {
    return this.#connecting ??= this.#makeConnection().finally(() => this.#connecting = undefined);
  }

  async #makeConnection(): Promise<Connection> {
    const { network, to, timeout, onError } = this.#options;
    if (this.#isClosed) throw new Error(CLOSED);
    const attempt = new AbortController();
    this.#attempt = attempt;
    const state: { made?: Connection; isAnswered: boolean } = { isAnswered: false };
    const connection = await within(
      this.#runtime,
      timeout,
      network.connect(to, {
        onData: () => {
          if (state.isAnswered) return;
          state.isAnswered = true;
          onError(new Error(`${this.#name} answers, which no syslog server does; what it says is ignored`));
        },
        onClose: (error) => {
          if (this.#connection !== state.made) return;
          this.#forget();
          if (error === undefined || this.#isClosed) return;
          onError(
            new Error(
              `The connection to ${this.#name} has broken: ${messageOf(error)}; what was sent last may be lost`,
              { cause: error },
            ),
          );
        },
      }, { signal: attempt.signal }),
      () => {
        const error = new Error(`${this.#name} has not accepted a connection within ${timeout} ms`);
        attempt.abort(error);
        return error;
      },
    );
    if (this.#isClosed) {
      // It was made at the moment at which `close` has looked for one.
      connection.destroy();
      throw new Error(CLOSED);
    }
    state.made = connection;
    this.#connection = connection;
    this.#connections++;
    return connection;
  }

  #forget(): void {
    this.#connection = undefined;
    this.#piece = undefined;
  }

  #fail(error: unknown): unknown {
    const connection = this.#connection;
    this.#failure = { error };
    this.#forget();
    connection?.destroy();
    return error;
  }

  #turn(): Promise<void> {
    return new Promise((resolve) => this.#runtime.nextTurn(resolve));
  }
}

/** In a log call as much as in a turn; at exit all there is. */
function piecesFor({ patience }: Urgency): number {
  return patience > 0 ? Infinity : PIECES_PER_TURN;
}
