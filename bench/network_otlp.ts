/**
 * Lines per second to an OTLP server over loopback, LogTape's OpenTelemetry sink beside us. The server runs in another
 * process and only keeps what it gets; what that was is counted after the time has been taken.
 *
 * `node bench/network_otlp.ts [--lines N] [--rounds N] [--runtimes deno,bun,node]`. Prints a table.
 *
 * @module
 */
import { spawn } from "node:child_process";
import { Buffer } from "node:buffer";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { binaries } from "../tests/support/binaries.ts";
import { decodeRequest } from "../tests/otlp/decode.ts";

/** What is measured; each in a process of its own. */
const SUBJECTS = ["omni json", "omni protobuf", "omni protobuf gzip", "logtape json", "logtape protobuf"] as const;
type Subject = typeof SUBJECTS[number];

/** Records that a program logs between two turns of its event loop. */
const TURN_EVERY = 500;

const [role, ...rest] = process.argv.slice(2);
if (role === "serve") await serve();
else if (role === "log") await log(rest[0] as Subject, rest[1] as string, Number(rest[2]));
else await compare();

/** Keeps the bodies of requests; `GET` counts and forgets them. */
async function serve(): Promise<void> {
  let bodies: { readonly body: Buffer; readonly contentType: string; readonly contentEncoding: string }[] = [];
  const server = createServer((request, response) => {
    const pieces: Buffer[] = [];
    request.on("data", (piece: Buffer) => pieces.push(piece));
    request.on("end", () => {
      if (request.method === "GET") {
        const records = bodies.reduce((sum, { body, ...headers }) => sum + decodeRequest(body, headers).length, 0);
        response.end(JSON.stringify({ requests: bodies.length, records }));
        bodies = [];
        return;
      }
      const { "content-type": contentType = "", "content-encoding": contentEncoding = "" } = request.headers;
      bodies.push({ body: Buffer.concat(pieces), contentType, contentEncoding });
      response.writeHead(200, { "content-type": contentType });
      response.end(contentType === "application/json" ? "{}" : undefined);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  console.log((server.address() as AddressInfo).port);
}

/** Logs so many lines, waits until all have arrived, and prints how long that took, for each line on standard input. */
async function log(subject: Subject, url: string, lines: number): Promise<void> {
  const { info, flush } = subject.startsWith("omni") ? await omni(subject, url) : await logtape(subject, url);
  process.stdin.on("data", async () => {
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
    await flush();
    const milliseconds = performance.now() - start;
    const { user, system } = process.cpuUsage(cpu);
    console.log(JSON.stringify({ milliseconds, cpu: (user + system) / 1000 }));
  });
  process.stdin.on("end", () => process.exit(0));
  console.log("ready");
}

interface Sink {
  readonly info: (text: string, fields: Record<string, unknown>) => void;
  readonly flush: () => Promise<unknown>;
}

async function omni(subject: Subject, url: string): Promise<Sink> {
  const { createLogger } = await import("../mod.ts");
  await import("../otlp.ts");
  const log = createLogger({
    destinations: [{
      uri: `otlp+${url}` as "otlp+http:",
      otlp: {
        protocol: subject.includes("json") ? "http/json" : "http/protobuf",
        compression: subject.includes("gzip") ? "gzip" : "none",
        serviceName: "bench",
      },
    }],
    queue: { maxBytes: "512MB" },
    onError: (error) => console.error(error),
  });
  return { info: (text, fields) => log.info(text, fields), flush: () => log.flush() };
}

/** With a queue that holds everything, and as many records in a request as ours have. */
async function logtape(subject: Subject, url: string): Promise<Sink> {
  const { configure, getLogger } = await import("@logtape/logtape");
  const { getOpenTelemetrySink } = await import("@logtape/otel");
  const { BatchLogRecordProcessor, LoggerProvider } = await import("@opentelemetry/sdk-logs");
  const { OTLPLogExporter } = subject.includes("json")
    ? await import("@opentelemetry/exporter-logs-otlp-http")
    : await import("@opentelemetry/exporter-logs-otlp-proto");
  const processor = new BatchLogRecordProcessor({
    exporter: new OTLPLogExporter({ url }),
    maxQueueSize: 10_000_000,
    maxExportBatchSize: 1_500,
    scheduledDelayMillis: 10,
  });
  const loggerProvider = new LoggerProvider({ processors: [processor] });
  await configure({
    sinks: { otel: getOpenTelemetrySink({ loggerProvider }) },
    loggers: [
      { category: ["bench"], lowestLevel: "info", sinks: ["otel"] },
      { category: ["logtape", "meta"], lowestLevel: "error", sinks: [] },
    ],
  });
  const logger = getLogger(["bench"]);
  return { info: (text, fields) => logger.info(text, fields), flush: () => loggerProvider.forceFlush() };
}

async function compare(): Promise<void> {
  const { values } = parseArgs({
    options: {
      lines: { type: "string", default: "100000" },
      rounds: { type: "string", default: "3" },
      runtimes: { type: "string", default: "deno,bun,node" },
      only: { type: "string", default: "" },
    },
  });
  const lines = Number(values.lines);
  const server = child("node", ["serve"]);
  const url = `http://127.0.0.1:${await server.answer()}/v1/logs`;
  console.log(`${lines} lines, median of ${values.rounds} rounds\n`);
  console.log("runtime  subject              lines/s    CPU us/line  requests");
  for (const runtime of values.runtimes.split(",") as (keyof ReturnType<typeof binaries>)[]) {
    const subjects = SUBJECTS.filter((subject) => subject.includes(values.only));
    const children = subjects.map((subject) => child(runtime, ["log", subject, url, String(lines)]));
    for (const each of children) await each.answer();
    const results = subjects.map((): { milliseconds: number; cpu: number; requests: number }[] => []);
    for (let round = -1; round < Number(values.rounds); round++) {
      for (const [index, each] of children.entries()) {
        each.ask();
        const took = JSON.parse(await each.answer());
        const { records, requests } = await (await fetch(url)).json();
        if (records !== lines) throw new Error(`${subjects[index]} on ${runtime}: ${records} of ${lines} arrived`);
        if (round >= 0) results[index]?.push({ ...took, requests });
      }
    }
    for (const [index, subject] of subjects.entries()) {
      const all = (results[index] ?? []).sort((a, b) => a.milliseconds - b.milliseconds);
      const { milliseconds, cpu, requests } = all[Math.floor(all.length / 2)] ??
        { milliseconds: 0, cpu: 0, requests: 0 };
      const row = [
        runtime.padEnd(8),
        subject.padEnd(20),
        String(Math.round(lines / milliseconds * 1000)).padStart(8),
        (cpu * 1000 / lines).toFixed(1).padStart(12),
        String(requests).padStart(9),
      ];
      console.log(row.join(" "));
    }
    for (const each of children) each.end();
  }
  server.end();
  process.exit(0);
}

/** A process with this program, which answers in lines. */
function child(runtime: keyof ReturnType<typeof binaries>, args: readonly string[]) {
  const front = runtime === "deno" ? ["run", "-A", "--quiet"] : [];
  const running = spawn(binaries()[runtime], [...front, fileURLToPath(import.meta.url), ...args], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const waiting: ((line: string) => void)[] = [];
  const lines: string[] = [];
  let text = "";
  running.stdout.setEncoding("utf8").on("data", (piece: string) => {
    text += piece;
    const whole = text.split("\n");
    text = whole.pop() ?? "";
    for (const line of whole) {
      const next = waiting.shift();
      if (next === undefined) lines.push(line);
      else next(line);
    }
  });
  running.on("exit", (code) => {
    if (code !== 0 && code !== null) process.exit(1);
  });
  return {
    ask: () => void running.stdin.write("go\n"),
    answer: () =>
      new Promise<string>((resolve) => {
        const line = lines.shift();
        if (line === undefined) waiting.push(resolve);
        else resolve(line);
      }),
    end: () => void running.kill(),
  };
}
