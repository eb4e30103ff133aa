import assert from "node:assert/strict";
import { join } from "node:path";
import { before, describe, it } from "node:test";
import ts from "typescript";
import { projectRoot } from "../support/binaries.ts";

/** A file that exists for the compiler only. In each case `^` is where the cursor stands. */
const file = join(projectRoot, "language_service_virtual.ts");

const head =
  'import { configure, createLogger, type DestinationInput, type Logger, type LoggerOptions } from "./mod.ts";\n' +
  "declare const log: Logger;\ndeclare const path: string;\ndeclare const list: DestinationInput[];\ndeclare const options: LoggerOptions;\n";

const compilerOptions: ts.CompilerOptions = {
  strict: true,
  noEmit: true,
  allowImportingTsExtensions: true,
  target: ts.ScriptTarget.ESNext,
  module: ts.ModuleKind.ESNext,
  moduleResolution: ts.ModuleResolutionKind.Bundler,
  lib: ["lib.esnext.d.ts", "lib.dom.d.ts"],
  types: [],
  skipLibCheck: true,
};

/** What an editor shows: one program for all cases, since to load one takes seconds. */
class Editor {
  readonly #service: ts.LanguageService;
  readonly #cases = new Map<string, { readonly start: number; readonly end: number; readonly cursor: number }>();
  #diagnostics: readonly ts.Diagnostic[] | undefined;

  constructor(cases: readonly string[]) {
    let text = head;
    for (const code of cases) {
      const start = text.length;
      // A function of its own, so that an error in one case does not reach the next.
      const line = `() => { ${code} };\n`;
      text += line.replace("^", "");
      this.#cases.set(code, { start, end: text.length, cursor: start + line.indexOf("^") });
    }
    const read = (name: string) => name === file ? text : ts.sys.readFile(name);
    this.#service = ts.createLanguageService({
      getScriptFileNames: () => [file],
      getScriptVersion: () => "1",
      getScriptSnapshot: (name) => {
        const content = read(name);
        return content === undefined ? undefined : ts.ScriptSnapshot.fromString(content);
      },
      getCurrentDirectory: () => projectRoot,
      getCompilationSettings: () => compilerOptions,
      getDefaultLibFileName: ts.getDefaultLibFilePath,
      fileExists: (name) => name === file || ts.sys.fileExists(name),
      readFile: read,
    });
  }

  hover(code: string): { readonly text: string; readonly documentation: string } {
    const info = this.#service.getQuickInfoAtPosition(file, this.#at(code).cursor);
    return {
      text: ts.displayPartsToString(info?.displayParts),
      documentation: ts.displayPartsToString(info?.documentation),
    };
  }

  completions(code: string): string[] {
    const list = this.#service.getCompletionsAtPosition(file, this.#at(code).cursor, {});
    return (list?.entries ?? []).map(({ name }) => name);
  }

  errors(code: string): string[] {
    this.#diagnostics ??= this.#service.getSemanticDiagnostics(file);
    const { start, end } = this.#at(code);
    return this.#diagnostics
      .filter((found) => found.start !== undefined && found.start >= start && found.start < end)
      .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, "\n"));
  }

  #at(code: string) {
    const found = this.#cases.get(code);
    assert.ok(found !== undefined, code);
    return found;
  }
}

const create = (destination: string): string => `createLogger({ destinations: [${destination}] });`;

