import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { describe, it } from "node:test";
import { ndjsonBackend, type NdjsonOptions } from "../../examples/ndjson_backend.ts";
import { detectRuntime } from "../../adapters/detect.ts";
import { type BackendSubject, testBackend } from "../../src/conformance/mod.ts";
import { createLogger } from "../../mod.ts";

/** A collector that can be full, stand still, and refuse. */
async function openCollector() {
  const lines: string[] = [];
  const requests: { readonly token?: string }[] = [];
  const state = { room: Infinity, moving: Promise.resolve(), status: 204 };
  const server = createServer(async (request, response) => {
    const body = await text(request);
    await state.moving;
    requests.push({ token: request.headers.authorization });
    if (body.length > state.room) {
      response.statusCode = 503;
    } else {
      state.room -= body.length;
      response.statusCode = state.status;
      if (state.status === 204) lines.push(...body.trimEnd().split("\n"));
    }
    response.end();
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  function end(): Promise<void> {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(() => resolve()));
  }
  return { lines, requests, state, uri: `ndjson+http://127.0.0.1:${port}/`, end };
}

async function open(): Promise<BackendSubject> {
  const { lines, state, uri, end } = await openCollector();
  const options: NdjsonOptions = { maxRequestBytes: 8_000 };
  return {
    create: () => {
      const context = { runtime: detectRuntime(), where: "destination", onError: () => {} };
      return ndjsonBackend(new URL(uri), { uri, ...options }, context);
    },
    read: () => lines,
    fail(after) {
      state.room = after;
      return () => void (state.room = Infinity);
    },
    stall() {
      const { promise, resolve } = Promise.withResolvers<void>();
      state.moving = promise;
      return resolve;
    },
    end,
  };
}

describe("the backend of examples/ndjson_backend.ts", () => {
  testBackend(open, { it, name: "ndjson+http" });

  it("sends its token, and counts what the collector refuses", async () => {
    const { requests, state, uri, end, lines } = await openCollector();
    const errors: string[] = [];
    const log = createLogger({
      destinations: [{ uri, token: "t" }],
      onError: (error) => void errors.push(error.message),
    });
    log.info("a");
    await log.flush();
    state.status = 400;
    log.info("b");
    await log.flush().catch(() => {});
    await log.close();
    assert.deepEqual([requests.map(({ token }) => token), lines.length], [["Bearer t", "Bearer t"], 1]);
    assert.deepEqual([log.metrics().destinations[0].written, log.metrics().dropped], [1, 1]);
    assert.match(errors.join("\n"), /refused/);
    await end();
  });

  it("names what is wrong with its options", () => {
    const uri = "ndjson+http://127.0.0.1:9/" as string;
    const make = (options: object) => () => createLogger({ destinations: [{ uri, ...options }] });
    assert.throws(make({ timeout: 0 }), /Cannot use option "destinations\[0\].timeout": expected a number above 0/);
    assert.throws(make({ token: 5 }), /Cannot use option "destinations\[0\].token"/);
  });
});

/** Never called: the compiler is the test. */
export function typed(): void {
  createLogger({ destinations: [{ uri: "ndjson+http://host/", token: "x", level: "warn" }] });
  // @ts-expect-error There is no such option of the scheme.
  createLogger({ destinations: [{ uri: "ndjson+http://host/", rotate: { maxBytes: 1 } }] });
}
