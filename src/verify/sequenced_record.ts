import { MAC_END, MAC_LENGTH, MAC_START } from "../format/seal.ts";
import type { Sign } from "../format/signer.ts";
import { base64url, type HmacSha256, type HmacStream } from "../redact/sha256.ts";
import type { LongLine } from "./lines.ts";

/** A line that is a record. */
export interface LogRecordLine {
  /** Where it belongs; absent for a record that says nothing of it. */
  readonly place: { readonly pid: number; readonly writer: string | undefined; readonly seq: number } | undefined;
  /** The code that it ends with. */
  readonly mac: string | undefined;
  /** The code that it ought to have after a record with the code `previous`; valid as long as the bytes are. */
  code(previous: string): string;
  /** The same for later, in little memory. */
  keep(): (previous: string) => string;
}

/** What codes are checked with. */
export interface Chain {
  readonly sign: Sign;
  /** The same, for messages in pieces. */
  readonly hmac: HmacSha256;
}

/** What the end of a record can hold at the most that is looked at. */
const TAIL_BYTES = 512;
const MAC_BYTES = MAC_START.length + MAC_LENGTH + MAC_END.length;
const TAIL = /,"pid":(\d{1,16})(?:,"writer":"([\w-]{1,64})")?,"seq":(\d{1,16})(?:,"mac":"([\w-]{43})")?\}$/;
const WRITER = /^[\w-]{1,64}$/;
const MAC_MEMBER = /,"mac":"([\w-]{43})"\}$/;
const BRACE = 125;

const decoder = new TextDecoder();
const encoder = new TextEncoder();

/** Reads a line; `undefined` when it is no JSON object. */
export function readRecord(bytes: Uint8Array, chain: Chain | undefined): LogRecordLine | undefined {
  let record: unknown;
  try {
    record = JSON.parse(decoder.decode(bytes));
  } catch {
    return undefined;
  }
  if (typeof record !== "object" || record === null || Array.isArray(record)) return undefined;
  const { pid, writer, seq } = record as Record<string, unknown>;
  const isWriter = writer === undefined || (typeof writer === "string" && WRITER.test(writer));
  return {
    place: isCount(pid, 0) && isCount(seq, 1) && isWriter ? { pid, writer, seq } : undefined,
    // As bytes: what the code is about is the line as it stands, not what a parser makes of it.
    mac: MAC_MEMBER.exec(decoder.decode(bytes.subarray(-MAC_BYTES)))?.[1],
    code: (previous) => chain?.sign(signedPart(bytes, previous)) ?? "",
    keep: () => keptCode(chain?.hmac.begin(), bytes),
  };
}

/** The code of the end of a line, of which the beginning has been hashed. */
function keptCode(hmac: HmacStream | undefined, bytes: Uint8Array): (previous: string) => string {
  hmac?.update(signedPart(bytes, ""));
  return (previous) => hmac === undefined ? "" : base64url(hmac.digest(encoder.encode(previous)));
}

/** The line without its member `mac`, and the code before it. */
function signedPart(bytes: Uint8Array, previous: string): Uint8Array {
  const whole = Math.max(0, bytes.length - MAC_BYTES);
  const code = encoder.encode(previous);
  const part = new Uint8Array(whole + 1 + code.length);
  part.set(bytes.subarray(0, whole));
  part[whole] = BRACE;
  part.set(code, whole + 1);
  return part;
}

/**
 * Reads a line of any length in little memory: only its two ends, which tell where it belongs, and, for the code, the
 * bytes as they pass.
 */
export class LongRecord implements LongLine {
  readonly #hmac: HmacStream | undefined;
  readonly #done: (record: LogRecordLine | undefined, bytes: number) => void;
  #first: number | undefined;
  #tail = new Uint8Array(0);
  #bytes = 0;

  constructor(chain: Chain | undefined, done: (record: LogRecordLine | undefined, bytes: number) => void) {
    this.#hmac = chain?.hmac.begin();
    this.#done = done;
  }

  /** Takes the next bytes. */
  add(bytes: Uint8Array): void {
    this.#first ??= bytes[0];
    this.#bytes += bytes.length;
    const tail = new Uint8Array(this.#tail.length + bytes.length);
    tail.set(this.#tail);
    tail.set(bytes, this.#tail.length);
    const passed = Math.max(0, tail.length - TAIL_BYTES);
    this.#hmac?.update(tail.subarray(0, passed));
    this.#tail = tail.slice(passed);
  }

  /** Tells what the line was. */
  end(): void {
    const tail = this.#tail;
    if (this.#first !== encoder.encode("{")[0] || tail.at(-1) !== BRACE) return this.#done(undefined, this.#bytes);
    const [, pid, writer, seq, mac] = TAIL.exec(decoder.decode(tail)) ?? [];
    const place = pid === undefined || !isCount(Number(seq), 1)
      ? undefined
      : { pid: Number(pid), writer, seq: Number(seq) };
    const code = keptCode(this.#hmac, tail);
    this.#done({ place, mac, code, keep: () => code }, this.#bytes);
  }
}

function isCount(value: unknown, least: number): value is number {
  return Number.isSafeInteger(value) && (value as number) >= least;
}
