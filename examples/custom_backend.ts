/** Send records to a server of your own over HTTP, by a backend of your own. Runs on Deno, Bun and Node. */
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { createLogger } from "../mod.ts";
import "./ndjson_backend.ts"; // registers ndjson+http:

// A collector that is not ready at first.
let requests = 0;
const collector = createServer(async (request, response) => {
  const lines = await text(request);
  response.statusCode = requests++ === 0 ? 503 : 204;
  response.end();
  if (response.statusCode === 204) console.log(lines.trimEnd());
}).listen(0, "127.0.0.1");
await once(collector, "listening");
const { port } = collector.address() as AddressInfo;

const log = createLogger({
  destinations: [{ uri: `ndjson+http://127.0.0.1:${port}/ingest`, token: "not a secret", timeout: 2_000 }],
  onError: (error) => console.error(error.message),
});
log.info("hello", { to: "the collector" });
await log.flush().catch(() => log.flush()); // one more try, at once
await log.close();
collector.closeAllConnections();
collector.close();
