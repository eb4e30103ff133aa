/**
 * Copies of what `node:http`, `node:http2`, `node:net` and the libraries above them hand to a program: requests,
 * responses, sockets, servers.
 *
 * They hold kilobytes of internal state, and credentials in it under names that no redaction knows (`rawHeaders`,
 * `_header`, the key of a server). So the copy is made of a few things they are known to have. Each runtime has classes
 * of its own, frameworks derive from them, and tests imitate them: they are recognised by what they have.
 *
 * @module
 */
import { bareUrl } from "./bare_url.ts";
import { readFields } from "./snapshot_read.ts";

/** Whether something emits events as `node:events` does: all that is copied here does. */
export function isEmitter(value: object): boolean {
  return typeof read(value, "emit") === "function" && typeof read(value, "on") === "function";
}

/** Names under which libraries keep the request and the response that their own objects are around. */
const INNER: readonly string[] = ["raw", "req", "res", "_currentRequest"];

/** Whether something is around a request, a response or both, as those of Fastify (`raw`, `log`) and Koa (`app`) are. */
export function isWrapper(value: object): boolean {
  return ["raw", "log"].every((key) => Object.hasOwn(value, key)) ||
    ["app", "req", "res"].every((key) => Object.hasOwn(value, key));
}

/**
 * What is shown of a request, a response, a stream, a socket, a server or an agent; `undefined` of anything else that
 * emits events. Never throws.
 */
export function emitterView(value: object): Record<string, unknown> | string | undefined {
  if (isOutgoing(value)) return outgoing(value);
  // Those of tests have no raw headers.
  if (isIncoming(value) || has(value, "headers", "method", "url")) return incoming(value);
  if (has(value, "sentHeaders", "rstCode")) return stream(value);
  if (has(value, "remoteAddress", "bytesWritten")) return socket(value);
  if (has(value, "localSettings", "remoteSettings")) return session(value);
  if (has(value, "listening", "address")) return server(value);
  if (has(value, "maxSockets", "freeSockets")) return "[Agent]";
  // A request of got.
  const options = read(value, "options");
  if (isObject(options) && isClientOptions(options)) return clientOptionsView(options);
  // Requests and responses of superagent and of follow-redirects, which axios uses.
  return has(value, "header") || has(value, "_currentRequest") ? wrapperView(value) : undefined;
}

/** What is shown of something that is around a request, a response or both; `undefined` of anything else. */
export function wrapperView(value: object): Record<string, unknown> | undefined {
  const [raw, req, res, current] = INNER.map((key) => Object.hasOwn(value, key) ? viewOf(read(value, key)) : undefined);
  if (raw !== undefined) return { ...raw, ...identity(value) };
  if (req === undefined || res === undefined) return req ?? res ?? current;
  // Koa's context has both as its own, its request the response, and its response the request.
  const isRequest = Object.hasOwn(value, "response");
  const isResponse = Object.hasOwn(value, "request");
  if (isRequest === isResponse) return { req, res };
  return isRequest ? req : res;
}

function viewOf(value: unknown): Record<string, unknown> | undefined {
  if (!isObject(value)) return undefined;
  if (isOutgoing(value)) return outgoing(value);
  return isIncoming(value) ? incoming(value) : undefined;
}

/**
 * Whether something is what a client has made its requests of, as the errors of axios (`config`), got and ky
 * (`options`) carry it: headers beside settings that nothing else has.
 */
export function isClientOptions(value: object): boolean {
  return "headers" in value &&
    ("validateStatus" in value || "transformRequest" in value || "hooks" in value && "retry" in value);
}

/** What is shown of the options of a client: the request. What is left out, such as its body, is counted. */
export function clientOptionsView(value: object): Record<string, unknown> {
  const view: Record<string, unknown> = {};
  for (const name of ["method", "baseURL", "prefixUrl", "url", "headers", "timeout"]) {
    const item = read(value, name);
    if (item === undefined || item === "") continue;
    if (!/url$/i.test(name)) view[name] = item;
    else {
      const url = isObject(item) ? read(item, "href") : item;
      if (typeof url === "string") view[name] = bareUrl(url);
    }
  }
  const left = Object.keys(value).length - Object.keys(view).length;
  return left > 0 ? { ...view, "...": `[${left} more]` } : view;
}

/**
 * What is shown of a plain object with `headers`, where it is what a client has made its request of, or an answer that
 * carries that, as those of axios do; `undefined` of any other.
 */
export function plainView(value: object): Record<string, unknown> | undefined {
  if (isClientOptions(value)) return clientOptionsView(value);
  const config = "config" in value ? read(value, "config") : undefined;
  if (!isObject(config) || !isClientOptions(config)) return undefined;
  const { method, url } = clientOptionsView(config);
  const { config: _, request: __, ...answer } = readFields(value);
  return { method, url, ...answer };
}

function isIncoming(value: object): boolean {
  return has(value, "headers", "rawHeaders", "httpVersion");
}

function isOutgoing(value: object): boolean {
  return has(value, "headersSent") && typeof read(value, "getHeaders") === "function";
}

/** A request that a server got, or the answer that a client got. */
function incoming(value: object): Record<string, unknown> {
  const status = read(value, "statusCode");
  const own = {
    headers: headersOf(read(value, "headers")) ?? pairsOf(read(value, "rawHeaders")),
    ...peer(read(value, "socket")),
  };
  if (typeof status === "number") {
    // Libraries that follow redirects say where it came from in the end.
    const from = textOf(value, "responseUrl") ?? textOf(value, "url");
    const url = from === undefined ? urlOf(read(value, "req")) : bareUrl(from);
    return { url, status, statusText: textOf(value, "statusMessage"), ...own };
  }
  // Express and Connect cut `url` where they mount a part of the program.
  const url = textOf(value, "originalUrl") ?? textOf(value, "url");
  return {
    ...identity(value),
    method: textOf(value, "method"),
    url: url === undefined ? undefined : bareUrl(url),
    ...own,
  };
}

