/**
 * Load for an HTTP server from a process of its own: `load.ts <port> <requests per second> <seconds>`. Prints a line when
 * it begins to measure, the time in milliseconds since the epoch, and in the end another, JSON: `delays`, those of all
 * responses in microseconds, and `to`, the time at which it ended.
 *
 * The loop is open: requests are made on a schedule, whether or not earlier ones have been answered. One that finds all
 * connections taken waits, and its delay counts from when it was made; so a server that stalls is charged for all who
 * came in the meantime (no coordinated omission). A timer of this process that is late by up to its own resolution, a
 * millisecond, is not charged to the server; what goes beyond is.
 *
 * @module
 */
import { connect, type Socket } from "node:net";
import process from "node:process";

const CONNECTIONS = 64;
const WARM_UP_SECONDS = 0.3;
const TIMER_RESOLUTION_MS = 1;
const REQUEST = "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: keep-alive\r\n\r\n";

interface Connection {
  readonly socket: Socket;
  /** When the request on it was made; NaN: none is. */
  since: number;
  received: string;
}

const [port = 0, rate = 0, seconds = 0] = process.argv.slice(2).map(Number);
const idle: Connection[] = [];
const waiting: number[] = [];
const delays: number[] = [];
let answered = 0;

const total = Math.round(rate * (seconds + WARM_UP_SECONDS));
const warmUp = Math.round(rate * WARM_UP_SECONDS);
await Promise.all(Array.from({ length: CONNECTIONS }, openConnection));
await sendAll();
process.stdout.write(JSON.stringify({ delays, to: Date.now() }), () => process.exit(0));

function openConnection(): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: "127.0.0.1", noDelay: true });
    const connection: Connection = { socket, since: NaN, received: "" };
    socket.setEncoding("latin1");
    socket.once("error", reject);
    socket.once("connect", () => {
      idle.push(connection);
      resolve();
    });
    socket.on("data", (text: string) => {
      connection.received += text;
      if (isComplete(connection.received)) finish(connection);
    });
    socket.on("close", () => {
      const error = new Error("Cannot measure: the server has closed a connection");
      reject(error);
      if (answered < total) throw error;
    });
  });
}

function isComplete(response: string): boolean {
  const end = response.indexOf("\r\n\r\n");
  if (end < 0) return false;
  const length = /^content-length: *(\d+)/im.exec(response)?.[1];
  if (length !== undefined) return response.length >= end + 4 + Number(length);
  // Node sends short bodies whole too, but a chunked one ends with an empty chunk.
  return response.endsWith("\r\n0\r\n\r\n");
}

function finish(connection: Connection): void {
  const microseconds = Math.round((performance.now() - connection.since) * 1000);
  if (++answered > warmUp) delays.push(microseconds);
  else if (answered === warmUp) process.stdout.write(`${Date.now()}\n`);
  connection.since = NaN;
  connection.received = "";
  const next = waiting.shift();
  if (next === undefined) idle.push(connection);
  else send(connection, next);
}

function send(connection: Connection, since: number): void {
  connection.since = since;
  connection.socket.write(REQUEST);
}

function sendAll(): Promise<void> {
  return new Promise((resolve) => {
    const start = performance.now();
    let made = 0;
    const tick = () => {
      const now = performance.now();
      const due = Math.min(total, Math.floor((now - start) / 1000 * rate));
      for (; made < due; made++) {
        const late = now - (start + (made + 1) / rate * 1000);
        const since = now - Math.max(0, late - TIMER_RESOLUTION_MS);
        // The one that has been idle for the longest time: servers close those that are not used for some seconds.
        const connection = idle.shift();
        if (connection === undefined) waiting.push(since);
        else send(connection, since);
      }
      if (answered === total) resolve();
      else setTimeout(tick, 1);
    };
    tick();
  });
}
