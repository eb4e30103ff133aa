/**
 * An OTLP server for tests, on the same event loop.
 *
 * @module
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { Buffer } from "node:buffer";
import { decodeRequest, type PlainRecord } from "./decode.ts";

/** What came in with one request. */
export interface Received {
  readonly path: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: Uint8Array;
  readonly records: readonly PlainRecord[];
}

/** Answers a request; without it the server says that all is well. */
export type Answer = (response: ServerResponse, received: Received) => unknown;

/** A server that runs. */
export interface OtlpServer {
  readonly port: number;
  readonly url: string;
  /** All requests, the oldest first. */
  readonly requests: Received[];
  /** Records of the requests that were answered with 200. */
  readonly records: PlainRecord[];
  /** What is answered from now on. */
  answer: Answer | undefined;
  close(): Promise<void>;
}

/** Starts a server on a free port, or on a certain one. */
export async function startOtlpServer(options: { readonly port?: number; readonly answer?: Answer } = {}): Promise<
  OtlpServer
> {
  const sockets = new Set<Socket>();
  const requests: Received[] = [];
  const records: PlainRecord[] = [];
  const server = createServer(async (request, response) => {
    const pieces: Buffer[] = [];
    for await (const piece of request) pieces.push(piece);
    const body = new Uint8Array(Buffer.concat(pieces));
    const { headers, url: path = "" } = request;
    const received = {
      path,
      headers,
      body,
      records: decodeRequest(body, {
        contentType: headers["content-type"],
        contentEncoding: headers["content-encoding"],
      }),
    };
    requests.push(received);
    if (self.answer !== undefined) await self.answer(response, received);
    else succeed(response, received);
    if (response.statusCode === 200) records.push(...received.records);
  });
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(options.port ?? 0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const self: OtlpServer = {
    port,
    url: `http://127.0.0.1:${port}/v1/logs`,
    requests,
    records,
    answer: options.answer,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
  return self;
}

/** Says that all is well, in the encoding of the request. */
export function succeed(response: ServerResponse, { headers }: Received): void {
  const isJson = headers["content-type"] === "application/json";
  response.writeHead(200, { "content-type": headers["content-type"] });
  response.end(isJson ? "{}" : undefined);
}
