import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createLogger, format } from "../../mod.ts";
import { registerBackend } from "../../src/backends/registry.ts";
import { createLoggerFactory, type Logger } from "../../src/logger.ts";
import type { LoggerOptions } from "../../src/options.ts";
import type { RotateOptions } from "../../src/destination_options.ts";
import { createMemoryRuntime, settle } from "../support/memory_runtime.ts";
import { loggerOn, logPath, testBackend } from "../logger/harness.ts";

type Bad = readonly [value: unknown, error: typeof TypeError | typeof RangeError, allowed: RegExp];

const level = /expected one of "trace", "debug", "info", "warn", "error", "fatal", "off"/;
const size =
  /a number of bytes or a text such as "10MB" \(B, kB, KB, MB, GB, TB, KiB, MiB, GiB, TiB\)|expected 1 or more/;
const duration = /a number of milliseconds or a text such as "30d" \(ms, s, m, h, d, w\)|expected [01] or more/;
const functions = /expected a function/;
const filters: readonly Bad[] = [
  ["x", TypeError, /expected an array/],
  [() => true, TypeError, /expected an array/],
  [null, TypeError, /expected an array/],
];
const sizes: readonly Bad[] = [
  [0, RangeError, size],
  [-1, RangeError, size],
  [NaN, RangeError, size],
  ["10", RangeError, size],
  ["10XB", RangeError, size],
  ["10mb", RangeError, size],
  ["-1MB", RangeError, size],
  ["0MB", RangeError, size],
  ["MB", RangeError, size],
  ["", RangeError, size],
  ["1constructor", RangeError, size],
  [true, TypeError, size],
  [null, TypeError, size],
  [10n, TypeError, size],
];
const durations: readonly Bad[] = [
  [-1, RangeError, duration],
  [NaN, RangeError, duration],
  ["30", RangeError, duration],
  ["30x", RangeError, duration],
  ["30 days", RangeError, duration],
  ["-5s", RangeError, duration],
  ["", RangeError, duration],
  [{}, TypeError, duration],
  [null, TypeError, duration],
];

/** Options of the logger, and their bad values. */
const loggerOptions: Record<string, readonly Bad[]> = {
  "level": [
    ["verbose", RangeError, level],
    ["toString", RangeError, level],
    ["", RangeError, level],
    [30, TypeError, level],
    [null, TypeError, level],
  ],
  "fields": [
    ["x", TypeError, /expected an object, got "x"/],
    [null, TypeError, /expected an object, got null/],
    [[1], TypeError, /expected an object, got an array/],
    [() => {}, TypeError, /expected an object, got a function/],
  ],
  "destinations": [
    [undefined, TypeError, /expected an array, got undefined/],
    ["app.log", TypeError, /expected an array, got "app.log"/],
    [{}, TypeError, /expected an array, got an object/],
    [[], RangeError, /expected at least one destination/],
  ],
  "destinations[0]": [
    [5, TypeError, /expected an object/],
    [null, TypeError, /expected an object, got null/],
    [[], TypeError, /expected an object, got an array/],
  ],
  "filters": filters,
  "filters[0]": [[5, TypeError, functions], [undefined, TypeError, functions]],
  "middleware": filters,
  "middleware[0]": [["x", TypeError, functions]],
  "sampler": [[0.1, TypeError, functions], [null, TypeError, functions]],
  "queue": [[5, TypeError, /expected an object/], [null, TypeError, /expected an object/]],
  "queue.capacity": [
    [0, RangeError, /whole number from 1 to/],
    [-5, RangeError, /whole number from 1 to/],
    [1.5, RangeError, /whole number from 1 to/],
    [NaN, RangeError, /whole number from 1 to/],
    [Infinity, RangeError, /whole number from 1 to/],
    [1e12, RangeError, /whole number from 1 to/],
    ["100", TypeError, /expected a number, got "100"/],
  ],
  "queue.maxBytes": sizes,
  "queue.overflow": [
    ["wait", RangeError, /expected one of "drop", "block", got "wait"/],
    [true, TypeError, /expected one of "drop", "block", got true/],
  ],
  "flushInterval": [
    [-1, RangeError, /whole number from 0 to 2147483647/],
    [0.5, RangeError, /whole number/],
    [NaN, RangeError, /whole number/],
    [2 ** 31, RangeError, /whole number/],
    ["10 sec", RangeError, /a number of milliseconds or a text such as "30d"/],
    ["30d", RangeError, /whole number from 0 to 2147483647/],
    [null, TypeError, /expected a number/],
  ],
  "flushOnSignal": [[1, TypeError, /expected true or false, got 1/], ["yes", TypeError, /expected true or false/]],
  "onError": [["x", TypeError, functions], [null, TypeError, functions]],
};

