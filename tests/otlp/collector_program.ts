/**
 * An OTLP server in a process of its own. Prints its port; a line on standard input asks how many records it has read
 * so far, and for the texts of them that are there more than once or not in order.
 *
 * @module
 */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Buffer } from "node:buffer";
import process from "node:process";
import { decodeRequest } from "./decode.ts";

let count = 0;
let misplaced = 0;

const server = createServer(async (request, response) => {
  const pieces: Buffer[] = [];
  for await (const piece of request) pieces.push(piece);
  const { "content-type": contentType, "content-encoding": contentEncoding } = request.headers;
  for (const { body } of decodeRequest(new Uint8Array(Buffer.concat(pieces)), { contentType, contentEncoding })) {
    if (body?.[1] !== `record ${count++}`) misplaced++;
  }
  response.writeHead(200, { "content-type": contentType });
  response.end(contentType === "application/json" ? "{}" : undefined);
});
server.listen(0, "127.0.0.1", () => console.log(`port ${(server.address() as AddressInfo).port}`));
process.stdin.on("data", () => {
  console.log(`read ${count} misplaced ${misplaced}`);
  count = 0;
  misplaced = 0;
});
process.stdin.on("end", () => process.exit(0));
