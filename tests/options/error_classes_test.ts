import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import * as main from "../../mod.ts";
import * as core from "../../src/mod.ts";
import * as otlp from "../../otlp.ts";
import { projectRoot } from "../support/binaries.ts";

/** The entry points that export errors, by the directory whose errors they are; the longest one counts. */
const entryPoints: readonly (readonly [directory: string, exports: readonly object[]])[] = [
  ["src/backends/otlp/", [otlp]],
  ["src/", [main, core]],
  ["adapters/", [main, core]],
];

describe("every class of errors that a program can meet", () => {
  const files = globSync(["src/**/*.ts", "adapters/**/*.ts"], { cwd: projectRoot });
  const classes = files.flatMap((file) =>
    [
      ...readFileSync(join(projectRoot, file), "utf8").matchAll(
        /^\s*(?:export )?class (\w+)(?:<.*>)? extends (\w*Error)\b/gm,
      ),
    ]
      .map(([, name = ""]) => ({ file: file.replaceAll("\\", "/"), name }))
  );

  it("is found", () => {
    assert.ok(files.length > 200);
    assert.ok(classes.some(({ name }) => name === "DestinationError"));
    assert.ok(classes.some(({ name }) => name === "OtlpError"));
  });

  for (const { file, name } of classes) {
    it(`is exported: ${name}`, () => {
      const [, exports = []] = entryPoints.find(([directory]) => file.startsWith(directory)) ?? [];
      assert.ok(exports.length > 0, file);
      for (const each of exports) assert.ok(name in each, `${name} of ${file}`);
    });
  }
});
