/**
 * Ports for servers that start later, or stop and start again.
 *
 * @module
 */
import { createServer } from "node:net";
import process from "node:process";

/** The system gives ports from 32,768 on to whoever asks for any: between two starts, one of those may be taken. */
const FIRST = 20_000;
const COUNT = 12_000;

/** Ports that a process has for itself, as long as it asks for no more; with the numbers of its threads it has many. */
const PER_PROCESS = 16;

let next = process.pid * PER_PROCESS;

/** A port of 127.0.0.1 on which nobody listens, and which the system gives to nobody who asks for any. */
export async function freePort(): Promise<number> {
  for (let tries = 0; tries < COUNT; tries++) {
    const port = FIRST + next++ % COUNT;
    if (await isFree(port)) return port;
  }
  throw new Error("Cannot find a free port");
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
}
