import { errorCode } from "../../error_code.ts";

/** A request on its way. */
export interface OtlpRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array<ArrayBuffer>;
  /** Ends it. */
  readonly signal: AbortSignal;
}

/** What the server has answered. */
export interface OtlpAnswer {
  readonly status: number;
  /** A header; `null` when it is not there. */
  header(name: string): string | null;
  /** The body, or the beginning of one that is too long. */
  readonly body: Uint8Array;
  /** Whether the body is longer. */
  readonly isCut: boolean;
}

/** The function that sends requests: the standard one, or one that wraps it. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/** Bytes of an answer that are read: the messages of OTLP are far shorter. */
const LONGEST_ANSWER = 64 * 1024;

/**
 * Sends a request and reads the answer, as far as it may be long. Redirects are not followed: they would take the
 * headers, credentials among them, to a place that the program has not named.
 */
export async function send(fetch: Fetch, { url, headers, body, signal }: OtlpRequest): Promise<OtlpAnswer> {
  const response = await fetch(url, { method: "POST", headers, body, signal, redirect: "manual" });
  const { bytes, isCut } = await readStart(response);
  return { status: response.status, header: (name) => response.headers.get(name), body: bytes, isCut };
}

async function readStart(response: Response): Promise<{ bytes: Uint8Array; isCut: boolean }> {
  if (response.body === null) return { bytes: new Uint8Array(0), isCut: false };
  const reader = response.body.getReader();
  const pieces: Uint8Array[] = [];
  let length = 0;
  while (length <= LONGEST_ANSWER) {
    const { done, value } = await reader.read();
    if (done) break;
    pieces.push(value);
    length += value.length;
  }
  const isCut = length > LONGEST_ANSWER;
  // Not awaited: the server may go on sending for as long as it likes.
  if (isCut) reader.cancel().catch(() => {});
  const bytes = new Uint8Array(Math.min(length, LONGEST_ANSWER));
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece.subarray(0, bytes.length - at), at);
    at += Math.min(piece.length, bytes.length - at);
  }
  return { bytes, isCut };
}

/** Why nothing came of a request, in the words of the runtime but without the address, which may hold a secret. */
export function reasonOf(error: unknown, url: string): { readonly reason: string; readonly code: string | undefined } {
  const causes: { readonly message?: unknown }[] = [];
  for (let each = error; typeof each === "object" && each !== null && causes.length < 5;) {
    causes.push(each);
    each = (each as { readonly cause?: unknown }).cause;
  }
  const code = causes.map(errorCode).find((each) => each !== undefined);
  const words = causes.map((cause) => cause.message).filter((each) => typeof each === "string" && each !== "");
  // Node says "fetch failed", and why in the cause; the others say it at once.
  const reason = String(words.at(-1) ?? code ?? "no reason given");
  return { reason: reason.replaceAll(url, new URL(url).origin), code };
}
