import { describe, it } from "node:test";
import { testBackend } from "../../src/conformance/mod.ts";
import type { BackendSubject } from "../../src/conformance/mod.ts";
import type { Formatter } from "../../mod.ts";
import { otlpBackend, type OtlpProtocol } from "../../otlp.ts";
import { PROTOCOLS } from "./collect.ts";
import { startOtlpServer, succeed } from "./otlp_server.ts";

/** A server, and backends that deliver to it. */
async function open(protocol: OtlpProtocol): Promise<BackendSubject> {
  const server = await startOtlpServer();
  // Longer than the machine may stand still: what is tried again after the timeout would arrive twice.
  const create = () => otlpBackend({ url: server.url, protocol, timeout: "60s", maxBatchRecords: 50 });
  return {
    create,
    read: () => server.records.map(({ body }) => String(body?.[1])),
    format: create().format as Formatter,
    fail(after) {
      let left = after;
      server.answer = (response, received) => {
        left -= received.body.length;
        if (left >= 0) return succeed(response, received);
        response.writeHead(503).end();
      };
      return () => {
        server.answer = undefined;
      };
    },
    stall() {
      const waiting: (() => void)[] = [];
      server.answer = async (response, received) => {
        await new Promise<void>((resolve) => waiting.push(resolve));
        succeed(response, received);
      };
      return () => {
        server.answer = undefined;
        for (const go of waiting) go();
      };
    },
    end: () => server.close(),
  };
}

for (const protocol of PROTOCOLS) {
  describe(`the conformance suite for backends, OTLP as ${protocol}`, { timeout: 120_000 }, () => {
    testBackend(() => open(protocol), { it: (name, run) => it(name, run), name: protocol });
  });
}
