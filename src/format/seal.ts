import { base64url } from "../redact/sha256.ts";
import { type LineBuffer, putAscii, putNumber, putReady, ReadyText } from "./line_buffer.ts";
import { type Sign, signer } from "./signer.ts";

/** Names that a sequenced record uses for itself, in the order in which they end it. */
export const SEQUENCE_NAMES = ["pid", "writer", "seq"] as const;

/** Name of the member that a chained record ends with. */
export const MAC_NAME = "mac";

/** What stands before a code and after it, at the end of a line. */
export const MAC_START = `,"${MAC_NAME}":"`;
export const MAC_END = '"}';

/** Characters of a code: 32 bytes as base64url (RFC 4648, section 5) without padding. */
export const MAC_LENGTH = 43;

/** Bytes of randomness in the name of a writer: eight characters, which never meet by chance in one log. */
const WRITER_BYTES = 6;

/** Digits of the largest number that counts exactly. */
const MOST_DIGITS = 16;

/** What {@linkcode Seal} needs to know of the runtime. */
export interface SealSurroundings {
  readonly pid: number;
  /** See {@linkcode Runtime.hmacSha256}. */
  hmacSha256?(key: Uint8Array): Sign;
}

/** The value that the chain of a stream begins with. */
export function chainStart(sign: Sign, pid: number, writer: string): string {
  return sign(`omni log chain 1 ${pid} ${writer}`);
}

/**
 * Completes the lines of one destination: gives each its number in the destination's stream, and its link in the chain
 * where there is a key.
 *
 *     {"time":...,"user_id":42  ->  {"time":...,"user_id":42,"pid":71,"writer":"q1Zr_x0B","seq":9,"mac":"..."}
 *
 * It is put on when the line has found room, so that lines of one format are encoded once for all destinations, and a
 * line that is dropped takes its number with it but no link of the chain: the gap shows, and what comes after it still
 * proves that nobody but the logger has made the gap.
 *
 * The code of a line is HMAC-SHA-256 (RFC 2104) of the line without its member `mac`, followed by the code of the line
 * before; for the first one by {@linkcode chainStart}.
 */
export class Seal {
  /** Characters that it adds to a line at the most. */
  readonly length: number;
  readonly #members: string;
  readonly #readyMembers: ReadyText;
  readonly #sign: Sign | undefined;
  #seq = 0;
  #previous = "";

  constructor(runtime: SealSurroundings, options: { readonly pid?: number; readonly key?: Uint8Array } = {}) {
    const { pid = runtime.pid, key } = options;
    const writer = base64url(crypto.getRandomValues(new Uint8Array(WRITER_BYTES)));
    this.#members = `,"pid":${pid},"writer":"${writer}","seq":`;
    this.#readyMembers = ReadyText.of(this.#members);
    this.length = this.#members.length + MOST_DIGITS + 1;
    if (key === undefined) return;
    this.#sign = signer(key, runtime);
    this.#previous = chainStart(this.#sign, pid, writer);
    this.length += MAC_START.length + MAC_LENGTH + MAC_END.length;
  }

  /** Completes a line, which lacks its closing brace. */
  line(open: string): string {
    const line = open + this.#members + ++this.#seq;
    if (this.#sign === undefined) return line + "}";
    const mac = this.#previous = this.#sign(line + "}" + this.#previous);
    return line + MAC_START + mac + MAC_END;
  }

  /** The same for one in a buffer, from `start` to `at`, behind which there is room; returns where it ends. */
  put(buffer: LineBuffer, start: number, at: number): number {
    const { bytes } = buffer;
    const end = putNumber(buffer, putReady(buffer, at, this.#readyMembers), ++this.#seq);
    if (this.#sign === undefined) return putAscii(bytes, end, "}");
    const mac = this.#sign(bytes.subarray(start, putAscii(bytes, end, "}" + this.#previous)));
    this.#previous = mac;
    return putAscii(bytes, end, MAC_START + mac + MAC_END);
  }

  /** Counts a line that is dropped. */
  skip(): void {
    this.#seq++;
  }
}
