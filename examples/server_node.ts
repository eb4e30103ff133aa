/** Log the requests of an HTTP server on Node. It asks itself for three pages, then stops. */
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { createLogger } from "../mod.ts";

const log = createLogger({
  destinations: ["server.log"],
  flushOnSignal: true, // a container stops with SIGTERM
});

const server = createServer((request, response) => {
  const started = performance.now();
  // Every record of this request carries its id.
  const requestLog = log.with({ request_id: crypto.randomUUID() });
  requestLog.info("request", { method: request.method, path: request.url });
  response.once("finish", () => {
    requestLog.info("response", { status: response.statusCode, ms: performance.now() - started });
  });
  response.statusCode = request.url === "/missing" ? 404 : 200;
  response.end(response.statusCode === 404 ? "not found" : "hello");
});

server.listen(0, "127.0.0.1");
await once(server, "listening");
const { port } = server.address() as AddressInfo;
log.info("listening", { port });

for (const path of ["/", "/about", "/missing"]) {
  const response = await fetch(`http://127.0.0.1:${port}${path}`);
  console.log(response.status, await response.text());
}
server.closeAllConnections();
server.close();
await once(server, "close");
await log.close();
