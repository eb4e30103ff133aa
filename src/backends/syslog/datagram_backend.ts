import type { Backend, BackendMetrics, Urgency } from "../../backend.ts";
import type { Batch } from "../../dispatch/batch.ts";
import type { DatagramSocket } from "../../network.ts";
import { errorCode, type Runtime } from "../../runtime.ts";
import { cut } from "./cut.ts";

/** Bytes of lines that are sent before what was sent is accounted for. */
const PIECE_BYTES = 16 * 1024;

/** Pieces that are sent before the event loop turns. */
const PIECES_PER_TURN = 8;

/**
 * Pause, in milliseconds, after each piece where nobody says that the receiver is full: some 200 short messages fill the
 * buffer that Linux gives a UDP socket, and what comes then is lost.
 */
const PACE = 1;

/** Turns of the event loop after which a full socket is looked at less often. */
const QUICK_LOOKS = 20;

/**
 * Times in a row that `advance` may do nothing, since only the event loop can, before that is an error: a program with
 * `overflow: "block"` would wait for ever.
 */
const MOST_FRUITLESS = 100;

/** Pause, in milliseconds, between looks at a socket that stays full. */
const FULL_PAUSE = 2;

/** How long, in milliseconds, a socket may stay full. */
const FULL_PATIENCE = 10_000;

/** How long, in milliseconds, a refusal may take to come after a datagram. */
const REFUSAL_PAUSE = 20;

/** No socket refuses a message of this length as too long: what every receiver must take (RFC 5424, 6.1). */
const NEVER_TOO_LONG = 480;

const NEWLINE = 10;

/** What goes out of a line. */
export interface Datagram {
  readonly bytes: Uint8Array;
  /** Whether it lacks something that the line has. */
  readonly isCut: boolean;
}

/** What a {@linkcode SyslogDatagramBackend} is told beside its runtime. */
export interface SyslogDatagramOptions {
  /** Makes the socket; `onError` is told of what the operating system says later. */
  readonly open: (onError: (error: unknown) => void) => DatagramSocket | Promise<DatagramSocket>;
  /** Most bytes of a message. */
  readonly maxBytes: number;
  /** Whether the socket is full when the receiver is, so that waiting helps. */
  readonly isReliable: boolean;
  /** Makes the datagram of a line, of at most `limit` bytes. @default the line as a message of syslog, cut */
  readonly message?: (line: Uint8Array, limit: number) => Datagram;
}

/**
 * Sends each message as a datagram. A message counts as delivered once the operating system has taken it: a unix socket
 * has it in the queue of the receiver then, whereas UDP may lose it anywhere.
 */
export class SyslogDatagramBackend implements Backend {
  readonly supportsAtomic = true;
  readonly #runtime: Runtime;
  readonly #options: SyslogDatagramOptions;
  #socket: DatagramSocket | undefined;
  #batch: Batch | undefined;
  /** Bytes of the batch that were handed over and are not known to have been taken; the messages that were cut there. */
  #sent = 0;
  #cuts = 0;
  /** The longest message that the socket was given. */
  #longest = 0;
  /** Most bytes of a message: fewer than it was told once the operating system has refused one as too long. */
  #limit: number;
  #write = 0;
  /** What the operating system has said of an earlier datagram. */
  #refusal: { readonly error: unknown } | undefined;
  /** Whether the last write has failed, so that the next one goes ahead with one message. */
  #isDoubtful = false;
  #failure: { readonly error: unknown } | undefined;
  /** Times in a row that `advance` could do nothing. */
  #fruitless = 0;
  #truncated = 0;
  #sockets = 0;
  #isClosed = false;

  constructor(runtime: Runtime, options: SyslogDatagramOptions) {
    this.#runtime = runtime;
    this.#options = options;
    this.#limit = options.maxBytes;
  }

  write(batch: Batch, urgency?: Urgency): void | Promise<void> {
    const write = ++this.#write;
    this.#batch = batch;
    this.#failure = undefined;
    if (urgency === undefined && !this.#options.isReliable) return this.#deliver(batch, write);
    try {
      if (this.#socket === undefined) {
        const opened = this.#open();
        if ("then" in opened) return this.#deliver(batch, write, opened);
        this.#use(opened);
      }
      if (urgency !== undefined || !this.#isDoubtful) {
        if (this.#pump(batch, urgency === undefined ? PIECES_PER_TURN : piecesFor(urgency))) return;
      }
    } catch (error) {
      throw this.#fail(error);
    }
    return this.#deliver(batch, write);
  }

  #open(): DatagramSocket | Promise<DatagramSocket> {
    if (this.#isClosed) throw new Error("the destination was closed");
    return this.#options.open((error) => {
      this.#refusal = { error };
      // UDP says so afterwards; the same messages would be refused for ever.
      if (errorCode(error) === "EMSGSIZE") this.#limit = Math.max(NEVER_TOO_LONG, this.#longest >> 1);
    });
  }