/** Options of a file destination, and their bad values. */
const fileOptions: Record<string, readonly Bad[]> = {
  "uri": [
    [undefined, TypeError, /expected a string, got undefined/],
    [5, TypeError, /expected a string, got 5/],
    ["", RangeError, /it is empty/],
    ["a\0b", RangeError, /it contains a NUL character/],
    ["logs/", RangeError, /it names a directory; add the name of a file/],
    ["file:///logs/", RangeError, /it names a directory/],
    ["file:///a%00b", RangeError, /a NUL character/],
    ["file:", RangeError, /expected file:\/\/\/absolute\/path or file:relative\/path/],
    ["file://host/path", RangeError, /expected file:\/\/\/absolute\/path/],
    ["file:////server/share", RangeError, /expected file:\/\/\/absolute\/path/],
    ["file:///a?b=c", RangeError, /no query and no fragment/],
    ["file:///a#b", RangeError, /no query and no fragment/],
    ["file:///a%zz", RangeError, /a percent sign without two digits/],
    ["nope:x", TypeError, /unknown scheme "nope:" in "nope:x"; known are "file:", "stdout:", "stderr:"/],
    [
      "https://example.com/",
      TypeError,
      /unknown scheme "https:" in "https:.*"; perhaps "otlp\+https:"; registerBackend\("https", ...\) adds it$/,
    ],
    [
      "otlp:",
      TypeError,
      /unknown scheme "otlp:" in "otlp:"; perhaps "otlp\+http:" or "otlp\+https:"; registerBackend\("otlp", ...\) adds it; a path with a colon/,
    ],
    [
      "syslog://host:514",
      TypeError,
      /unknown scheme "syslog:" in "syslog:\/\/host:514"; perhaps "syslog\+udp:" or "syslog\+tcp:" or "syslog\+unix:" or "syslog\+tls:"; registerBackend\("syslog", ...\) adds it$/,
    ],
    ["stdout:x", RangeError, /nothing may follow "stdout:"/],
  ],
  "name": [["", RangeError, /it is empty/], [5, TypeError, /expected a string/], [
    null,
    TypeError,
    /expected a string/,
  ]],
  "level": [["loud", RangeError, level], [5, TypeError, level]],
  "enabled": [[1, TypeError, /expected true or false/], [null, TypeError, /expected true or false/]],
  "filter": [[5, TypeError, functions], [[], TypeError, functions]],
  "filters": filters,
  "filters[0]": [[5, TypeError, functions]],
  "format": [
    [format.json, TypeError, /expected a format, got format\.json, which makes one: call it, format\.json\(\)/],
    [format.pretty, TypeError, /call it, format\.pretty\(\)/],
    ["xml", RangeError, /expected one of "json", "text", "logfmt", "pretty", "pino", "ecs", "gelf"/],
    [5, TypeError, /expected one of "json", "text", "logfmt", "pretty", "pino", "ecs", "gelf"/],
    [null, TypeError, /./],
  ],
  "mode": [
    [-1, RangeError, /whole number from 0 to 511/],
    [0o1000, RangeError, /whole number from 0 to 511/],
    [0.5, RangeError, /whole number/],
    ["0644", TypeError, /expected a number, got "0644"/],
  ],
  "lock": [["fcntl", RangeError, /expected one of "flock", "none"/], [
    false,
    TypeError,
    /expected one of "flock", "none"/,
  ]],
  "lockTimeout": durations,
  "rotate": [
    [null, TypeError, /expected an object/],
    ["day", TypeError, /expected an object, got "day"/],
    [true, TypeError, /expected an object, got true/],
  ],
  "rotate.maxBytes": sizes,
  "rotate.every": [
    ["month", RangeError, /expected one of "hour", "day", "week", a number of milliseconds or a text such as "15m", /],
    ["", RangeError, /expected one of "hour", "day", "week"/],
    [0, RangeError, duration],
    [-1, RangeError, duration],
    ["5x", RangeError, duration],
    ["0s", RangeError, duration],
    [true, TypeError, duration],
    [null, TypeError, duration],
  ],
  "rotate.timeZone": [["Europe/Berlin", RangeError, /expected one of "local", "utc"/], [
    0,
    TypeError,
    /"local", "utc"/,
  ]],
  "rotate.naming": [["date", RangeError, /expected one of "timestamp", "numbered"/], [1, TypeError, /"timestamp"/]],
  "rotate.maxFiles": [
    [-1, RangeError, /whole number of 0 or more/],
    [1.5, RangeError, /whole number of 0 or more/],
    [NaN, RangeError, /whole number of 0 or more/],
    ["7", TypeError, /expected a number, got "7"/],
  ],
  "rotate.maxAge": [...durations, [0, RangeError, duration]],
  "rotate.maxTotalBytes": sizes,
  "rotate.compress": [
    ["lz4", RangeError, /expected one of "gzip", "zstd"/],
    [9, TypeError, /expected one of "gzip", "zstd"/],
    [null, TypeError, /expected one of "gzip", "zstd"/],
  ],
};

