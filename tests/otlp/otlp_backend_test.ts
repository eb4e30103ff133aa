import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Batch, type Refusal } from "../../src/dispatch/batch.ts";
import { OtlpBackend } from "../../src/backends/otlp/otlp_backend.ts";
import { type OtlpOptions, otlpSettings } from "../../src/backends/otlp/otlp_options.ts";
import { createMemoryRuntime, settle } from "../support/memory_runtime.ts";
import { decodeRequest, encodeResponse } from "./decode.ts";

const URL = "http://collector.test:4318/v1/logs?key=in-the-query";

/** A request as the server got it. */
interface Got {
  readonly texts: readonly unknown[];
  readonly headers: Headers;
  readonly init: RequestInit;
}

type Reply = Response | Error | ((got: Got) => Response | Promise<Response>);

interface Harness {
  readonly backend: OtlpBackend;
  readonly requests: Got[];
  readonly errors: Error[];
  /** What was committed: lines, and of these refused. */
  readonly commits: [lines: number, refused: number, reason: string][];
  readonly runtime: ReturnType<typeof createMemoryRuntime>;
  batch(texts: readonly string[]): Batch;
}

/** A backend in front of a server that gives these answers, and from then on the last of them. */
function harness(replies: readonly Reply[], options: OtlpOptions = {}): Harness {
  const requests: Got[] = [];
  const errors: Error[] = [];
  const commits: [number, number, string][] = [];
  const runtime = createMemoryRuntime();
  const fetch = async (_url: string, init: RequestInit) => {
    const headers = new Headers(init.headers);
    const body = new Uint8Array(await new Response(init.body).arrayBuffer());
    const records = decodeRequest(body, {
      contentType: headers.get("content-type") ?? undefined,
      contentEncoding: headers.get("content-encoding") ?? undefined,
    });
    const got = { texts: records.map((record) => record.body?.[1]), headers, init };
    requests.push(got);
    const reply = replies[Math.min(requests.length, replies.length) - 1];
    if (reply instanceof Error) throw reply;
    return typeof reply === "function" ? reply(got) : (reply as Response).clone();
  };
  const settings = otlpSettings(runtime, { fetch, ...options }, { where: "otlp", url: URL });
  const backend = new OtlpBackend(runtime, settings, (error) => errors.push(error as Error));
  return {
    backend,
    requests,
    errors,
    commits,
    runtime,
    batch(texts) {
      const lines = texts.map((msg) => backend.lineFormat.format({ time: 1, level: "info", msg }) + "\n");
      const onCommit = (count: number, _bytes: number, refusal?: Refusal) =>
        void commits.push([count, refusal?.count ?? 0, refusal?.reason ?? ""]);
      // Two runs of memory, as when much has gathered.
      const half = Math.ceil(lines.length / 2);
      const chunks = [lines.slice(0, half), lines.slice(half)].filter((run) => run.length > 0);
      return new Batch(
        chunks.map((run) => ({ bytes: new TextEncoder().encode(run.join("")), lines: run.length })),
        onCommit,
      );
    },
  };
}

const OK = new Response(null, { status: 200 });
const json = (value: unknown, init: ResponseInit = {}) => Response.json(value, init);
const texts = (count: number) => Array.from({ length: count }, (_, index) => `text ${index}`);

async function failure(write: Promise<void>): Promise<Error & { retryAfter?: number; code?: string }> {
  try {
    await write;
  } catch (error) {
    return error as Error;
  }
  throw new Error("it did not fail");
}

