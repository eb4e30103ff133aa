import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createSecretKey } from "node:crypto";
import { EventEmitter } from "node:events";
import fs from "node:fs";
import process from "node:process";
import { PassThrough } from "node:stream";
import { describe, it } from "node:test";
import { Worker } from "node:worker_threads";
import { snapshot } from "../../src/pipeline/snapshot.ts";
import { memoryLogger } from "../logger/harness.ts";

// deno-lint-ignore no-explicit-any -- what is tested here differs from runtime to runtime, and so would its type.
type Any = any;

/** Names that some runtimes lack. */
const { Deno, Bun } = globalThis as Any;
const globals = globalThis as Any;

const SECRET = "s3cr3t";

const copied = (value: unknown): unknown => snapshot(value).value;

/** An error of which the copy is short. */
const failure = Object.assign(new Error("too slow"), { stack: "" });
const failureCopy = { type: "Error", message: "too slow", stack: "" };

class Account {
  #balance = 5;
  get balance() {
    return this.#balance;
  }
}

class Reached extends Event {
  place = "here";
  get score() {
    return 7;
  }
  get broken(): number {
    throw new Error("no");
  }
}

function formData(): FormData {
  const form = new FormData();
  form.append("user", "ann");
  form.append("tag", "a");
  form.append("tag", "b");
  form.append("file", new File(["abc"], "a.txt", { type: "text/css" }));
  return form;
}

const wasm = new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]);