/** Sets `a.b` or `a[0]` in a copy of an object. */
function withOption(base: object, path: string, value: unknown): object {
  const copy = structuredClone(base) as Record<string, unknown>;
  const names = path.split(/[.[\]]+/).filter((name) => name !== "");
  let at = copy;
  names.forEach((name, index) => {
    if (index === names.length - 1) at[name] = value;
    else at = (at[name] ??= /^\d+$/.test(names[index + 1]) ? [] : {}) as Record<string, unknown>;
  });
  return copy;
}

function shown(value: unknown): string {
  if (typeof value === "function") return "a function";
  if (typeof value === "bigint") return `${value}n`;
  return typeof value === "object"
    ? JSON.stringify(value)
    : typeof value === "string"
    ? JSON.stringify(value)
    : String(value);
}

function checkBad(path: string, [value, error, allowed]: Bad, options: unknown): void {
  const runtime = createMemoryRuntime();
  assert.throws(() => loggerOn(runtime, options as LoggerOptions), (thrown) => {
    assert.ok(thrown instanceof error, String(thrown));
    assert.ok(
      thrown.message.startsWith(`Cannot use option "${path}": `),
      `${thrown.message} does not name "${path}"`,
    );
    assert.match(thrown.message, allowed);
    assert.doesNotMatch(thrown.message, /\.$/);
    return true;
  }, shown(value));
  assert.equal(runtime.fs.openFiles(), 0);
}

