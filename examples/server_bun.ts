/** Log the requests of an HTTP server on Bun. It asks itself for three pages, then stops. */
import { createLogger } from "../mod.ts";

// In a project of your own @types/bun says this.
declare const Bun: {
  serve(options: { port: number; fetch(request: Request): Response }): { port: number; stop(): Promise<void> };
};

const log = createLogger({
  destinations: ["server.log"],
  flushOnSignal: true, // a container stops with SIGTERM
});

const server = Bun.serve({
  port: 0,
  fetch(request) {
    const started = performance.now();
    const { pathname } = new URL(request.url);
    // Every record of this request carries its id.
    const requestLog = log.with({ request_id: crypto.randomUUID() });
    requestLog.info("request", { method: request.method, path: pathname });
    const response = answer(pathname);
    requestLog.info("response", { status: response.status, ms: performance.now() - started });
    return response;
  },
});
log.info("listening", { port: server.port });

function answer(path: string): Response {
  return path === "/missing" ? new Response("not found", { status: 404 }) : new Response("hello");
}

for (const path of ["/", "/about", "/missing"]) {
  const response = await fetch(`http://127.0.0.1:${server.port}${path}`);
  console.log(response.status, await response.text());
}
await server.stop();
await log.close();
