import assert from "node:assert/strict";
import process from "node:process";
import { describe, it } from "node:test";
import { createLogger, DestinationError } from "../../mod.ts";
import { otlpBackend, type OtlpOptions } from "../../otlp.ts";

const ENDPOINT = "OTEL_EXPORTER_OTLP_LOGS_ENDPOINT";

/** A backend whose server is at an address of the environment: only there may it have a query. */
function backendAt(url: string, options: OtlpOptions) {
  process.env[ENDPOINT] = url;
  try {
    return otlpBackend(options);
  } finally {
    delete process.env[ENDPOINT];
  }
}

/** What is said of two records that a server has answered so. */
async function reasonFor(
  answer: () => Response,
  { url = "http://collector.test", ...options }: OtlpOptions & { readonly url?: string } = {},
): Promise<string> {
  const errors: Error[] = [];
  const backend = backendAt(url, { fetch: () => Promise.resolve(answer()), ...options });
  const log = createLogger({
    destinations: [{ name: "collector", backend }],
    onError: (error) => void errors.push(error),
  });
  log.info("a");
  log.info("b");
  await assert.rejects(log.flush(), DestinationError);
  await log.close();
  assert.equal(errors.length, 1);
  return /^Dropped 2 records for destination "collector": ([^]*)$/.exec(String(errors[0]?.message))?.[1] ?? "";
}

function answer(status: number, type: string, body: string): () => Response {
  return () => new Response(body, { status, headers: { "content-type": type } });
}

describe("what is dropped since the server refuses it", () => {
  const long = "x".repeat(1_000);
  const cases: readonly (readonly [number, string, string, string])[] = [
    [401, "text/plain", "no such key\n", ": no such key"],
    [400, "application/json", '{"code":3,"message":"bad record"}', ": bad record"],
    [403, "application/json", '{"error":"invalid API key","status":403}', ": invalid API key"],
    [403, "application/json", '{"message":"","error":{"code":7,"reason":"no right"}}', ": no right"],
    [400, "application/problem+json", '{"title":"Bad","errors":[{"msg":"one"},{"msg":"two"}]}', ": Bad, one, two"],
    [500, "application/json", "out of order", ": out of order"],
    [404, "text/html", "<h1>404</h1>", ""],
    [404, "application/json", "{}", ""],
    [404, "text/plain", "", ""],
    [500, "text/plain", long, `: ${"x".repeat(300)}...`],
  ];
  for (const [status, type, body, said] of cases) {
    it(`is reported with the status and what it said: ${status} ${type} ${JSON.stringify(body.slice(0, 60))}`, async () => {
      assert.equal(await reasonFor(answer(status, type, body)), `"http://collector.test" answered ${status}${said}`);
    });
  }

  it("is reported without secrets, wherever they stand", async () => {
    const secret = "0123456789abcdef";
    const headers = { authorization: `Bearer ${secret}`, "x-short": secret.slice(0, 8) };
    const url = `http://collector.test/v1/logs?key=an%2Fapi%2Fkey&plain=in-the-query`;
    for (
      const text of [
        `bad token ${secret}`,
        // It would be cut in the middle.
        "x".repeat(300 - secret.length / 2) + secret,
        "no /v1/logs?key=an%2Fapi%2Fkey here",
        "the key an/api/key is bad, in-the-query",
      ]
    ) {
      for (const [type, body] of [["text/plain", text], ["application/json", JSON.stringify({ error: text })]]) {
        const reason = await reasonFor(answer(401, type as string, body as string), { headers, url });
        assert.match(reason, /answered 401: .*\[red/);
        assert.doesNotMatch(reason, /0123|89abc|in-the-query|an\/api|an%2F/);
      }
    }
  });
});