describe("bad options throw at once, naming the option and what is allowed:", () => {
  for (const [path, values] of Object.entries(loggerOptions)) {
    it(path, () => {
      for (const bad of values) {
        // The last of the two is the one that is wrong.
        checkBad(path, bad, withOption({ destinations: [logPath] }, path, bad[0]));
      }
    });
  }
  for (const [path, values] of Object.entries(fileOptions)) {
    it(`destinations[1].${path}`, () => {
      for (const bad of values) {
        const destination = withOption({ uri: logPath }, path, bad[0]);
        checkBad(`destinations[1].${path}`, bad, { destinations: [logPath, destination] });
      }
    });
  }

  it("a path that is a scheme without its colon", () => {
    for (const uri of ["stdout", "stderr", "console"]) {
      checkBad("destinations[0].uri", [uri, RangeError, new RegExp(`write "${uri}:" for the stream`)], {
        destinations: [uri],
      });
    }
    assert.equal(loggerOn(createMemoryRuntime(), "./stdout").destinations.names[0], "./stdout");
  });

  it("a second argument with the options, which would go unheard", () => {
    const createLogger = createLoggerFactory(() => createMemoryRuntime()) as (...options: unknown[]) => Logger;
    assert.throws(() => createLogger(logPath, { level: "debug" }), {
      name: "TypeError",
      message: 'Cannot use option "destinations": all options are one object, with destinations in it',
    });
    assert.equal([logPath].map(createLogger).length, 1);
  });

  it("unknown ones", () => {
    const cases: [path: string, options: unknown, known: RegExp][] = [
      ["lvel", { destinations: [logPath], lvel: "info" }, /known are level, fields, destinations, /],
      ["queue.size", { destinations: [logPath], queue: { size: 1 } }, /known are capacity, maxBytes, overflow$/],
      ["destinations[0].rotation", { destinations: [{ uri: logPath, rotation: {} }] }, /known are uri, name, .*rotate/],
      ["destinations[0].rotate.size", { destinations: [{ uri: logPath, rotate: { size: 1 } }] }, /known are maxBytes/],
      ["destinations[0].rotate", { destinations: [{ uri: "stdout:", rotate: {} }] }, /known are uri, name/],
      ["destinations[0].lock", { destinations: [{ uri: "stderr:", lock: "none" }] }, /known are uri, name/],
    ];
    for (const [path, options, known] of cases) {
      assert.throws(() => loggerOn(createMemoryRuntime(), options as LoggerOptions), (error) => {
        assert.ok(error instanceof TypeError);
        assert.ok(error.message.startsWith(`Cannot use option "${path}": there is no such option; `), error.message);
        assert.match(error.message, known);
        return true;
      });
    }
  });

  it("a name that is taken", () => {
    const destinations = [{ uri: logPath, name: "a" }, { uri: "/logs/b.log", name: "a" }];
    assert.throws(
      () => loggerOn(createMemoryRuntime(), { destinations }),
      /^RangeError: Cannot use option "destinations\[1\].name": "a" is taken$/,
    );
  });

  it("no options at all", () => {
    for (const options of [undefined, null, 5, true, [], () => {}, Symbol("s"), 1n]) {
      assert.throws(
        () => loggerOn(createMemoryRuntime(), options as unknown as LoggerOptions),
        /^TypeError: Cannot use option "options": expected an object/,
      );
    }
    assert.throws(() => loggerOn(createMemoryRuntime(), ""), /^RangeError: .*"destinations\[0\].uri": it is empty/);
  });

  it("a rotation that would never come", () => {
    const never =
      /^RangeError: Cannot use option "destinations\[0\].rotate": nothing says when to rotate; set maxBytes or every$/;
    for (
      const rotate of [
        {},
        { maxFiles: 3 },
        { maxAge: "30d", maxTotalBytes: "1GB", compress: true, naming: "numbered" },
        { maxBytes: undefined, every: undefined },
        { maxBytes: Infinity },
        { every: Infinity },
        { timeZone: "utc" },
      ] as RotateOptions[]
    ) {
      assert.throws(() => loggerOn(createMemoryRuntime(), { destinations: [{ uri: logPath, rotate }] }), never);
    }
  });

  it("a compression that the runtime does not have", () => {
    const runtime = { ...createMemoryRuntime(), compressor: () => undefined };
    assert.throws(
      () => loggerOn(runtime, { destinations: [{ uri: logPath, rotate: { compress: "zstd" } }] }),
      /^RangeError: Cannot use option "destinations\[0\].rotate.compress": this version of memory has no zstd$/,
    );
  });

  it("a URI of a registered scheme that is none", () => {
    const { uri } = testBackend();
    assert.throws(
      () => loggerOn(createMemoryRuntime(), `${uri}//[bad`),
      /^TypeError: Cannot use option "destinations\[0\].uri": .* is not a valid URI$/,
    );
  });

  it("whatever the factory of a registered scheme throws, or makes", () => {
    registerBackend("picky", (_, options) => {
      throw new RangeError(`Cannot use option "size" of ${options.uri}: too small`);
    });
    assert.throws(() => loggerOn(createMemoryRuntime(), "picky:"), /^RangeError: Cannot use option "size" of picky:/);
    for (const made of [undefined, null, {}, 5]) {
      registerBackend("empty", () => made as never);
      assert.throws(
        () => loggerOn(createMemoryRuntime(), "empty:"),
        /^TypeError: Cannot use option "destinations\[0\].uri": the backend registered for "empty:" has no write method$/,
      );
    }
  });

  it("with createLogger of the runtime as well", () => {
    assert.throws(() => createLogger({ destinations: ["x.log"], level: "loud" as "info" }), RangeError);
    assert.throws(() => createLogger("nope:x"), TypeError);
    assert.throws(() => createLogger("a\0b"), RangeError);
  });
});

