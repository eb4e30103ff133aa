/**
 * Copies of objects of the platform: events, files, signals, sockets, processes.
 *
 * They keep what they hold in accessors of their prototypes, so their own properties show nothing; or they are so large
 * that their own properties show far too much. What each shows is said here by the name of its class. Nothing is read
 * of streams and bodies, and no port is started.
 *
 * @module
 */
import { bareUrl } from "./bare_url.ts";
import { nameOfClass, readProperty } from "./snapshot_read.ts";

/**
 * Accessors that are shown, by class; of some runtimes, for the classes of all are different. Where the class is not
 * known for certain (it is no global one and has no tag), an object must have the first of them.
 */
const ATTRIBUTES: ReadonlyMap<string, readonly string[]> = new Map(Object.entries({
  AbortController: ["signal"],
  AbortSignal: ["aborted", "reason"],
  Blob: ["name", "size", "type"],
  BroadcastChannel: ["name"],
  ChildProcess: ["pid", "exitCode", "signalCode", "killed", "connected", "spawnfile"],
  Conn: ["remoteAddr", "localAddr"],
  CryptoKey: ["type", "extractable", "algorithm", "usages"],
  DebugHTTPServer: ["hostname", "port", "pendingRequests"],
  DebugHTTPSServer: ["hostname", "port", "pendingRequests"],
  EventSource: ["url", "readyState"],
  HTTPServer: ["hostname", "port", "pendingRequests"],
  HTTPSServer: ["hostname", "port", "pendingRequests"],
  KeyObject: ["type", "asymmetricKeyType", "symmetricKeySize"],
  Listener: ["addr"],
  NodeWorker: ["threadId"],
  PermissionStatus: ["state"],
  PerformanceEntry: ["name", "entryType", "startTime", "duration", "detail"],
  Subprocess: ["pid", "exitCode", "signalCode", "killed"],
  URLPattern: ["protocol", "hostname", "port", "pathname", "search", "hash"],
  WebSocket: ["url", "protocol", "readyState", "bufferedAmount"],
  Worker: ["threadId"],
}));

/** Classes of which nothing is shown but their name; those that are not known for certain have this property. */
const OPAQUE: ReadonlyMap<string, string | undefined> = new Map([
  ["Command", "outputSync"],
  ["FsFile", "syncDataSync"],
  ["FsWatcher", "return"],
  ["Immediate", "_onImmediate"],
  ["MessageChannel", undefined],
  ["MessagePort", undefined],
  ["Navigator", undefined],
  ["Performance", undefined],
  ["Storage", undefined],
  ["Timeout", "_idleTimeout"],
  ["Window", undefined],
  ["console", undefined],
  ["global", undefined],
  ["process", undefined],
]);

/** Own properties of platform objects that say nothing, or that lead elsewhere. */
const NOT_SHOWN: ReadonlySet<string> = new Set(["isTrusted", "ports", "source", "promise"]);

/** Properties that a namespace has at the least, if it has any: `WebAssembly`. Those of the runtimes have a hundred. */
const LARGE = 6;

/** Classes that an object is an instance of, the nearest first. */
interface Class {
  readonly name: string;
  readonly prototype: object;
  /** Whether the platform says so itself: by a global name or by a tag. */
  readonly isCertain: boolean;
}

function* classesOf(value: object): Generator<Class> {
  let prototype: object | null = value;
  // The longest chain of a platform, that of a TLS socket, has six.
  for (let depth = 0; prototype !== null && prototype !== Object.prototype && depth < 16; depth++) {
    const tag = ownValue(prototype, Symbol.toStringTag);
    if (typeof tag === "string") yield { name: tag, prototype, isCertain: true };
    const constructor = ownValue(prototype, "constructor");
    if (typeof constructor === "function") {
      const name = ownValue(constructor, "name");
      if (typeof name === "string") {
        yield { name, prototype, isCertain: readProperty(globalThis, name) === constructor };
      }
    }
    prototype = Object.getPrototypeOf(prototype);
  }
}

/** The value of an own property that is no accessor. */
function ownValue(value: object, key: PropertyKey): unknown {
  return Object.getOwnPropertyDescriptor(value, key)?.value;
}

/** The name of a class of the platform; `undefined` for the classes of the program. */
export function platformClass(value: object): string | undefined {
  for (const { name, isCertain } of classesOf(value)) if (isCertain) return name;
  return undefined;
}