describe("an OTLP backend", () => {
  it("sends what a batch holds, in requests of no more than the limits", async () => {
    const { backend, requests, commits, batch } = harness([OK], { maxBatchRecords: 4 });
    await backend.write(batch(texts(10)));
    assert.deepEqual(requests.map((request) => request.texts.length), [4, 4, 2]);
    assert.deepEqual(requests.flatMap((request) => request.texts), texts(10));
    assert.deepEqual(commits, [[4, 0, ""], [4, 0, ""], [2, 0, ""]]);
  });

  it("cuts requests by bytes, and sends a record that is longer alone", async () => {
    const { backend, requests, batch } = harness([OK], { maxBatchBytes: "1KiB" });
    const long = "x".repeat(5_000);
    await backend.write(batch(["a", "b", long, "c"]));
    assert.deepEqual(requests.map((request) => request.texts), [["a", "b"], [long], ["c"]]);
  });

  it("says what it sends, and sends the headers of the options", async () => {
    for (const [protocol, type] of [["http/json", "application/json"], ["http/protobuf", "application/x-protobuf"]]) {
      for (const compression of ["gzip", "none"] as const) {
        const { backend, batch, requests } = harness([OK], {
          protocol: protocol as "http/json",
          compression,
          headers: { "X-Key": "abc" },
        });
        await backend.write(batch(["hello"]));
        const { headers, init, texts } = requests[0] as Got;
        assert.deepEqual(texts, ["hello"]);
        assert.equal(headers.get("content-type"), type);
        assert.equal(headers.get("content-encoding"), compression === "gzip" ? "gzip" : null);
        assert.equal(headers.get("x-key"), "abc");
        assert.match(headers.get("user-agent") ?? "", /^omni-log\//);
        assert.deepEqual([init.method, init.redirect], ["POST", "manual"]);
      }
    }
  });

  for (const status of [429, 502, 503, 504]) {
    it(`keeps the records after ${status}, and has the request tried again`, async () => {
      const { backend, commits, batch } = harness([json({ code: 14, message: "busy" }, { status }), OK]);
      const records = batch(texts(3));
      const error = await failure(backend.write(records));
      assert.equal(error.message, `"http://collector.test:4318" answered ${status}: busy`);
      assert.deepEqual([records.count, commits], [3, []]);
      await backend.write(records);
      assert.deepEqual([records.count, commits], [0, [[3, 0, ""]]]);
    });
  }

  it("passes on how long the server wants to be left alone", async () => {
    const cases: readonly (readonly [string, number | undefined])[] = [
      ["7", 7_000],
      [" 0 ", 0],
      ["Fri, 02 Jan 1970 00:00:03 GMT", 3_000],
      ["Friday, 02-Jan-70 00:00:03 GMT", 3_000],
      ["Thu, 01 Jan 1970 00:00:00 GMT", 0],
      ["99999999999999999999", 3_600_000],
      ["Fri, 31 Dec 9999 23:59:59 GMT", 3_600_000],
      ["-1", undefined],
      ["1.5", undefined],
      ["soon", undefined],
      ["", undefined],
    ];
    for (const [value, expected] of cases) {
      const { backend, runtime, batch } = harness([
        new Response(null, { status: 503, headers: { "retry-after": value } }),
      ]);
      runtime.clock.skip(Date.UTC(1970, 0, 2) - runtime.now());
      assert.equal((await failure(backend.write(batch(["x"])))).retryAfter, expected, `Retry-After: ${value}`);
    }
  });

  for (const status of [301, 307, 400, 401, 403, 404, 500, 501]) {
    it(`drops the records of the request after ${status}, and goes on with the next`, async () => {
      const { backend, commits, batch, requests } = harness(
        [new Response("no\nthank you", { status, headers: { "content-type": "text/plain", location: URL } }), OK],
        { maxBatchRecords: 2 },
      );
      await backend.write(batch(texts(3)));
      assert.equal(requests.length, 2);
      assert.deepEqual(commits, [
        [2, 2, `"http://collector.test:4318" answered ${status}: no\\nthank you`],
        [1, 0, ""],
      ]);
    });
  }

  it("sends halves of what was too large, drops what is too large alone, and goes on with requests of full size", async () => {
    const tooLarge = ({ texts }: Got) =>
      texts.includes("text 5") || texts.length > 4 ? new Response(null, { status: 413 }) : OK.clone();
    const { backend, commits, batch, requests } = harness([tooLarge], { maxBatchRecords: 8 });
    await backend.write(batch(texts(12)));
    assert.deepEqual(requests.map((request) => request.texts.length), [8, 4, 4, 2, 1, 1, 1, 1, 4]);
    assert.deepEqual(commits.map(([lines, refused]) => [lines, refused]), [
      [4, 0],
      [1, 0],
      [1, 1],
      [1, 0],
      [1, 0],
      [4, 0],
    ]);
    assert.match(commits[2]?.[2] ?? "", /answered 413/);
  });

  it("drops what a partial success says was refused, and believes no more than it sent", async () => {
    const cases = [
      ["http/json", json({ partialSuccess: { rejectedLogRecords: "2", errorMessage: "too\nold" } }), 2, ": too\\nold"],
      ["http/json", json({ partialSuccess: { rejectedLogRecords: 2 } }), 2, ""],
      ["http/json", json({ partialSuccess: { rejectedLogRecords: "99999999999999999999" } }), 3, ""],
      ["http/json", json({ partialSuccess: { rejectedLogRecords: -1 } }), 0, ""],
      ["http/json", json({ partialSuccess: null }), 0, ""],
      ["http/protobuf", encodeResponse({ rejectedLogRecords: 2, errorMessage: "too old" }), 2, ": too old"],
      ["http/protobuf", encodeResponse({ rejectedLogRecords: 0, errorMessage: "" }), 0, ""],
    ] as const;
    for (const [protocol, answer, refused, said] of cases) {
      const reply = answer instanceof Response
        ? answer
        : new Response(answer.slice(), { headers: { "content-type": "application/x-protobuf" } });
      const { backend, commits, batch, errors } = harness([reply], { protocol });
      await backend.write(batch(texts(3)));
      const [[lines, count, reason]] = commits as [[number, number, string]];
      assert.deepEqual([lines, count, errors], [3, refused, []]);
      if (refused > 0) assert.ok(reason.startsWith('"http://collector.test:4318" answered 200 and refused'), reason);
      assert.ok(reason.endsWith(said), reason);
    }
  });

  it("reports once what a server says beside", async () => {
    const warning = json({ partialSuccess: { errorMessage: "this endpoint is old" } });
    const { backend, commits, batch, errors } = harness([warning], { protocol: "http/json", maxBatchRecords: 1 });
    await backend.write(batch(texts(3)));
    assert.deepEqual(commits, [[1, 0, ""], [1, 0, ""], [1, 0, ""]]);
    assert.deepEqual(errors.map(({ message }) => message), [
      '"http://collector.test:4318" answered 200: this endpoint is old',
    ]);
  });

  it("counts records as delivered that a server took with an answer that nobody can read, and reports that", async () => {
    const garbage = [
      ["application/json", "<html>"],
      ["application/json", "[1"],
      ["application/json", "null"],
      ["application/x-protobuf", "\u0000"],
      ["application/x-protobuf", "\n\u00ff\u00ff"],
      ["application/x-protobuf", "\u000f"],
      ["text/html", "<html>"],
      ["application/json", "x".repeat(1_000_000)],
    ] as const;
    for (const [type, body] of garbage) {
      const { backend, commits, batch, errors } = harness([new Response(body, { headers: { "content-type": type } })]);
      await backend.write(batch(["x"]));
      assert.deepEqual(commits, [[1, 0, ""]], type);
      assert.match(
        errors.map(({ message }) => message).join(),
        /^"http:\/\/collector.test:4318" took records, but its/,
      );
    }
  });

  it("reads no more of an answer than it needs", async () => {
    let sent = 0;
    let isCancelled = false;
    const endless = new ReadableStream({
      pull(controller) {
        sent += 16_384;
        controller.enqueue(new Uint8Array(16_384));
      },
      cancel() {
        isCancelled = true;
      },
    });
    const { backend, commits, batch } = harness([() => new Response(endless, { status: 400 })]);
    await backend.write(batch(["x"]));
    await settle();
    assert.ok(sent < 200_000, `${sent} bytes read`);
    assert.ok(isCancelled);
    assert.equal(commits[0]?.[1], 1);
  });

  it("gives up a request that is not answered in time", async () => {
    const silent = ({ init }: Got) =>
      new Promise<Response>((_resolve, reject) => {
        init.signal?.addEventListener("abort", () => reject(init.signal?.reason));
      });
    const { backend, batch, runtime, requests } = harness([silent, OK], { timeout: "3s" });
    const records = batch(["x"]);
    const failed = failure(backend.write(records));
    while (requests.length === 0) await settle();
    await runtime.clock.advance(3_000);
    const error = await failed;
    assert.deepEqual([error.message, error.code], [
      '"http://collector.test:4318" did not answer within 3000 ms',
      "ETIMEDOUT",
    ]);
    await backend.write(records);
    assert.equal(records.count, 0);
  });

  it("says why there is no connection, in the words of the runtime", async () => {
    const cause = Object.assign(new Error(`connect ECONNREFUSED to ${URL}`), { code: "ECONNREFUSED" });
    const { backend, batch } = harness([new TypeError("fetch failed", { cause })]);
    const error = await failure(backend.write(batch(["x"])));
    assert.equal(
      error.message,
      'no answer from "http://collector.test:4318": connect ECONNREFUSED to http://collector.test:4318',
    );
    assert.equal(error.code, "ECONNREFUSED");
  });

  it("shows no header and no query in anything that it says", async () => {
    const headers = { authorization: "Bearer top-secret-token", "x-key": "another-secret" };
    const echo = "your token top-secret-token and another-secret are bad";
    const replies: Reply[] = [
      new Response(echo, { status: 401, headers: { "content-type": "text/plain" } }),
      json({ message: echo }, { status: 503 }),
      json({ partialSuccess: { errorMessage: echo } }),
      new Error(`${echo} at ${URL}`),
    ];
    for (const reply of replies) {
      const { backend, batch, errors, commits } = harness([reply], { headers, protocol: "http/json" });
      const said: unknown[] = [errors, commits];
      await backend.write(batch(["x"])).catch((error) => said.push(error, String(error.stack), error.message));
      const text = JSON.stringify(
        said,
        (_key, value) => value instanceof Error ? { ...value, m: value.message } : value,
      );
      assert.doesNotMatch(text, /top-secret|another-secret|in-the-query/);
      assert.match(text, /\[redacted\]/);
    }
  });
});