const documented: readonly string[] = [
  ...[
    '{ ^uri: "app.log", mode: 0o600 }',
    '{ uri: "app.log", ^name: "main" }',
    '{ uri: "app.log", ^level: "warn" }',
    '{ uri: "app.log", ^enabled: true }',
    '{ uri: "app.log", ^format: "text" }',
    '{ uri: "app.log", ^fallback: "stderr:" }',
    '{ uri: "app.log", fallback: { uri: "spare.log", ^level: "warn" } }',
    '{ uri: "app.log", ^queue: { maxBytes: 1 } }',
    '{ uri: "app.log", queue: { ^maxBytes: 1 } }',
    '{ uri: "app.log", queue: { ^overflow: "drop" } }',
    '{ uri: "app.log", retry: { ^firstPause: 1 } }',
    '{ uri: "app.log", circuitBreaker: { ^failures: 1 } }',
    '{ uri: "app.log", ^closeTimeout: 1 }',
    '{ uri: "app.log", ^redact: { keys: ["a"] } }',
    '{ uri: "app.log", redact: { ^keys: ["a"] } }',
    '{ uri: "app.log", ^filter: () => true }',
    '{ uri: "app.log", ^middleware: [] }',
    '{ uri: "app.log", ^durability: "disk" }',
    '{ uri: "app.log", ^mode: 0o600 }',
    '{ uri: "app.log", ^lock: "none" }',
    '{ uri: "app.log", ^rotate: { maxBytes: 1 } }',
    ...["maxBytes: 1", 'every: "day"', 'timeZone: "utc"', 'naming: "numbered"', "maxFiles: 1", "maxAge: 1"].map(
      (option) => `{ uri: "app.log", rotate: { ^${option} } }`,
    ),
    '{ uri: "app.log", rotate: { ^maxTotalBytes: 1 } }',
    '{ uri: "app.log", rotate: { ^compress: true } }',
    '{ uri: "console:", ^stderrFrom: "warn" }',
    '{ uri: "syslog+tls://host", ^tls: {} }',
    '{ uri: "otlp+http://host", otlp: { ^timeout: 1 } }',
    '"app.log", { uri: "stdout:", level: "warn" }, { uri: "b.log", ^rotate: { every: "day" } }',
    '{ uri: path, ^rotate: { every: "day" } }',
    '{ uri: "nats://host", subject: "x", ^level: "warn" }',
    '{ ^level: "warn" }',
  ].map(create),
  ...[
    "fields: {}",
    'level: "info"',
    'format: "json"',
    "queue: {}",
    "redact: {}",
    "flushInterval: 1",
    "flushOnSignal: true",
    "closeTimeout: 1",
    "onError: () => {}",
  ].map((option) => `createLogger({ ^${option}, destinations: ["app.log"] });`),
  'createLogger({ ^destinations: ["app.log"] });',
  'configure({ ^levels: {}, destinations: ["app.log"] });',
  'configure({ destinations: [{ uri: "app.log", rotate: { ^every: "day" } }] });',
  'log.destinations.add({ uri: "app.log", rotate: { ^every: "day" } });',
  'log.update({ destinations: [{ uri: "app.log", rotate: { ^every: "day" } }] });',
];

const completed: readonly (readonly [code: string, ...names: readonly string[]])[] = [
  [create('{ uri: "app.log", rotate: { every: "^" } }'), "hour", "day", "week"],
  [create('{ rotate: { every: "^" } }'), "hour", "day", "week"],
  ['configure({ destinations: [{ uri: "app.log", rotate: { every: "^" } }] });', "hour", "day", "week"],
  ['log.destinations.add({ uri: "app.log", rotate: { every: "^" } });', "hour", "day", "week"],
  [create('{ uri: "app.log", level: "^" }'), "trace", "debug", "info", "warn", "error", "fatal", "off"],
  ['createLogger({ level: "^", destinations: ["app.log"] });', "trace", "debug", "info", "warn", "error", "fatal"],
  [create('{ uri: "app.log", format: "^" }'), "json", "text", "logfmt", "pretty", "pino", "ecs", "gelf"],
  [create('{ uri: "app.log", rotate: { compress: "^" } }'), "gzip", "zstd"],
  [create('{ uri: "app.log", rotate: { naming: "^" } }'), "timestamp", "numbered"],
  [create('{ uri: "app.log", rotate: { ^ } }'), "maxBytes", "every", "naming", "maxFiles", "compress"],
  [create('{ uri: "app.log", ^ }'), "level", "format", "rotate", "durability", "queue", "redact", "fallback"],
  [create("{ ^ }"), "uri", "backend", "level", "rotate", "stderrFrom", "otlp", "tls"],
  ["createLogger({ ^ });", "destinations", "level", "fields", "queue"],
];

