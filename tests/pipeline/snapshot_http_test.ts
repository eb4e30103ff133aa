import assert from "node:assert/strict";
import { EventEmitter, once } from "node:events";
import http from "node:http";
import http2 from "node:http2";
import net, { type AddressInfo } from "node:net";
import process from "node:process";
import { Readable, Writable } from "node:stream";
import { describe, it } from "node:test";
import { TLSSocket } from "node:tls";
import { snapshot } from "../../src/pipeline/snapshot.ts";
import { memoryLogger } from "../logger/harness.ts";

type Copy = Record<string, unknown>;

/** What stands at places where nobody looks for it. */
const SECRET = "s3cr3t";

/** Bytes of a copy at the most: some headers and the rest. */
const MOST = 800;

const copied = (value: unknown): Copy => {
  const { value: copy } = snapshot(value);
  const text = JSON.stringify(copy) ?? "";
  assert.ok(text.length < MOST, `${text.length} bytes: ${text}`);
  assert.doesNotMatch(text, /_events|_readableState|rawHeaders|_header\b|\[Throws/);
  return copy as Copy;
};

/** One exchange; what `look` returns of the server's side and of the client's. */
async function exchange<S, C>(look: {
  server(req: http.IncomingMessage, res: http.ServerResponse): S;
  client(request: http.ClientRequest, response: http.IncomingMessage): C;
}): Promise<{ readonly server: S; readonly client: C; readonly port: number }> {
  let seen: S | undefined;
  const server = http.createServer((req, res) => {
    res.setHeader("set-cookie", ["a=1", "b=2"]);
    res.statusCode = 404;
    seen = look.server(req, res);
    res.end("gone");
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  try {
    const request = http.request({
      port,
      host: "127.0.0.1",
      path: `/pay?token=${SECRET}`,
      headers: { authorization: "Bearer t", cookie: ["c=1", "d=2"] },
    });
    request.end();
    const [response] = await once(request, "response") as [http.IncomingMessage];
    response.resume();
    await once(response, "end");
    return { server: seen as S, client: look.client(request, response), port };
  } finally {
    server.close();
    server.closeAllConnections();
  }
}

describe("what node:http hands over", () => {
  it("is a request of a server: method, URL without query, headers, remote address", async () => {
    const { server } = await exchange({ server: copied, client: () => {} });
    const { headers, remotePort, ...rest } = server;
    assert.deepEqual(rest, { method: "GET", url: "/pay", remoteAddress: "127.0.0.1" });
    assert.equal(typeof remotePort, "number");
    const { authorization, cookie } = headers as Copy;
    assert.deepEqual({ authorization, cookie }, { authorization: "Bearer t", cookie: "c=1; d=2" });
  });

  it("is a response of a server: status and headers, also those of writeHead", async () => {
    const { server } = await exchange({
      server(_, res) {
        const before = copied(res);
        res.writeHead(201, "Made", { "x-b": "2" });
        return { before, after: copied(res) };
      },
      client: () => {},
    });
    assert.deepEqual(server.before, { status: 404, headers: { "set-cookie": ["a=1", "b=2"] } });
    assert.deepEqual(server.after, {
      status: 201,
      statusText: "Made",
      headers: { "set-cookie": ["a=1", "b=2"], "x-b": "2" },
    });
  });

  it("is a request of a client and its response, during and after", async () => {
    const { client, port } = await exchange({
      server: () => {},
      client: (request, response) => ({ request: copied(request), response: copied(response) }),
    });
    const { headers, ...request } = client.request;
    assert.deepEqual(request, { method: "GET", url: `http://127.0.0.1:${port}/pay` });
    assert.equal((headers as Copy)["authorization"], "Bearer t");
    const { status, statusText, url, headers: answered } = client.response;
    assert.deepEqual([status, statusText, url], [404, "Not Found", `http://127.0.0.1:${port}/pay`]);
    assert.deepEqual((answered as Copy)["set-cookie"], ["a=1", "b=2"]);
  });

  it("is a server, its sockets, and an agent", async () => {
    const { server } = await exchange({
      server: (req) => ({ socket: copied(req.socket), server: copied(serverOf(req)) }),
      client: () => {},
    });
    const { remoteAddress, bytesRead } = server.socket;
    assert.equal(remoteAddress, "127.0.0.1");
    assert.equal(typeof bytesRead, "number");
    assert.deepEqual(copied(http.createServer()), { listening: false });
    assert.equal(snapshot(new http.Agent()).value, "[Agent]");
  });

  it("is what a library derives from it or is around it", async () => {
    const { server } = await exchange({
      server(req, res) {
        const proxy = copied(new Proxy(req, {}));
        // As Connect and Express do.
        Object.setPrototypeOf(req, Object.create(Object.getPrototypeOf(req), { path: { get: () => "/pay" } }));
        Object.assign(req, { originalUrl: `/shop/pay?token=${SECRET}`, id: 7, res, next() {} });
        // As pino-http, Fastify and Koa do.
        class Request {
          id = "r-1";
          raw = req;
          log = { info() {} };
          body = { password: SECRET };
        }
        class Reply {
          raw = res;
          request = new Request();
          log = {};
        }
        const app = new EventEmitter();
        const [context, request, response] = [{}, {}, {}].map((proto) => Object.create({ ...proto, toJSON: () => 1 }));
        Object.assign(context, { app, req, res, request, response, originalUrl: `/?${SECRET}`, state: {} });
        Object.assign(request, { app, req, res, ctx: context, response });
        Object.assign(response, { app, req, res, ctx: context, request });
        return {
          proxy,
          express: copied(req),
          pinoHttp: copied({ req, res }),
          fastify: [copied(new Request()), copied(new Reply())],
          koa: [copied(context), copied(request), copied(response)],
        };
      },
      client: () => {},
    });
    const { proxy, express, pinoHttp, fastify, koa } = server;
    assert.deepEqual([proxy["method"], proxy["url"]], ["GET", "/pay"]);
    assert.deepEqual([express["id"], express["method"], express["url"]], [7, "GET", "/shop/pay"]);
    const res = { status: 404, headers: { "set-cookie": ["a=1", "b=2"] } };
    assert.deepEqual(pinoHttp, { req: express, res });
    assert.deepEqual(fastify, [{ ...express, id: "r-1" }, res]);
    assert.deepEqual(koa, [{ req: express, res }, express, res]);
    assert.doesNotMatch(JSON.stringify(server), new RegExp(SECRET));
  });

  it("is told from a class of the program that has one as a property", async () => {
    class Visit {
      req: unknown;
      user = "ann";
      constructor(req: unknown) {
        this.req = req;
      }
    }
    const { server } = await exchange({ server: (req) => copied(new Visit(req)), client: () => {} });
    assert.equal(server["user"], "ann");
    assert.equal((server["req"] as Copy)["url"], "/pay");
  });

  it("hides by key what it holds, in all its forms", async () => {
    const { log, lines } = memoryLogger({ redact: { keys: ["authorization", "cookie", "set-cookie"] } });
    await exchange({
      server: (req, res) => log.info("got", { req, res }),
      client: (request, response) => log.error("failed", Object.assign(new Error("404"), { request, response })),
    });
    const text = (await lines()).join("\n");
    assert.doesNotMatch(text, /Bearer t|c=1|d=2|a=1|b=2/);
    assert.equal(text.match(/REDACTED/g)?.length, 6);
  });
});

describe("what node:http2 hands over", () => {
  it("is requests, responses, streams and sessions", async () => {
    const seen: Record<string, Copy> = {};
    const warnings: Error[] = [];
    const warned = (warning: Error) => void warnings.push(warning);
    process.on("warning", warned);
    const server = http2.createServer((req, res) => {
      res.setHeader("x-a", "1");
      Object.assign(seen, { req: copied(req), res: copied(res), session: copied(req.stream.session) });
      res.end("done");
      seen["sent"] = copied(res.stream);
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const session = http2.connect(`http://127.0.0.1:${port}`);
    const stream = session.request({ ":path": `/pay?token=${SECRET}`, authorization: "Bearer t" });
    stream.resume();
    stream.end();
    await once(stream, "end");
    seen["asked"] = copied(stream);
    session.close();
    server.close();
    await once(session, "close");
    const { method, url, headers, remoteAddress } = seen["req"] as Copy;
    assert.deepEqual([method, url, remoteAddress], ["GET", "/pay", "127.0.0.1"]);
    assert.deepEqual(headers, { authorization: "Bearer t" });
    assert.deepEqual(seen["res"], { status: 200, headers: { "x-a": "1" } });
    assert.equal(seen["session"]?.["closed"], false);
    assert.equal(seen["sent"]?.["id"], 1);
    assert.equal(seen["asked"]?.["url"], `http://127.0.0.1:${port}/pay`);
    assert.deepEqual(seen["asked"]?.["headers"], { authorization: "Bearer t" });
    // What an ended session throws is left out.
    copied(session);
    copied(stream);
    await new Promise((resolve) => setImmediate(resolve));
    process.off("warning", warned);
    assert.deepEqual(warnings.map(String), []);
  });
});

describe("what node:net hands over", () => {
  it("is sockets, plain and secure ones, connected or not, and servers", async () => {
    const server = net.createServer((socket) => void socket.end());
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    assert.deepEqual(copied(server), { listening: true, address: { address: "127.0.0.1", family: "IPv4", port } });
    const socket = net.connect(port, "127.0.0.1");
    await once(socket, "connect");
    const { remoteAddress, remotePort, destroyed } = copied(socket);
    assert.deepEqual([remoteAddress, remotePort, destroyed], ["127.0.0.1", port, false]);
    socket.resume();
    await once(socket, "close");
    server.close();
    assert.equal(copied(socket)["destroyed"], true);
    assert.equal(copied(new TLSSocket(new net.Socket()))["encrypted"], true);
  });
});

describe("what emits events", () => {
  it("is copied without the state of node:events and node:stream", () => {
    class Job extends EventEmitter {
      job = 7;
      get expensive(): never {
        throw new Error("no");
      }
    }
    assert.deepEqual(copied(new Job().on("done", () => {})), { job: 7 });
    assert.equal(copied(new EventEmitter()), "[EventEmitter]");
    assert.equal(copied(new Readable({ read() {} })), "[Readable]");
    assert.deepEqual(copied(Object.assign(new Job(), { toJSON: () => ({ job: "text" }) })), { job: "text" });
  });

  it("may be a request that a test has made up", () => {
    const made = Object.assign(new EventEmitter(), { method: "GET", url: "/a?b", headers: { a: "1" }, body: SECRET });
    assert.deepEqual(copied(made), { method: "GET", url: "/a", headers: { a: "1" } });
    const raw = Object.assign(new Readable(), {
      httpVersion: "1.1",
      headers: undefined,
      rawHeaders: ["A", "1", "A", "2"],
    });
    assert.deepEqual(copied(raw), { headers: { a: ["1", "2"] } });
  });

  it("is never made to throw, nor to hang", () => {
    const hostile = new Proxy(new EventEmitter(), {
      has: () => true,
      get: (target, key) => {
        if (key === "on" || key === "emit" || typeof key === "symbol") return Reflect.get(target, key);
        throw new Error("no");
      },
    });
    JSON.stringify(snapshot([hostile, { hostile }]).value);
  });
});

describe("the error of a client", () => {
  class AxiosHeaders {
    Authorization = "Bearer t";
    toJSON() {
      return { ...this };
    }
  }
  const config = {
    transitional: { silentJSONParsing: true },
    adapter: ["xhr", "http"],
    transformRequest: [() => {}],
    validateStatus: () => true,
    timeout: 5,
    headers: new AxiosHeaders(),
    params: { token: SECRET },
    auth: { username: "u", password: SECRET },
    method: "post",
    url: `http://u:${SECRET}@a.example/pay?token=${SECRET}`,
    data: `{"password":"${SECRET}"}`,
  };
  const asked = {
    method: "post",
    url: "http://a.example/pay",
    headers: { Authorization: "Bearer t" },
    timeout: 5,
    "...": "[7 more]",
  };

  it("of axios has its configuration as the request that was made, and its answer", () => {
    const request = Object.assign(new Writable(), { _options: { auth: SECRET }, _currentUrl: `http://a/?${SECRET}` });
    const response = { status: 500, statusText: "No", headers: { a: "1" }, config, request, data: { error: "bad" } };
    const error = Object.assign(new Error("m"), { config, request, response, stack: "" });
    assert.deepEqual(copied(error), {
      type: "Error",
      message: "m",
      config: asked,
      request: "[Writable]",
      response: {
        method: "post",
        url: "http://a.example/pay",
        status: 500,
        statusText: "No",
        headers: { a: "1" },
        data: { error: "bad" },
      },
      stack: "",
    });
  });

  it("of got and ky has its options as the request that was made", () => {
    const options = { hooks: {}, retry: { limit: 2 }, headers: { a: "1" }, url: new URL(config.url), password: SECRET };
    const error = Object.assign(new Error("m"), { options, stack: "" });
    assert.deepEqual(copied(error)["options"], { url: "http://a.example/pay", headers: { a: "1" }, "...": "[3 more]" });
  });

  it("of fetch has the path of its URL without query, where it has one", async () => {
    const error = await fetch(`http://127.0.0.1:9/x?token=${SECRET}`).catch((error) => error);
    assert.doesNotMatch(JSON.stringify({ ...snapshot(error).value as Copy, stack: "" }), new RegExp(SECRET));
  });

  it("is not taken for one because it has a configuration", () => {
    const error = Object.assign(new Error("m"), { config: { headers: { a: "1" }, url: "/x?y", size: 3 }, stack: "" });
    assert.deepEqual(copied(error)["config"], { headers: { a: "1" }, url: "/x?y", size: 3 });
  });
});

function serverOf(req: http.IncomingMessage): unknown {
  return (req.socket as unknown as { server: unknown }).server;
}