/** A class as docs/captured_values.md names it, an instance or nothing where there is none, and its copy. */
const cases: readonly (readonly [name: string, value: () => unknown, expected: unknown])[] = [
  ["Error", () => failure, failureCopy],
  ["AggregateError", () => Object.assign(new AggregateError([failure], "all"), { stack: "" }), {
    type: "AggregateError",
    message: "all",
    stack: "",
    errors: [failureCopy],
  }],
  [
    "DOMException",
    () => new DOMException("m", "AbortError"),
    (copy: Any) => copy.type === "AbortError" && copy.code === 20,
  ],
  ["Date", () => new Date(0), "1970-01-01T00:00:00.000Z"],
  [
    "Temporal.Instant",
    () => (globalThis as Any).Temporal?.Instant.from("2026-01-01T00:00:00Z"),
    "2026-01-01T00:00:00Z",
  ],
  ["RegExp", () => /a/g, "/a/g"],
  ["Map", () => new Map([["a", 1]]), { a: 1 }],
  ["Set", () => new Set([1]), [1]],
  ["Uint8Array", () => new Uint8Array([1]), "[1 bytes: 01]"],
  ["Buffer", () => Buffer.from([1]), "[1 bytes: 01]"],
  ["ArrayBuffer", () => new ArrayBuffer(1), "[1 bytes: 00]"],
  ["SharedArrayBuffer", () => new SharedArrayBuffer(1), "[1 bytes: 00]"],
  ["DataView", () => new DataView(new ArrayBuffer(1)), "[1 bytes: 00]"],
  ["Float64Array", () => new Float64Array([0.5]), [0.5]],
  ["Promise", () => Promise.resolve(SECRET), "[Promise]"],
  ["WeakMap", () => new WeakMap(), "[WeakMap]"],
  ["WeakSet", () => new WeakSet(), "[WeakSet]"],
  ["WeakRef", () => new WeakRef({}), "[WeakRef]"],
  ["FinalizationRegistry", () => new FinalizationRegistry(() => {}), "[FinalizationRegistry]"],
  ["Generator", () => (function* () {})(), "[Generator]"],
  ["Intl.NumberFormat", () => new Intl.NumberFormat("de"), "[Intl.NumberFormat]"],
  ["WebAssembly.Module", () => new WebAssembly.Module(wasm), "[WebAssembly.Module]"],
  ["WebAssembly.Instance", () => new WebAssembly.Instance(new WebAssembly.Module(wasm)), "[WebAssembly.Instance]"],
  ["WebAssembly.Memory", () => new WebAssembly.Memory({ initial: 1 }), "[WebAssembly.Memory]"],
  ...(["Math", "JSON", "Reflect", "Atomics", "Intl", "WebAssembly"] as const).map((name) =>
    [name, () => (globalThis as Any)[name], `[${name}]`] as const
  ),
  ["Proxy", () => new Proxy(new Map(), {}), "[Map]"],
  ["Event", () => new Event("x"), { type: "x" }],
  ["Event", () => new Reached("goal"), { type: "goal", score: 7, broken: "[Throws: no]", place: "here" }],
  [
    "ErrorEvent",
    () =>
      globals.ErrorEvent &&
      new globals.ErrorEvent("error", { message: "m", filename: "f", lineno: 1, colno: 2, error: failure }),
    { type: "error", message: "m", filename: "f", lineno: 1, colno: 2, error: failureCopy },
  ],
  ["CloseEvent", () => new CloseEvent("close", { code: 1006, reason: "gone" }), {
    type: "close",
    wasClean: false,
    code: 1006,
    reason: "gone",
  }],
  ["MessageEvent", () => new MessageEvent("message", { data: { a: 1 }, origin: "o" }), {
    type: "message",
    data: { a: 1 },
    origin: "o",
    lastEventId: "",
  }],
  ["CustomEvent", () => new CustomEvent("x", { detail: [1] }), { type: "x", detail: [1] }],
  ["ProgressEvent", () => globals.ProgressEvent && new globals.ProgressEvent("load", { loaded: 1 }), {
    type: "load",
    lengthComputable: false,
    loaded: 1,
    total: 0,
  }],
  [
    "PromiseRejectionEvent",
    () =>
      globals.PromiseRejectionEvent &&
      new globals.PromiseRejectionEvent("unhandledrejection", { promise: Promise.resolve(), reason: 1 }),
    { type: "unhandledrejection", reason: 1 },
  ],
  ["EventTarget", () => new EventTarget(), "[EventTarget]"],
  ["Headers", () => new Headers([["a", "1"], ["set-cookie", "b"], ["set-cookie", "c"]]), {
    a: "1",
    "set-cookie": ["b", "c"],
  }],
  ["FormData", formData, { user: "ann", tag: ["a", "b"], file: { name: "a.txt", size: 3, type: /^text\/css/ } }],
  ["Request", () => new Request(`http://a.example/b?c=${SECRET}`, { headers: { a: "1" } }), {
    method: "GET",
    url: "http://a.example/b",
    headers: { a: "1" },
  }],
  ["Response", () => new Response(SECRET, { status: 404, headers: { a: "1", "content-type": "b" } }), {
    status: 404,
    statusText: "",
    url: "",
    headers: { a: "1", "content-type": "b" },
  }],
  ["URL", () => new URL("http://a.example/b?c=d"), "http://a.example/b?c=d"],
  ["URLSearchParams", () => new URLSearchParams("c=d"), "c=d"],
  ["URLPattern", () => new URLPattern({ pathname: "/a/:id" }), { pathname: "/a/:id" }],
  ["Blob", () => new Blob(["ab"]), { size: 2, type: "" }],
  ["File", () => new File(["ab"], "a.txt"), { name: "a.txt", size: 2, type: /^|text/ }],
  ["AbortSignal", () => AbortSignal.abort(failure), { aborted: true, reason: failureCopy }],
  ["AbortController", () => new AbortController(), { signal: { aborted: false } }],
  ["WebSocket", webSocket, { url: "ws://127.0.0.1:9/chat", protocol: "", readyState: /^[0-3]$/, bufferedAmount: 0 }],
  ["EventSource", eventSource, { url: "http://127.0.0.1:9/feed", readyState: 2 }],
  ["BroadcastChannel", () => opened(new BroadcastChannel("news")), { name: "news" }],
  ["MessageChannel", () => closedChannel(), "[MessageChannel]"],
  ["MessagePort", () => closedChannel().port1, "[MessagePort]"],
  ["ReadableStream", () => new ReadableStream(), "[ReadableStream]"],
  ["WritableStream", () => new WritableStream(), "[WritableStream]"],
  ["TransformStream", () => new TransformStream(), "[TransformStream]"],
  ["TextEncoder", () => new TextEncoder(), "[TextEncoder]"],
  ["TextDecoder", () => new TextDecoder(), "[TextDecoder]"],
  ["CompressionStream", () => new CompressionStream("gzip"), "[CompressionStream]"],
  ["Crypto", () => crypto, "[Crypto]"],
  ["SubtleCrypto", () => crypto.subtle, "[SubtleCrypto]"],
  [
    "PerformanceEntry",
    () => performance.mark("m", { detail: 1 }),
    { name: "m", entryType: "mark", startTime: /./, duration: 0, detail: 1 },
  ],
  ["Performance", () => performance, "[Performance]"],
  ["PerformanceObserver", () => new PerformanceObserver(() => {}), "[PerformanceObserver]"],
  ["Navigator", () => Bun === undefined ? navigator : undefined, "[Navigator]"],
  ["Storage", () => Deno && globals.localStorage, "[Storage]"],
  ["console", () => console, "[console]"],
  ["globalThis", () => globalThis, "[globalThis]"],
  ["EventEmitter", () => new EventEmitter(), "[EventEmitter]"],
  ["EventEmitter", () => new PassThrough(), "[PassThrough]"],
  ["child_process.ChildProcess", childProcess, { pid: /^\d+$/, killed: false, spawnfile: process.execPath }],
  ["worker_threads.Worker", nodeWorker, { threadId: /\d/ }],
  ["fs.Stats", () => fs.statSync("."), (copy: Any) => copy.size >= 0 && copy.mode > 0],
  ["fs.Dirent", () => fs.readdirSync(".", { withFileTypes: true })[0], (copy: Any) => typeof copy.name === "string"],
  ["Timeout", timeout, "[Timeout]"],
  ["Immediate", () => setImmediate(() => {}), "[Immediate]"],
  ["crypto.KeyObject", () => createSecretKey(Buffer.from(SECRET)), { type: "secret", symmetricKeySize: 6 }],
  ["process", () => process, "[process]"],
  ["Bun.serve()", bunServer, { hostname: /./, port: /^\d+$/, pendingRequests: 0 }],
  ["Bun.file()", () => Bun?.file("/nowhere"), { name: "/nowhere", type: /./ }],
  [
    "Bun.Subprocess",
    () => Bun?.spawn([process.execPath, "--version", SECRET], { stdout: "ignore" }),
    (copy: Any) => copy.pid > 0 && !("stdin" in copy),
  ],
  ["Deno.serve()", denoServer, (copy: Any) => typeof copy.addr.port === "number" && JSON.stringify(copy).length < 300],
  ["Deno.ChildProcess", denoChild, { pid: /^\d+$/ }],
  ["Deno.Command", () => Deno && new Deno.Command("x", { args: [SECRET] }), "[Command]"],
  ["Deno.FsFile", () => closed(Deno?.openSync("deno.json")), "[FsFile]"],
  ["Deno.Listener", () => closed(Deno?.listen({ port: 0 })), { addr: /port/ }],
  ["Bun", () => Bun, "[Bun]"],
  ["Deno", () => Deno, "[Deno]"],
];

