/**
 * Lines per second to a syslog server over TCP on loopback, LogTape's syslog sink beside us. The server runs in another
 * process and counts the messages that it gets; a round ends when all have arrived.
 *
 * `node bench/network_syslog.ts [--lines N] [--rounds N] [--runtimes deno,bun,node]`. Prints a table.
 *
 * @module
 */
import { type ChildProcessByStdio, spawn } from "node:child_process";
import { createServer, type Socket } from "node:net";
import process from "node:process";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { binaries } from "../tests/support/binaries.ts";

/**
 * What is measured: ours as it comes (JSON in the MSG), and both with the fields as structured data. LogTape frames by
 * newline, which our third does too.
 */
const SUBJECTS = ["omni json", "omni structured data", "omni structured data lf", "logtape structured data"] as const;
type Subject = typeof SUBJECTS[number];
type RuntimeName = keyof ReturnType<typeof binaries>;

/** Records that a program logs between two turns of its event loop. */
const TURN_EVERY = 500;

interface Ports {
  readonly octets: number;
  readonly lines: number;
}

/** Counts messages; for each line on standard input waits until so many have come, and says how long after. */
function serve(): void {
  let count = 0;
  const octets = createServer((socket) => readFrames(socket, () => count++)).listen(0, "127.0.0.1");
  const lines = createServer((socket) => {
    socket.on("data", (bytes: Uint8Array) => {
      for (let at = bytes.indexOf(10); at >= 0; at = bytes.indexOf(10, at + 1)) count++;
    });
  }).listen(0, "127.0.0.1");
  lines.once("listening", () => {
    const port = (server: typeof lines) => (server.address() as { port: number }).port;
    console.log(JSON.stringify({ octets: port(octets), lines: port(lines) }));
  });
  createInterface({ input: process.stdin }).on("line", (expected) => {
    const begin = performance.now();
    const look = () => {
      if (count < Number(expected) && performance.now() - begin < 10_000) return void setTimeout(look, 1);
      console.log(JSON.stringify({ count, waited: performance.now() - begin }));
      count = 0;
    };
    look();
  });
}

/** Reads frames of octet counting without looking at what is in them. */
function readFrames(socket: Socket, onMessage: () => void): void {
  let length = 0;
  let left = 0;
  socket.on("data", (bytes: Uint8Array) => {
    for (let at = 0; at < bytes.length;) {
      if (left > 0) {
        const step = Math.min(left, bytes.length - at);
        at += step;
        left -= step;
        if (left === 0) onMessage();
      } else if (bytes[at] === 32) {
        left = length;
        length = 0;
        at++;
      } else length = length * 10 + (bytes[at++] as number) - 48;
    }
  });
}

interface Sink {
  readonly info: (text: string, fields: Record<string, unknown>) => void;
  readonly close: () => Promise<unknown>;
}

/** Logs so many lines through a new connection and prints how long that took, for each line on standard input. */
async function log(subject: Subject, ports: Ports, lines: number): Promise<void> {
  const open = subject.startsWith("omni") ? await omni(subject, ports) : await logtape(ports);
  createInterface({ input: process.stdin }).on("line", async () => {
    const { info, close } = await open();
    const cpu = process.cpuUsage();
    const start = performance.now();
    for (let i = 0; i < lines; i++) {
      info("request handled", {
        method: "GET",
        path: `/users/${i}`,
        status: 200,
        duration_ms: i % 1000 / 10,
        cached: true,
      });
      if (i % TURN_EVERY === TURN_EVERY - 1) await new Promise((resolve) => setTimeout(resolve, 0));
    }
    await close();
    const milliseconds = performance.now() - start;
    const { user, system } = process.cpuUsage(cpu);
    console.log(JSON.stringify({ milliseconds, cpu: (user + system) / 1000 }));
  }).on("close", () => process.exit(0));
  console.log("ready");
}

async function omni(subject: Subject, ports: Ports): Promise<() => Sink> {
  const { createLogger } = await import("../mod.ts");
  const isLines = subject.endsWith("lf");
  const query = `${subject.includes("data") ? "sd=omni@32473&" : ""}framing=${isLines ? "lf" : "octet-counting"}`;
  return () => {
    const logger = createLogger({
      destinations: [`syslog+tcp://127.0.0.1:${isLines ? ports.lines : ports.octets}?${query}`],
      queue: { maxBytes: "512MB" },
      onError: (error) => console.error(error),
    });
    return { info: (text, fields) => logger.info(text, fields), close: () => logger.close() };
  };
}