describe("a createLogger that failed", () => {
  it("leaves nothing behind", async () => {
    const runtime = createMemoryRuntime();
    let listeners = 0;
    let timers = 0;
    const watched: typeof runtime = {
      ...runtime,
      onExit: (callback: () => void) => (listeners++, runtime.onExit(callback)),
      setTimer: (callback, milliseconds) => (timers++, runtime.setTimer(callback, milliseconds)),
    };
    const good = testBackend();
    const grumpy = testBackend(() => {}, { close: () => Promise.reject(new Error("no")) });
    const angry = testBackend(() => {}, {
      close: () => {
        throw new Error("no");
      },
    });
    const destinations = [logPath, good.uri, grumpy.uri, angry.uri, "nope:x"];
    assert.throws(
      () => loggerOn(watched, { destinations, onError: () => {} }),
      /unknown scheme "nope:"/,
    );
    await settle();
    assert.deepEqual({ listeners, timers }, { listeners: 0, timers: 0 });
    assert.equal(good.closes(), 1);
    assert.equal(runtime.fs.openFiles(), 0);
    assert.equal(runtime.fs.calls().stat("/logs"), undefined);
    assert.equal(runtime.clock.nextDue, undefined);
  });
});

describe("good options", () => {
  const good: Record<string, Partial<LoggerOptions>> = {
    "a string as destination": { destinations: [logPath, "stdout:", "stderr:", "STDOUT:"] },
    "limits as numbers and texts": {
      destinations: [{
        uri: logPath,
        mode: 0o600,
        lock: "none",
        lockTimeout: 0,
        rotate: {
          maxBytes: "1.5MiB",
          every: "90m",
          maxFiles: Infinity,
          maxAge: "30d",
          maxTotalBytes: 1e9,
          compress: true,
          naming: "numbered",
          timeZone: "utc",
        },
      }],
      queue: { capacity: 1, maxBytes: "10 MB", overflow: "block" },
      flushInterval: 0,
    },
    "kilobytes either way, terabytes, and a wait with a unit": {
      destinations: [{ uri: logPath, rotate: { maxBytes: "64KB", maxTotalBytes: "0.5TiB" } }],
      queue: { maxBytes: "64kB" },
      flushInterval: "10ms",
    },
    "no limits": {
      destinations: [{ uri: logPath, rotate: { every: "day", maxFiles: 0, compress: false } }],
      queue: {},
    },
    "what is undefined counts as absent": {
      destinations: [{ uri: logPath, name: undefined, rotate: undefined, filter: undefined, format: undefined }],
      level: undefined,
      sampler: undefined,
      onError: undefined,
    },
    "off": { level: "off", destinations: [{ uri: logPath, level: "off", enabled: false }] },
  };
  for (const [name, options] of Object.entries(good)) {
    it(name, async () => {
      await loggerOn(createMemoryRuntime(), options as LoggerOptions).close();
    });
  }

  it("file URIs name the file they say", async () => {
    const cases = {
      "file:///logs/a.log": "/logs/a.log",
      "file:/logs/b.log": "/logs/b.log",
      "FILE://localhost/logs/c%20d.log": "/logs/c d.log",
      "file:e.log": "/e.log",
      "f.log": "/f.log",
      "g h%20#?.log": "/g h%20#?.log",
      "/logs/i:j.log": "/logs/i:j.log",
      "./k:l": "/./k:l",
    };
    for (const [uri, path] of Object.entries(cases)) {
      const runtime = createMemoryRuntime();
      const log = loggerOn(runtime, uri);
      log.info("x");
      await log.close();
      assert.ok(runtime.fs.readText(path).includes('"msg":"x"'), uri);
    }
  });
});

describe("registerBackend", () => {
  const factory = () => ({ supportsAtomic: true, write: () => {} });
  it("refuses what is no scheme, and those of the library", () => {
    for (const scheme of ["", "a", "A1", "1a", "a b", "a:", 5, null]) {
      assert.throws(() => registerBackend(scheme as string, factory), /^TypeError: Cannot register backend/);
    }
    for (const scheme of ["file", "stdout", "stderr"]) {
      assert.throws(() => registerBackend(scheme, factory), /the scheme is the library's own/);
    }
    assert.throws(() => registerBackend("abc", {} as never), /expected a function, got object/);
  });

  it("takes schemes with digits and signs", () => {
    registerBackend("a1+b-c.d", factory);
    loggerOn(createMemoryRuntime(), "a1+b-c.d://x");
    loggerOn(createMemoryRuntime(), "A1+B-C.D://x");
  });
});