/** How an object of the platform is copied; `undefined` for any other. */
export function platformKind(
  value: object,
): "headers" | "request" | "response" | "form" | "event" | "platform" | undefined {
  for (const { name, prototype, isCertain } of classesOf(value)) {
    if (name === "Event") return isCertain || Object.hasOwn(prototype, "type") ? "event" : undefined;
    if (isCertain) {
      switch (name) {
        case "Headers":
          return "headers";
        case "Request":
          return "request";
        case "Response":
          return "response";
        case "FormData":
          return "form";
      }
    }
    if (isPlatform(value, name, isCertain)) return "platform";
  }
  return undefined;
}

function isPlatform(value: object, name: string, isCertain: boolean): boolean {
  const proof = OPAQUE.has(name) ? OPAQUE.get(name) : ATTRIBUTES.get(name)?.[0];
  return isCertain ? OPAQUE.has(name) || ATTRIBUTES.has(name) : proof !== undefined && proof in value;
}

/** What is shown of an event: its type and what else its class gives it, such as the code and reason of a close. */
export function eventView(value: object): Record<string, unknown> {
  const view: Record<string, unknown> = { type: readProperty(value, "type") };
  const seen = new Set<object>();
  for (const { name, prototype } of classesOf(value)) {
    if (name === "Event") break;
    if (seen.has(prototype) || prototype === value) continue;
    seen.add(prototype);
    for (const [key, { get }] of Object.entries(Object.getOwnPropertyDescriptors(prototype))) {
      if (get === undefined || NOT_SHOWN.has(key)) continue;
      const item = readProperty(value, key);
      if (item !== null) view[key] ??= item;
    }
  }
  return withOwn(view, value);
}

/** What is shown of an object of the platform. */
export function platformView(value: object): Record<string, unknown> | string {
  if (value === globalThis) return "[globalThis]";
  for (const { name, isCertain } of classesOf(value)) {
    if (!isPlatform(value, name, isCertain)) continue;
    if (OPAQUE.has(name)) return `[${name}]`;
    const view = Object.fromEntries((ATTRIBUTES.get(name) as string[]).flatMap((key) => {
      const item = attribute(value, name, key);
      return item === undefined || item === null ? [] : [[key, item]];
    }));
    // Those of Node have their state in properties of their own.
    const shown = name === "ChildProcess" || name.endsWith("Worker") ? view : withOwn(view, value);
    for (const _ in shown) return shown;
    return `[${nameOfClass(value)}]`;
  }
  return `[${nameOfClass(value)}]`;
}

function attribute(value: object, name: string, key: string): unknown {
  if (name === "Blob" && key !== "type") {
    const called = readProperty(value, "name");
    // A file on the disk, as Bun has it: its size would have to be looked up there.
    if (key === "size" && called !== undefined && !(value instanceof File)) return undefined;
  }
  const item = readProperty(value, key);
  if (typeof item !== "string") return item;
  // A pattern that fits anything.
  if (name === "URLPattern" && (item === "*" || item === "")) return undefined;
  const isUrl = key === "url" || name === "PerformanceEntry" && key === "name" && /^[a-z]+:\/\//i.test(item);
  return isUrl ? bareUrl(item) : item;
}

/** Adds own properties: those of a derived class. */
function withOwn(view: Record<string, unknown>, value: object): Record<string, unknown> {
  for (const key of Object.keys(value)) {
    if (NOT_SHOWN.has(key) || key.startsWith("_") || Object.hasOwn(view, key)) continue;
    view[key] = readProperty(value, key);
  }
  return view;
}

/**
 * What stands for a namespace such as `Math` or that of a runtime: a plain object by its prototype, but with a tag or a
 * global name, and functions where others have data.
 */
export function namespaceMark(value: object, keys: readonly string[]): string | undefined {
  const { length } = keys;
  if (length > 0 && length < LARGE) return undefined;
  if (value === globalThis) return "[globalThis]";
  // Most of what they have are functions; nearly every other object ends here.
  if (length > 0 && !isFunction(value, keys[length >> 1]) && !isFunction(value, keys[length - 1])) return undefined;
  const tag = ownValue(value, Symbol.toStringTag);
  if (typeof tag === "string") return tag === "Module" ? undefined : `[${tag}]`;
  if (length === 0 || !isFunction(value, keys[1])) return undefined;
  const name = Object.getOwnPropertyNames(globalThis).find((name) => ownValue(globalThis, name) === value);
  return name === undefined ? undefined : `[${name}]`;
}

function isFunction(value: object, key: string | undefined): boolean {
  return typeof readProperty(value, key as string) === "function";
}