async function logtape(ports: Ports): Promise<() => Promise<Sink>> {
  const { configure, getLogger, reset } = await import("@logtape/logtape");
  const { getSyslogSink } = await import("@logtape/syslog");
  return async () => {
    const sink = getSyslogSink({
      hostname: "127.0.0.1",
      port: ports.lines,
      protocol: "tcp",
      appName: "bench",
      includeStructuredData: true,
    });
    await configure({
      // Its types are of another major version than LogTape's own.
      sinks: { syslog: sink as never },
      loggers: [
        { category: ["bench"], lowestLevel: "info", sinks: ["syslog"] },
        { category: ["logtape", "meta"], lowestLevel: "error", sinks: [] },
      ],
    });
    const logger = getLogger(["bench"]);
    return { info: (text, fields) => logger.info(text, fields), close: () => reset() };
  };
}

/** Runs every subject on every runtime in turn, so that what disturbs the machine disturbs all alike. */
async function compare(): Promise<void> {
  const { values } = parseArgs({
    options: {
      lines: { type: "string", default: "100000" },
      rounds: { type: "string", default: "3" },
      runtimes: { type: "string", default: "deno,bun,node" },
    },
  });
  const lines = Number(values.lines);
  const server = new Child("node", ["serve"]);
  const ports = await server.answer();
  console.log(`${lines} lines, median of ${values.rounds} rounds\n`);
  console.log("runtime  subject                      lines/s    CPU us/line");
  for (const runtime of values.runtimes.split(",") as RuntimeName[]) {
    const children = SUBJECTS.map((subject) => new Child(runtime, ["log", subject, ports, String(lines)]));
    for (const child of children) await child.answer();
    const results = SUBJECTS.map((): { milliseconds: number; cpu: number }[] => []);
    for (let round = -1; round < Number(values.rounds); round++) {
      for (const [index, child] of children.entries()) {
        const { milliseconds, cpu } = JSON.parse(await child.ask("go"));
        const { count, waited } = JSON.parse(await server.ask(String(lines)));
        if (count !== lines) throw new Error(`${SUBJECTS[index]} on ${runtime}: ${count} of ${lines} arrived`);
        // The first round warms up.
        if (round >= 0) results[index]?.push({ milliseconds: milliseconds + waited, cpu });
      }
    }
    for (const [index, subject] of SUBJECTS.entries()) {
      const all = (results[index] ?? []).sort((a, b) => a.milliseconds - b.milliseconds);
      const { milliseconds, cpu } = all[Math.floor(all.length / 2)] ?? { milliseconds: NaN, cpu: NaN };
      const perSecond = String(Math.round(lines / milliseconds * 1000)).padStart(8);
      console.log(
        `${runtime.padEnd(8)} ${subject.padEnd(26)} ${perSecond} ${(cpu * 1000 / lines).toFixed(1).padStart(12)}`,
      );
    }
    for (const child of children) child.end();
  }
  server.end();
}

/** A process with this program, which answers in lines. */
class Child {
  readonly #process: ChildProcessByStdio<Writable, Readable, null>;
  readonly #answers: AsyncIterator<string>;

  constructor(runtime: RuntimeName, args: readonly string[]) {
    const front = runtime === "deno" ? ["run", "-A", "--quiet"] : [];
    this.#process = spawn(binaries()[runtime], [...front, fileURLToPath(import.meta.url), ...args], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    this.#answers = createInterface({ input: this.#process.stdout })[Symbol.asyncIterator]();
  }

  ask(line: string): Promise<string> {
    this.#process.stdin.write(line + "\n");
    return this.answer();
  }

  async answer(): Promise<string> {
    const { value, done } = await this.#answers.next();
    if (done) throw new Error(`Cannot go on: the process ended with ${this.#process.exitCode}`);
    return value;
  }

  end(): void {
    this.#process.stdin.end();
  }
}

const [role, ...rest] = process.argv.slice(2);
if (role === "serve") serve();
else if (role === "log") await log(rest[0] as Subject, JSON.parse(rest[1] as string), Number(rest[2]));
else await compare();
