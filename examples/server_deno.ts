/** Log the requests of an HTTP server on Deno. It asks itself for three pages, then stops. */
import { createLogger } from "../mod.ts";

const log = createLogger({
  destinations: ["server.log"],
  flushOnSignal: true, // a container stops with SIGTERM
});

const server = Deno.serve({ port: 0, onListen: ({ port }) => log.info("listening", { port }) }, (request) => {
  const started = performance.now();
  const { pathname } = new URL(request.url);
  // Every record of this request carries its id.
  const requestLog = log.with({ request_id: crypto.randomUUID() });
  requestLog.info("request", { method: request.method, path: pathname });
  const response = answer(pathname);
  requestLog.info("response", { status: response.status, ms: performance.now() - started });
  return response;
});

function answer(path: string): Response {
  return path === "/missing" ? new Response("not found", { status: 404 }) : new Response("hello");
}

for (const path of ["/", "/about", "/missing"]) {
  const response = await fetch(`http://127.0.0.1:${server.addr.port}${path}`);
  console.log(response.status, await response.text());
}
await server.shutdown();
await log.close();
