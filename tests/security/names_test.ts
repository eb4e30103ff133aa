import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ErrorReporter } from "../../src/error_reporter.ts";
import { pathOfFileUri } from "../../src/file/file_options.ts";
import { parseRotatedName } from "../../src/file/rotated_name.ts";
import type { OutputStream } from "../../src/runtime.ts";
import { shownUri } from "../../src/shown_uri.ts";
import { show } from "../../src/validate.ts";
import { memoryLogger } from "../logger/harness.ts";
import { createMemoryRuntime } from "../support/memory_runtime.ts";

describe("a file URI", () => {
  const path = (uri: string) => pathOfFileUri(uri, "destination");

  it("is decoded once", () => {
    assert.equal(path("file:///logs/a%20b.log"), "/logs/a b.log");
    assert.equal(path("file:///logs/%2e%2e/b.log"), "/logs/../b.log");
    assert.equal(path("file:///logs/%252e%252e/b.log"), "/logs/%2e%2e/b.log");
    assert.equal(path("file://localhost/logs/b.log"), "/logs/b.log");
  });

  for (
    const uri of [
      "file:///logs/a%2fb.log",
      "file:///logs/..%2F..%2Fetc%2Fpasswd",
      "file:///logs/a%5cb.log",
      "file:///logs/a%00.log",
      "file:///logs/a%zz.log",
      "file:///logs/a.log?mode=0777",
      "file:///logs/a.log#x",
      "file://elsewhere/logs/a.log",
      "file:////elsewhere/logs/a.log",
      "file://",
      "file:",
    ]
  ) {
    it(`${uri} is refused`, () =>
      assert.throws(() => path(uri), /^RangeError: Cannot use option "destination\.uri": /));
  }

  it("with a NUL character is refused, and so is a path", () => {
    for (const uri of ["file:///logs/a\0b.log", "/logs/a\0b.log"]) {
      assert.throws(() => memoryLogger({ file: { uri } }), /NUL character/);
    }
  });
});

describe("a name in the directory of the log", () => {
  const stamp = "20261123T110215.123Z-000";

  it("is ours only if all of it is as we make it", () => {
    assert.ok(parseRotatedName(`app.log.${stamp}`, "app.log", "timestamp"));
    for (
      const name of [
        `app.log.${stamp}/../../x`,
        `app.log.${stamp}\n`,
        `app.log.${stamp}\n.gz`,
        `app.log.\n${stamp}`,
        `app.log.${stamp}.gz.gz`,
        `app.log.${stamp}\x1b[2J`,
        `\napp.log.${stamp}`,
        "app.log.99999999T999999.999Z-999",
        "app.log.22500101T000000.000Z-000",
      ]
    ) {
      assert.equal(parseRotatedName(name, "app.log", "timestamp"), undefined, JSON.stringify(name));
    }
    for (
      const name of ["app.log.1\n", "app.log.\n1", "app.log.1/../2", "app.log.-1", "app.log.1e3", "app.log.99999999"]
    ) {
      assert.equal(parseRotatedName(name, "app.log", "numbered"), undefined, JSON.stringify(name));
    }
  });
});

const hostile = 'a\n\x1b[2J\r\x85\u2028\u202e\u2066\ud800"';
// deno-lint-ignore no-control-regex -- that is what must not be there
const CONTROLS = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]/;

describe("a hostile name", () => {
  it("is escaped where options show it", () => {
    assert.doesNotMatch(show(hostile), CONTROLS);
    assert.throws(
      () => memoryLogger({ file: { level: hostile as "info" } }),
      (error: Error) => !CONTROLS.test(error.message),
    );
  });

  it("is one short line on standard error", () => {
    const written: string[] = [];
    const runtime = createMemoryRuntime();
    const reporter = new ErrorReporter({
      ...runtime,
      monotonic: () => 0,
      output: () => ({
        isTerminal: true,
        columns: () => 80,
        write: (bytes: Uint8Array) => written.push(new TextDecoder().decode(bytes)) && bytes.length,
      } as OutputStream),
    }, undefined);
    reporter.report(new Error(`Cannot write to destination "${hostile}"`));
    reporter.report(new Error("x".repeat(1_000_000)));
    assert.equal(written.length, 2);
    for (const line of written) {
      assert.ok(line.endsWith("\n") && line.length < 3_000);
      assert.doesNotMatch(line.slice(0, -1).replaceAll("\ufffd", ""), CONTROLS);
    }
  });
});

describe("a URI as it is shown", () => {
  for (
    const [uri, shown] of [
      ["/logs/app.log", "/logs/app.log"],
      ["C:\\logs\\app.log", "C:\\logs\\app.log"],
      ["file:///logs/a%20b.log", "file:///logs/a%20b.log"],
      ["stdout:", "stdout:"],
      ["vault://host:1/path", "vault://host:1/path"],
      ["vault://user:hunter2@host:1/path?token=hunter2#hunter2", "vault://host:1/path"],
      ["vault://hunter2@host/path", "vault://host/path"],
      ["vault://:hunter2@host", "vault://host"],
      ["https://user:hunter2@host/", "https://host/"],
      ["https:user:hunter2@host", "https://host/"],
      ["https:/\\user:hunter2@host/x", "https://host/x"],
      ["vault://user:hun/ter2@host", "vault:..."],
      ["vault://user:hunter2?@host", "vault:..."],
      ["vault://us er:hunter2@ho st", "vault:..."],
      ["vault:?token=hunter2", "vault:"],
    ] as const
  ) it(`${uri}: ${shown}`, () => assert.equal(shownUri(uri), shown));
});
