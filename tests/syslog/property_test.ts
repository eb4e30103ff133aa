import assert from "node:assert/strict";
import fc from "fast-check";
import { describe, it } from "node:test";
import { createLogger, type Level, type Logger } from "../../mod.ts";
import { visibleText } from "../../src/format/escape.ts";
import { missing, type Parsed, serverNames, startServer, type SyslogServer } from "./servers.ts";

const RECORDS = 10_000;
const LIMIT = 8_192;
const FACILITIES = 24;
const SEVERITY = { trace: 7, debug: 7, info: 6, warn: 4, error: 3, fatal: 2 } as const;
const LEVELS = Object.keys(SEVERITY) as Level[];
const HEADER = "app=a!b-c&hostname=host.example&procid=P1&msgid=M~1";

interface Record {
  readonly level: Level;
  readonly text: string;
  readonly fields: { readonly [name: string]: unknown };
}

/** Any text: all of Unicode with lone surrogates, controls, and what the protocol gives a meaning to. */
const text = fc.oneof(
  { weight: 4, arbitrary: fc.string({ unit: "binary", maxLength: 60 }) },
  {
    weight: 3,
    arbitrary: fc.string({
      unit: fc.constantFrom('"', "\\", "]", "[", "=", " ", "\n", "\r", "\0", "<", "\ufeff", "€", "😀", "\ud800", "1"),
    }),
  },
  { weight: 2, arbitrary: fc.string({ maxLength: 200 }) },
  // About as long as a message may be, and longer.
  {
    weight: 1,
    arbitrary: fc.tuple(fc.constantFrom("x", "é", "€", "😀"), fc.nat(LIMIT)).map(([unit, n]) => unit.repeat(n)),
  },
);
const name = fc.string({ unit: fc.constantFrom(..."abcXYZ019_-!#$%&'()*+,/:;<>?^`{|}~"), minLength: 1, maxLength: 12 });
const value = fc.oneof(
  text,
  fc.integer(),
  fc.double(),
  fc.boolean(),
  fc.constant(null),
  fc.array(fc.string(), { maxLength: 3 }),
);
const record: fc.Arbitrary<Record> = fc.record({
  level: fc.constantFrom(...LEVELS),
  text,
  fields: fc.dictionary(name, value, { maxKeys: 5 }),
});

/** Sends records, each by the logger of its facility, and returns what the server has made of those of each facility. */
async function send(server: SyslogServer, records: readonly Record[], uri: (facility: number) => string) {
  const lines: string[][] = [];
  const errors: string[] = [];
  const loggers = Array.from({ length: FACILITIES }, (_, facility): Logger =>
    createLogger({
      level: "trace",
      destinations: [uri(facility), {
        backend: { supportsAtomic: true, write: (batch) => void (lines[facility] ??= []).push(...batch.lines) },
        name: "beside",
        format: "json",
      }],
      onError: (error: Error) => void errors.push(error.message),
    }));
  records.forEach(({ level, text, fields }, i) => (loggers[i % FACILITIES] as Logger)[level](text, fields));
  await Promise.all(loggers.map((log) => log.close()));
  // A fatal record cannot go out at once while there is no connection yet.
  assert.deepEqual(errors.filter((message) => !/^Cannot write a fatal record .* at once: /.test(message)), []);
  let truncated = 0;
  for (const log of loggers) {
    const [numbers] = log.metrics().destinations;
    assert.equal(numbers?.dropped, 0);
    truncated += numbers?.truncated ?? 0;
  }
  const parsed = await server.wait(records.length);
  assert.equal(parsed.length, records.length);
  const byFacility = Array.from({ length: FACILITIES }, (): Parsed[] => []);
  for (const message of parsed) byFacility[message.pri >> 3]?.push(message);
  return { lines, byFacility, truncated };
}

