import process from "node:process";
import { loadSubject } from "../subjects/mod.ts";
import type { OpenSubject } from "../subjects/subject.ts";
import type { CaseOptions, RoundResult, RunningCase } from "./case.ts";

const BODY = "hello";

interface Servers {
  readonly Deno?: {
    serve(
      options: { readonly port: number; readonly hostname: string; onListen(): void },
      handler: () => Response,
    ): { readonly addr: { readonly port: number } };
  };
  readonly Bun?: {
    serve(options: { readonly port: number; readonly hostname: string; fetch(): Response }): { readonly port: number };
  };
}

interface NodeHttp {
  createServer(handler: (request: unknown, response: { end(body: string): void }) => void): {
    listen(port: number, host: string, listening: () => void): void;
    address(): { readonly port: number };
  };
}

/**
 * The runtime's own HTTP server, each of whose requests logs some records. A round with a path opens a log there and
 * tells the port; the next one, without, closes it and tells how many records there were.
 */
export async function startServer({ subject, kind, format = "json" }: CaseOptions): Promise<RunningCase> {
  const open = subject === "no logging" ? undefined : await loadSubject(subject);
  let logger: OpenSubject | undefined;
  let perRequest = 0;
  let logged = 0;
  const port = await listen(() => {
    if (logger === undefined) return;
    logger.log(perRequest);
    logged += perRequest;
  });
  return {
    async round({ path, perRequest: wanted = 1, maxBytes, compress }): Promise<RoundResult> {
      if (path === undefined) {
        await logger?.close();
        logger = undefined;
        return { ns: 0, missing: logged };
      }
      logged = 0;
      perRequest = wanted;
      logger = await open?.({ path, kind, format, maxBytes, compress });
      return { ns: 0, port };
    },
  };
}

/** Serves on a free port of the loopback interface, and returns it. */
function listen(work: () => void): Promise<number> {
  const { Deno, Bun } = globalThis as unknown as Servers;
  const hostname = "127.0.0.1";
  const respond = () => {
    work();
    return new Response(BODY);
  };
  if (Deno !== undefined) return Promise.resolve(Deno.serve({ port: 0, hostname, onListen() {} }, respond).addr.port);
  if (Bun !== undefined) return Promise.resolve(Bun.serve({ port: 0, hostname, fetch: respond }).port);
  const http = process.getBuiltinModule("node:http") as unknown as NodeHttp;
  const server = http.createServer((_, response) => {
    work();
    response.end(BODY);
  });
  return new Promise((resolve) => server.listen(0, hostname, () => resolve(server.address().port)));
}