function webSocket(): WebSocket {
  const socket = new WebSocket(`ws://u:${SECRET}@127.0.0.1:9/chat?token=${SECRET}`);
  socket.onerror = () => {};
  return socket;
}

function eventSource(): unknown {
  if (globals.EventSource === undefined) return undefined;
  const source = new globals.EventSource(`http://127.0.0.1:9/feed?token=${SECRET}`);
  source.onerror = () => {};
  source.close();
  return source;
}

function closed<T extends { close(): void } | undefined>(value: T): T {
  value?.close();
  return value;
}

function opened(channel: BroadcastChannel): BroadcastChannel {
  channel.close();
  return channel;
}

function closedChannel(): MessageChannel {
  const channel = new MessageChannel();
  channel.port1.close();
  channel.port2.close();
  return channel;
}

function childProcess(): unknown {
  return spawn(process.execPath, ["--version", SECRET], { stdio: "ignore" });
}

function nodeWorker(): unknown {
  const worker = new Worker("", { eval: true });
  void worker.terminate();
  return worker;
}

function timeout(): unknown {
  const timer = setTimeout(() => {}, 1) as unknown;
  // Of Deno it is a number.
  return typeof timer === "object" ? timer : undefined;
}

function bunServer(): unknown {
  const server = Bun?.serve({ port: 0, fetch: () => new Response() });
  server?.stop(true);
  return server;
}

