import { bareUrl } from "./bare_url.ts";
import type { Copier } from "./snapshot_copy.ts";
import { type Kind, tagOf } from "./snapshot_kind.ts";
import { nameOfClass, sizeOf } from "./snapshot_read.ts";
import { defineNew, unbox } from "./snapshot_text.ts";

/** Copies an object of a kind in which no `toJSON` counts, or which has none. Throws when it only looks like one. */
export function copyBuiltIn(value: object, kind: Kind, copier: Copier): unknown {
  switch (kind) {
    case "map":
      return copyPairs(Map.prototype.entries.call(value), copier, () => sizeOf(Map.prototype, value));
    case "set":
      return copySet(value as Set<unknown>, copier);
    case "text":
      return copier.text(String(value));
    case "boxed":
      return copier.copy(unbox(value, tagOf(value)));
    case "headers":
      return copyPairs((value as Headers).entries(), copier, () => [...(value as Headers).keys()].length);
    case "request": {
      const { method, url, headers } = value as Request;
      return copier.copyEntries({ method, url: bareUrl(url), headers });
    }
    case "response": {
      const { status, statusText, url, headers } = value as Response;
      return copier.copyEntries({ status, statusText, url: bareUrl(url), headers });
    }
    case "emitter": {
      // What Node's own classes keep for themselves begins so.
      const skip = new Set(Object.keys(value).filter((key) => key.startsWith("_")).concat("allowHalfOpen"));
      const out = copier.copyEntries(value, {}, { skip });
      for (const _ in out) return out;
      return `[${nameOfClass(value)}]`;
    }
    default: {
      const out = copier.copyEntries(value);
      // Promises, generators, weak maps and streams show nothing but what they are.
      for (const _ in out) return out;
      const tag = tagOf(value);
      return tag === "Object" ? out : `[${tag}]`;
    }
  }
}

function copyPairs(pairs: Iterable<[unknown, unknown]>, copier: Copier, count: () => number): Record<string, unknown> {
  const out: Record<string, unknown> = {};
  let taken = 0;
  for (const [key, item] of pairs) {
    if (taken >= copier.plan.maxEntries || copier.isExhausted) {
      defineNew(out, "...", `[${count() - taken} more]`);
      break;
    }
    taken++;
    // The keys 1 and "1" are two in a Map and one in an object.
    defineNew(out, keyText(key, copier), copier.copy(item));
  }
  return out;
}

function keyText(key: unknown, copier: Copier): string {
  if (typeof key === "string") return copier.text(key);
  if (typeof key !== "object" && typeof key !== "function") return copier.text(String(key));
  const copied = copier.copy(key);
  return typeof copied === "string" ? copied : JSON.stringify(copied) ?? "undefined";
}

function copySet(set: Set<unknown>, copier: Copier): unknown[] {
  const out: unknown[] = [];
  for (const item of Set.prototype.values.call(set)) {
    if (out.length >= copier.plan.maxEntries || copier.isExhausted) {
      out.push(`[${sizeOf(Set.prototype, set) - out.length} more]`);
      break;
    }
    out.push(copier.copy(item) ?? null);
  }
  return out;
}