  advance(urgency: Urgency): boolean {
    const { patience } = urgency;
    if (this.#failure !== undefined) throw this.#failure.error;
    if (this.#batch === undefined || this.#batch.byteLength === 0) return true;
    const deadline = this.#runtime.monotonic() + patience;
    try {
      for (;;) {
        if (this.#socket !== undefined && this.#pump(this.#batch, piecesFor(urgency))) return true;
        if (patience === 0) return false;
        if (this.#socket === undefined || !this.#options.isReliable) {
          if (++this.#fruitless < MOST_FRUITLESS) return false;
          throw new Error("the socket takes no more while the program does not let the event loop turn");
        }
        if (this.#runtime.monotonic() >= deadline) return false;
        this.#runtime.sleep(FULL_PAUSE);
      }
    } catch (error) {
      throw this.#fail(error);
    }
  }

  close(): void {
    this.#write++;
    this.#isClosed = true;
    this.#socket?.close();
    this.#socket = undefined;
  }

  metrics(): BackendMetrics {
    return { truncated: this.#truncated, connections: this.#sockets };
  }

  async #deliver(batch: Batch, write: number, opened?: Promise<DatagramSocket>): Promise<void> {
    try {
      if (this.#socket === undefined) {
        const socket = await (opened ?? this.#open());
        if (write !== this.#write) return socket.close();
        this.#use(socket);
      }
      if (this.#isDoubtful) await this.#probe(batch, write);
      let fullSince: number | undefined;
      for (let looks = 0; write === this.#write; looks++) {
        this.#fruitless = 0;
        const before = batch.byteLength - this.#sent;
        if (this.#pump(batch, this.#piecesPerTurn)) return;
        if (batch.byteLength - this.#sent < before) {
          looks = 0;
          fullSince = undefined;
        }
        fullSince ??= this.#runtime.monotonic();
        if (this.#runtime.monotonic() - fullSince >= FULL_PATIENCE) {
          throw new Error(`the receiver has taken nothing for ${FULL_PATIENCE} ms`);
        }
        await this.#pause(!this.#options.isReliable ? PACE : looks < QUICK_LOOKS ? 0 : FULL_PAUSE);
      }
    } catch (error) {
      if (write !== this.#write) return;
      throw this.#fail(error);
    }
  }

  /**
   * After a refusal: whether one message is refused again shows before the others follow it. Whoever goes on accounts for
   * it, which may be `advance` meanwhile.
   */
  async #probe(batch: Batch, write: number): Promise<void> {
    const length = batch.nextLineLength;
    if (!this.#send(batch.next(1).subarray(0, length - 1))) return;
    this.#sent = length;
    await this.#pause(REFUSAL_PAUSE);
    if (write !== this.#write) return;
    if (this.#refusal !== undefined) throw this.#refusal.error;
    this.#isDoubtful = false;
  }

  /** Sends all that finds room at once; returns whether that was all there is. */
  #pump(batch: Batch, most: number): boolean {
    const socket = this.#socket as DatagramSocket;
    for (let pieces = 0;; pieces++) {
      if (this.#refusal !== undefined) throw this.#refusal.error;
      if (this.#sent > 0) {
        if (socket.pending > 0) return false;
        this.#commit(batch);
      }
      if (batch.byteLength === 0) return true;
      if (pieces === most) return false;
      const lines = batch.next(PIECE_BYTES);
      while (this.#sent < lines.length) {
        const end = lines.indexOf(NEWLINE, this.#sent);
        if (!this.#send(lines.subarray(this.#sent, end))) break;
        this.#sent = end + 1;
      }
      if (this.#sent === 0) return false;
    }
  }

  /** Accounts for what was handed over. */
  #commit(batch: Batch): void {
    const sent = this.#sent;
    this.#truncated += this.#cuts;
    this.#forget();
    batch.commit(sent);
  }

  #forget(): void {
    this.#sent = 0;
    this.#cuts = 0;
  }

  /** Sends one message, shorter than it is where it is too long for the receiver or for the socket. */
  #send(line: Uint8Array): boolean {
    const socket = this.#socket as DatagramSocket;
    const { message: make = syslogMessage } = this.#options;
    let message = make(line, this.#limit);
    for (;;) {
      const { bytes, isCut } = message;
      try {
        if (!socket.send(bytes)) return false;
        if (isCut) this.#cuts++;
        this.#longest = Math.max(this.#longest, bytes.length);
        return true;
      } catch (error) {
        if (errorCode(error) !== "EMSGSIZE") throw error;
        message = make(line, Math.max(NEVER_TOO_LONG, bytes.length >> 1));
        if (message.bytes.length >= bytes.length) throw error;
      }
    }
  }

  get #piecesPerTurn(): number {
    return this.#options.isReliable ? PIECES_PER_TURN : 1;
  }

  #use(socket: DatagramSocket): void {
    this.#socket = socket;
    this.#refusal = undefined;
    this.#longest = 0;
    this.#sockets++;
  }

  #fail(error: unknown): unknown {
    this.#failure = { error };
    this.#isDoubtful = true;
    this.#forget();
    this.#refusal = undefined;
    this.#socket?.close();
    this.#socket = undefined;
    return error;
  }

  #pause(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      if (milliseconds === 0) this.#runtime.nextTurn(resolve);
      else this.#runtime.setTimer(resolve, milliseconds);
    });
  }
}

function syslogMessage(line: Uint8Array, limit: number): Datagram {
  return { bytes: cut(line, limit), isCut: line.length > limit };
}

/** In a log call as much as in a turn; at exit all there is. */
function piecesFor({ patience }: Urgency): number {
  return patience > 0 ? Infinity : PIECES_PER_TURN;
}