function denoServer(): unknown {
  const server = Deno?.serve({ port: 0, onListen() {} }, () => new Response());
  void server?.shutdown();
  return server;
}

function denoChild(): unknown {
  const child = Deno && new Deno.Command(Deno.execPath(), { args: ["--version"], stdout: "null" }).spawn();
  void child?.status;
  return child;
}

/** Compares; regular expressions stand for texts that differ, a function for all of it. */
function assertCopy(copy: unknown, expected: unknown): void {
  if (typeof expected === "function") return assert.ok(expected(copy), JSON.stringify(copy));
  assert.deepEqual(matched(copy, expected), expected);
}

function matched(copy: unknown, expected: unknown): unknown {
  if (expected instanceof RegExp) {
    return expected.test(typeof copy === "object" ? JSON.stringify(copy) : String(copy)) ? expected : copy;
  }
  if (typeof copy !== "object" || copy === null || typeof expected !== "object" || expected === null) return copy;
  if (Array.isArray(copy)) return copy;
  return Object.fromEntries(Object.entries(copy).map(([key, item]) => [key, matched(item, (expected as Any)[key])]));
}

describe("the copy of an object of the host", () => {
  for (const [name, make, expected] of cases) {
    it(`shows of ${name} what the documentation says`, () => {
      const value = make();
      if (value === undefined) return;
      const copy = copied(value);
      const { connected: _, ...others } = copy as Any;
      assertCopy(name.startsWith("child_process") ? others : copy, expected);
      const text = JSON.stringify(copied({ value, list: [value] }));
      assert.doesNotMatch(text, new RegExp(SECRET));
      assert.ok(text.length < 4_000, `${text.length} bytes`);
      // Copies of copies go the general way.
      assert.deepEqual(copied(copy), copy);
    });
  }

  it("is tested for each class of the platform that the documentation names", () => {
    const text = fs.readFileSync(new URL("../../docs/captured_values.md", import.meta.url), "utf8");
    const rows = text.slice(text.indexOf("## Built-in")).split("\n").filter((line) => line.startsWith("| "));
    const named = rows.flatMap((row) =>
      [...(row.split("|")[1] as string).matchAll(/`([^`]+)`/g)].map(([, name]) => name)
    );
    const tested = new Set<unknown>(cases.map(([name]) => name));
    // Those of node:http and node:net have tests of their own, with real connections; a key takes time to make.
    const elsewhere = /^(https?2?|net|tls)\.|^(CryptoKey|Worker|Deno\.TcpConn)$/;
    assert.deepEqual(named.filter((name) => !tested.has(name) && !elsewhere.test(name as string)), []);
  });

  it("shows of a CryptoKey what it is for, and not the key", async () => {
    const key = await crypto.subtle.generateKey({ name: "HMAC", hash: "SHA-256" }, true, ["sign"]);
    const { type, extractable, algorithm, usages } = copied(key) as Any;
    assert.deepEqual([type, extractable, usages, algorithm.hash], ["secret", true, ["sign"], { name: "SHA-256" }]);
  });

  it("shows of a Worker of the web its thread or its name", () => {
    if (!("Worker" in globalThis)) return;
    const worker = new (globalThis as Any).Worker("data:text/javascript,", { type: "module" });
    worker.terminate();
    assert.match(JSON.stringify(copied(worker)), /^(\{"threadId":\d+\}|"\[Worker\]")$/);
  });

  it("consumes no body, reads no stream and starts no port", async () => {
    const request = new Request("http://a.example/", { method: "POST", body: "text" });
    const response = new Response(new Blob(["text"]).stream());
    const stream = new Blob(["text"]).stream();
    const { port1, port2 } = new MessageChannel();
    const generator = (function* () {
      yield 1;
    })();
    port1.postMessage("text");
    copied([request, response, stream, port2, generator]);
    assert.deepEqual([request.bodyUsed, response.bodyUsed, stream.locked], [false, false, false]);
    assert.equal(await request.text() + await response.text() + await new Response(stream).text(), "texttexttext");
    assert.equal(generator.next().value, 1);
    // The message waits until somebody listens.
    const received = new Promise((resolve) => port2.onmessage = ({ data }) => resolve(data));
    assert.equal(await received, "text");
    port1.close();
  });

  it("shows both ends of a connection of Deno", async () => {
    if (Deno === undefined) return;
    const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const connection = await Deno.connect({ hostname: "127.0.0.1", port: listener.addr.port });
    const { remoteAddr, localAddr } = copied(connection) as Any;
    assert.deepEqual(remoteAddr, { ...listener.addr });
    assert.equal(typeof localAddr.port, "number");
    connection.close();
    listener.close();
  });

  it("shows what a real socket tells when it fails", async () => {
    const socket = new WebSocket("ws://127.0.0.1:9/");
    const failed = new Promise((resolve) => socket.onerror = resolve);
    const closed = new Promise((resolve) => socket.onclose = resolve);
    assert.equal((copied(await failed) as Any).type, "error");
    const { type, code } = copied(await closed) as Any;
    // 1006, or 0 on Deno.
    assert.deepEqual([type, typeof code], ["close", "number"]);
  });

  it("is the fields of a record when it stands alone", async () => {
    const { log, record } = memoryLogger();
    log.warn("closed", new CloseEvent("close", { code: 1006, reason: "gone" }) as Any);
    const { type, code, reason } = await record();
    assert.deepEqual([type, code, reason], ["close", 1006, "gone"]);
  });

  it("is no concern of classes of the program that have the same names", () => {
    class Worker {
      id = 1;
    }
    class Timeout {
      ms = 5;
    }
    class File {
      path = "/a";
    }
    class FormData {
      fields = 2;
    }
    class Event {
      kind = "order";
      type = "created";
    }
    class Request {
      body = "b";
      url = "/a?b";
    }
    const values = [new Worker(), new Timeout(), new File(), new FormData(), new Event(), new Request()];
    assert.deepEqual(copied(values), values.map((value) => ({ ...value })));
    assert.deepEqual(copied(new Account()), {});
    const functions = Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`f${i}`, () => {}]));
    assert.equal(Object.keys(copied(functions) as object).length, 20);
  });

  it("never throws, whatever a prototype does", () => {
    for (const { prototype } of [Request, Response, Headers, FormData, Event, File, AbortSignal, WebSocket, URL]) {
      JSON.stringify([copied(prototype), copied(Object.create(prototype)), copied(new Proxy(prototype, {}))]);
    }
    const tagged = Object.create({
      get [Symbol.toStringTag]() {
        throw new Error("no");
      },
      get constructor() {
        throw new Error("no");
      },
    });
    JSON.stringify(copied([tagged]));
  });
});