/** What is left of a message when its whole is cut to the limit: the same rule, written down once more. */
function shortened(head: string, text: string): string {
  const size = (of: string) => new TextEncoder().encode(of).length;
  if (size(head + text) <= LIMIT) return text;
  const characters: string[] = [];
  let left = LIMIT - size(head) - 3;
  for (const character of text) {
    left -= size(character);
    if (left < 0) break;
    characters.push(character);
  }
  return characters.join("") + "...";
}

/** The parameters of structured data as a server writes them. */
function parameters(sd: string): { [name: string]: string } {
  assert.match(sd, /^\[fields@32473 .*\]$/s);
  const found = [...sd.matchAll(/ ([^ ="\]]+)="((?:[^"\\\]]|\\.)*)"/gs)];
  return Object.fromEntries(found.map(([, key, of]) => [key as string, (of as string).replace(/\\(["\\\]])/g, "$1")]));
}

function common({ host, app, procid, msgid }: Parsed): void {
  assert.deepEqual({ host, app, procid, msgid }, { host: "host.example", app: "a!b-c", procid: "P1", msgid: "M~1" });
}

for (const serverName of serverNames) {
  describe(`${RECORDS} generated records, read back from ${serverName}`, () => {
    const seed = Math.floor(Math.random() * 2 ** 31);
    const skip = missing(serverName) ?? false;

    it("are equal as the text of messages, however they are framed", { skip }, async () => {
      console.log(`Seed ${seed}`);
      const server = await startServer(serverName);
      try {
        const records = fc.sample(record, { seed, numRuns: RECORDS });
        const { lines, byFacility, truncated } = await send(server, records, (facility) => {
          const [framing, port] = facility % 2 === 0 ? ["octet-counting", server.tcp] : ["lf", server.tcpLines];
          return `syslog+tcp://127.0.0.1:${port}?${HEADER}&framing=${framing}&facility=${facility}`;
        });
        let cuts = 0;
        byFacility.forEach((messages, facility) =>
          messages.forEach((message, i) => {
            const { level } = records[i * FACILITIES + facility] as Record;
            const line = lines[facility]?.[i] as string;
            const pri = facility * 8 + SEVERITY[level];
            const { time } = JSON.parse(line);
            const expected = shortened(`<${pri}>1 ${time} host.example a!b-c P1 M~1 - \ufeff`, line);
            if (expected !== line) cuts++;
            common(message);
            assert.equal(message.pri, pri);
            assert.equal(message.time, Date.parse(time));
            assert.equal(message.msg, expected);
          })
        );
        assert.ok(cuts > 0);
        assert.equal(truncated, cuts);
      } finally {
        await server.end();
      }
    });

    it("are equal as structured data", { skip }, async () => {
      const server = await startServer(serverName);
      try {
        const small = record.filter(({ text, fields }) => JSON.stringify([text, fields]).length < 2_000);
        const records = fc.sample(small, { seed, numRuns: RECORDS });
        const { byFacility, truncated } = await send(
          server,
          records,
          (facility) => `syslog+tcp://127.0.0.1:${server.tcp}?${HEADER}&sd=fields@32473&facility=${facility}`,
        );
        byFacility.forEach((messages, facility) =>
          messages.forEach((message, i) => {
            const { level, text, fields } = records[i * FACILITIES + facility] as Record;
            common(message);
            assert.equal(message.pri, facility * 8 + SEVERITY[level]);
            assert.equal(message.msg, visibleText(text).toWellFormed());
            const names = Object.keys(fields);
            if (names.length === 0) return assert.equal(message.sd, "-");
            const shown = (of: unknown) =>
              visibleText((typeof of === "object" && of !== null ? JSON.stringify(of) : String(of)).toWellFormed());
            assert.deepEqual(
              parameters(message.sd),
              Object.fromEntries(names.map((name) => [name, shown(fields[name])])),
            );
          })
        );
        assert.equal(truncated, 0);
      } finally {
        await server.end();
      }
    });
  });
}