/** What is wrong, and the name that the message must have. */
const refused: readonly (readonly [code: string, name: string])[] = [
  [create('{ uri: "app.log", rotate: { every: "daily" } }'), "daily"],
  [create('{ uri: "app.log", rotat: { maxBytes: 1 } }'), "rotat"],
  [create("{ uri: path, rotat: { maxBytes: 1 } }"), "rotat"],
  [create('{ uri: "app.log", rotate: { maxBytes: 1, maxfiles: 1 } }'), "maxfiles"],
  [create('{ uri: "app.log", queue: { capacity: 5 } }'), "capacity"],
  [create('{ uri: "app.log", fallback: { uri: "b.log", levle: "warn" } }'), "levle"],
  [create('{ uri: "app.log", hostname: "x" }'), "hostname"],
  [create('{ uri: "stdout:", rotate: { maxBytes: 1 } }'), "rotate"],
  [create('{ uri: "app.log", mode: 1 }, { uri: "stdout:", mode: 1 }'), "mode"],
  [create('{ uri: "app.log", level: "loud" }'), "loud"],
  ['createLogger({ colour: true, destinations: ["app.log"] });', "colour"],
  ['configure({ destinations: [{ uri: "stdout:", rotate: { maxBytes: 1 } }] });', "rotate"],
  ['log.destinations.add({ uri: "app.log", rotat: { maxBytes: 1 } });', "rotat"],
];

const allowed: readonly string[] = [
  '{ uri: new URL("file:///a.log"), mode: 0o600 }, { uri: "b.log", mode: 0o600 }',
  '{ uri: "b.log", mode: 0o600 }, { uri: new URL("file:///a.log"), mode: 0o600 }, new URL("stdout:")',
  '{ uri: path, mode: 0o600 }, { uri: "stdout:", format: "text" }',
  '{ uri: "nats://host", subject: "x" }, { uri: "app.log", filter: (record) => record.level === "info" }',
].map(create).concat("createLogger({ destinations: list });", 'createLogger({ ...options, level: "warn" });');

describe("what an editor shows", () => {
  const method = 'log.^info("x");';
  let editor: Editor;
  before(() => {
    editor = new Editor([
      ...documented,
      ...completed.map(([code]) => code),
      ...refused.map(([code]) => code),
      ...allowed,
      method,
    ]);
  });

  it("has the documentation of each option", () => {
    const without = documented.filter((code) => editor.hover(code).documentation === "");
    assert.deepEqual(without, []);
  });

  it("offers the options, and the words that each takes", () => {
    for (const [code, ...names] of completed) {
      const offered = editor.completions(code);
      assert.deepEqual(names.filter((name) => !offered.includes(name)), [], code);
    }
  });

  it("offers neither options of other schemes nor properties of a URL", () => {
    const offered = editor.completions(create('{ uri: "app.log", ^ }'));
    assert.deepEqual(offered.filter((name) => ["stderrFrom", "otlp", "tls", "hostname", "href"].includes(name)), []);
  });

  it("names what is wrong", () => {
    for (const [code, name] of refused) {
      const errors = editor.errors(code);
      assert.equal(errors.length, 1, code);
      assert.match(errors[0] as string, new RegExp(`'"?${name}"?'`));
      assert.doesNotMatch(errors[0] as string, /\bnever\b/);
    }
  });

  it("refuses nothing that runs", () => {
    for (const code of allowed) assert.deepEqual(editor.errors(code), [], code);
  });

  it("has the documentation and the overloads of a log method", () => {
    const { text, documentation } = editor.hover(method);
    assert.match(documentation, /^Logs a text with fields/);
    assert.match(text, /overloads\)/);
  });
});