/** A request that a client makes, or the answer of a server. */
function outgoing(value: object): Record<string, unknown> {
  const headers = headersOf(call(value, "getHeaders"));
  const status = read(value, "statusCode");
  if (typeof status === "number") {
    // HTTP/2 has no such text, and Node warns the program when it is asked for one.
    const statusText = has(value, "stream") ? undefined : textOf(value, "statusMessage");
    return { status, statusText, headers: headers ?? sentHeaders(value) };
  }
  return { method: textOf(value, "method"), url: urlOf(value), headers: headers ?? sentHeaders(value) };
}

/** A stream of HTTP/2: of the client, whose headers are those of a request, or of the server. */
function stream(value: object): Record<string, unknown> {
  const sent = read(value, "sentHeaders");
  const [method, path, host, scheme, status] = ["method", "path", "authority", "scheme", "status"].map((name) =>
    isObject(sent) ? read(sent, `:${name}`) : undefined
  );
  const url = typeof path === "string" ? bareUrl(path) : undefined;
  return {
    id: read(value, "id"),
    method,
    url: url !== undefined && typeof host === "string" ? `${scheme}://${host}${url}` : url,
    status,
    headers: headersOf(sent),
    rstCode: read(value, "rstCode"),
  };
}

function session(value: object): Record<string, unknown> {
  return {
    alpnProtocol: read(value, "alpnProtocol"),
    encrypted: read(value, "encrypted"),
    closed: read(value, "closed"),
    ...peer(read(value, "socket")),
  };
}

function socket(value: object): Record<string, unknown> {
  const [localAddress, localPort, bytesRead, bytesWritten, encrypted, destroyed] = [
    "localAddress",
    "localPort",
    "bytesRead",
    "bytesWritten",
    "encrypted",
    "destroyed",
  ].map((key) => read(value, key));
  return { ...peer(value), localAddress, localPort, bytesRead, bytesWritten, encrypted, destroyed };
}

function server(value: object): Record<string, unknown> {
  const listening = read(value, "listening");
  return { listening, address: listening === true ? call(value, "address") : undefined };
}

/** Where the other side is. */
function peer(value: unknown): Record<string, unknown> {
  if (!isObject(value)) return {};
  return { remoteAddress: read(value, "remoteAddress"), remotePort: read(value, "remotePort") };
}

/** The id that a framework or a middleware has given to a request. */
function identity(value: object): Record<string, unknown> {
  const id = read(value, "id");
  return typeof id === "string" || typeof id === "number" ? { id } : {};
}

/** Where a client's request goes. */
function urlOf(request: unknown): string | undefined {
  const path = isObject(request) ? textOf(request, "path") : undefined;
  if (!isObject(request) || path === undefined || !path.startsWith("/")) {
    return path === undefined ? path : bareUrl(path);
  }
  // The header has the port.
  const named = call(request, "getHeader", "host");
  const host = typeof named === "string" ? named : textOf(request, "host");
  return bareUrl(host === undefined ? path : `${textOf(request, "protocol") ?? "http:"}//${host}${path}`);
}

/** Headers by name, without those of HTTP/2 that are none (`:path`); `undefined` where there are none. */
function headersOf(headers: unknown): Record<string, unknown> | undefined {
  if (!isObject(headers)) return undefined;
  const names = Object.keys(headers).filter((name) => !name.startsWith(":"));
  return names.length === 0 ? undefined : fromPairs(names.map((name) => [name, read(headers, name)]));
}

/** Headers of the head that was sent: those that were handed to `writeHead` stand nowhere else. */
function sentHeaders(value: object): Record<string, unknown> | undefined {
  const head = textOf(value, "_header");
  if (head === undefined) return undefined;
  const lines = head.split("\r\n").slice(1).map((line) => [line, line.indexOf(": ")] as const);
  return fromPairs(
    lines.flatMap(([line, at]) => at > 0 ? [[line.slice(0, at).toLowerCase(), line.slice(at + 2)]] : []),
  );
}

/** Names and values that take turns in an array. */
function pairsOf(raw: unknown): Record<string, unknown> | undefined {
  if (!Array.isArray(raw)) return undefined;
  return fromPairs(
    Array.from({ length: raw.length >> 1 }, (_, i) => [String(raw[2 * i]).toLowerCase(), raw[2 * i + 1]]),
  );
}

function fromPairs(pairs: readonly (readonly [name: string, value: unknown])[]): Record<string, unknown> {
  const byName = new Map<string, unknown[]>();
  for (const [name, value] of pairs) {
    const values = byName.get(name);
    if (values === undefined) byName.set(name, [value]);
    else values.push(value);
  }
  return Object.fromEntries([...byName].map(([name, values]) => [name, values.length === 1 ? values[0] : values]));
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

/** Whether something has all of these, of its own or not; no getter is called. */
function has(value: object, ...keys: readonly string[]): boolean {
  return keys.every((key) => key in value);
}

/** Reads a property; what throws (after a session has ended) is not there. */
function read(value: object, key: string): unknown {
  try {
    return (value as Record<string, unknown>)[key];
  } catch {
    return undefined;
  }
}

function call(value: object, method: string, ...args: unknown[]): unknown {
  try {
    return (value as Record<string, (...args: unknown[]) => unknown>)[method]?.(...args);
  } catch {
    return undefined;
  }
}

function textOf(value: object, key: string): string | undefined {
  const text = read(value, key);
  return typeof text === "string" && text !== "" ? text : undefined;
}
