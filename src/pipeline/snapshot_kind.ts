import { isClientOptions, isEmitter, isWrapper } from "./snapshot_http.ts";
import { platformKind } from "./snapshot_platform.ts";

/** How an object that is neither an array nor a plain object is copied. */
export type Kind =
  | "plain"
  | "error"
  | "date"
  | "bytes"
  | "numbers"
  | "map"
  | "set"
  | "text"
  | "boxed"
  | "headers"
  | "request"
  | "response"
  | "form"
  | "event"
  | "platform"
  | "emitter"
  | "wrapper"
  | "client options";

/** The kinds that are copied to text whatever the depth: nothing is nested in them. */
const LEAVES: ReadonlySet<Kind> = new Set(["date", "bytes", "text", "boxed"]);

/**
 * Kinds by prototype. The tests below take ten times as long as the look-up, and a program has few classes.
 *
 * Weak, so that a class made at run time is not kept.
 */
const kinds = new WeakMap<object, Kind>();

/** Whether a kind holds no further values. */
export function isLeaf(kind: Kind): boolean {
  return LEAVES.has(kind);
}

/** The kind of an object. It may be wrong for something that only pretends: its methods then throw. */
export function kindOf(value: object, prototype: object): Kind {
  let kind = kinds.get(prototype);
  if (kind === undefined) {
    kind = classify(value);
    kinds.set(prototype, kind);
  }
  return kind;
}

/** What an object says it is: the `Map` of `[object Map]`. */
export function tagOf(value: object): string {
  return Object.prototype.toString.call(value).slice("[object ".length, -1);
}

/** Engines that have it know an error by a mark that cannot be forged, whichever realm it is from (ES2026). */
const brand = (Error as { readonly isError?: (value: unknown) => boolean }).isError;

/** Whether something is an error, be it of another realm (`node:vm`, a frame), a DOMException or derived. Never throws. */
export function isError(value: unknown): value is Error {
  try {
    // The prototype comes first: it also admits what a library derived from Error without its constructor.
    if (value instanceof Error) return true;
    return brand === undefined ? typeof value === "object" && value !== null && tagOf(value) === "Error" : brand(value);
  } catch {
    return false; // a revoked Proxy
  }
}

function classify(value: object): Kind {
  if (isError(value)) return "error";
  if (ArrayBuffer.isView(value)) return isOfBytes(value) ? "bytes" : "numbers";
  // Derived classes may carry a tag of their own; those of another realm have the tag but not the prototype.
  if (value instanceof Map) return "map";
  if (value instanceof Set) return "set";
  switch (tagOf(value)) {
    case "Map":
      return "map";
    case "Set":
      return "set";
    case "Date":
      return "date";
    case "ArrayBuffer":
    case "SharedArrayBuffer":
      return "bytes";
    case "RegExp":
    case "URLSearchParams":
      return "text";
    case "String":
    case "Number":
    case "Boolean":
    case "BigInt":
    case "Symbol":
      return "boxed";
    default: {
      if (value instanceof Date) return "date";
      const kind = platformKind(value);
      if (kind !== undefined) return kind;
      if (isEmitter(value)) return "emitter";
      if (isClientOptions(value)) return "client options";
      return isWrapper(value) ? "wrapper" : "plain";
    }
  }
}

function isOfBytes(view: ArrayBufferView): boolean {
  return view instanceof DataView || (view as Partial<Uint8Array>).BYTES_PER_ELEMENT === 1 ||
    tagOf(view) === "DataView";
}
