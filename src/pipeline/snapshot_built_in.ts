import { bareUrl } from "./bare_url.ts";
import type { Copier } from "./snapshot_copy.ts";
import { type Kind, tagOf } from "./snapshot_kind.ts";
import { platformClass } from "./snapshot_platform.ts";
import { nameOfClass, readProperty, sizeOf } from "./snapshot_read.ts";
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
    case "form":
      return copyMultiple(value as Headers | FormData, copier);
    case "request": {
      const { method, url, headers } = value as Request;
      return copier.copyEntries({ method, url: bareUrl(url), headers });
    }
    case "response": {
      const { status, statusText, url, headers } = value as Response;
      return copier.copyEntries({ status, statusText, url: bareUrl(url), headers });
    }
    case "emitter": {
      // What Node's own classes keep for themselves begins so, and their streams have methods of their own.
      const isOwn = (key: string) => key.startsWith("_") || typeof readProperty(value, key) === "function";
      const skip = new Set(Object.keys(value).filter(isOwn).concat("allowHalfOpen"));
      const out = copier.copyEntries(value, {}, { skip });
      for (const _ in out) return out;
      return `[${nameOfClass(value)}]`;
    }
    default: {
      const out = copier.copyEntries(value);
      // Promises, generators, weak maps and streams show nothing but what they are.
      for (const _ in out) return out;
      const tag = tagOf(value);
      const name = tag === "Object" ? platformClass(value) : tag;
      return name === undefined ? out : `[${name}]`;
    }
  }
}

function copyPairs(
  pairs: Iterable<readonly [unknown, unknown]>,
  copier: Copier,
  count: () => number,
): Record<string, unknown> {
  const out: Record<string, unknown> = {};
  const numbers = new Map<string, number>();
  let taken = 0;
  for (const [key, item] of pairs) {
    if (taken >= copier.plan.maxEntries || copier.isExhausted) {
      defineNew(out, "...", `[${count() - taken} more]`);
      break;
    }
    taken++;
    // The keys 1 and "1" are two in a Map and one in an object.
    defineNew(out, keyText(key, copier), copier.copy(item), numbers);
  }
  return out;
}

/** Copies names and values where a name may come more than once: its values are one array then. */
function copyMultiple(pairs: Headers | FormData, copier: Copier): Record<string, unknown> {
  const grouped = new Map<string, unknown[]>();
  // Deno's iterator of headers makes a list of all of them at each step: 1,000 would take it a second.
  pairs.forEach((item: unknown, name: string) => {
    const values = grouped.get(name);
    if (values === undefined) grouped.set(name, [item]);
    else values.push(item);
  });
  const entries = Array.from(grouped, ([name, values]) => [name, values.length === 1 ? values[0] : values] as const);
  return copyPairs(entries, copier, () => entries.length);
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
