import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseStack, type StackFrame } from "../../src/pipeline/stack_frames.ts";

/** One line as each engine writes it. */
const v8: readonly (readonly [line: string, frame: StackFrame])[] = [
  ["at load (file:///app/main.ts:3:9)", { function: "load", file: "file:///app/main.ts", line: 3, column: 9 }],
  ["at file:///app/main.ts:3:9", { file: "file:///app/main.ts", line: 3, column: 9 }],
  ["at async load (/app/main.js:3:9)", { function: "load", file: "/app/main.js", line: 3, column: 9 }],
  ["at async file:///app/main.ts:5:7", { file: "file:///app/main.ts", line: 5, column: 7 }],
  ["at new Pool (/app/pool.js:1:2)", { function: "new Pool", file: "/app/pool.js", line: 1, column: 2 }],
  ["at Pool.get [as take] (/a.js:1:2)", { function: "Pool.get [as take]", file: "/a.js", line: 1, column: 2 }],
  ["at Pool.#grow (/a.js:1:2)", { function: "Pool.#grow", file: "/a.js", line: 1, column: 2 }],
  ["at Array.map (<anonymous>)", { function: "Array.map" }],
  ["at <anonymous> (/app/a.ts:4:56)", { file: "/app/a.ts", line: 4, column: 56 }],
  ["at map (native:1:11)", { function: "map" }],
  ["at parse (unknown)", { function: "parse" }],
  ["at <parse> (:0)", { function: "<parse>" }],
  ["at async Promise.all (index 3)", { function: "Promise.all (index 3)" }],
  ["at run (C:\\app\\my file (2).js:10:20)", {
    function: "run",
    file: "C:\\app\\my file (2).js",
    line: 10,
    column: 20,
  }],
  ["at https://example.com:8080/a.js:1:2", { file: "https://example.com:8080/a.js", line: 1, column: 2 }],
  ["at node:internal/main:12:34", { file: "node:internal/main", line: 12, column: 34 }],
  ["at eval (eval at f (file:///a.js:6:7), <anonymous>:3:6)", {
    function: "eval",
    file: "eval at f (file:///a.js:6:7), <anonymous>",
    line: 3,
    column: 6,
  }],
  ["at f (wasm://wasm/7e4a2c:wasm-function[12]:0x1f)", {
    function: "f",
    file: "wasm://wasm/7e4a2c:wasm-function[12]:0x1f",
  }],
];

const javaScriptCore: readonly (readonly [line: string, frame: StackFrame])[] = [
  ["load@file:///app/main.js:3:9", { function: "load", file: "file:///app/main.js", line: 3, column: 9 }],
  ["@file:///app/main.js:3:9", { file: "file:///app/main.js", line: 3, column: 9 }],
  ["file:///app/main.js:3:9", { file: "file:///app/main.js", line: 3, column: 9 }],
  ["module code@/app/main.js:3:9", { function: "module code", file: "/app/main.js", line: 3, column: 9 }],
  ["get@/node_modules/@scope/a.js:1:2", { function: "get", file: "/node_modules/@scope/a.js", line: 1, column: 2 }],
  ["/node_modules/@scope/a.js:1:2", { file: "/node_modules/@scope/a.js", line: 1, column: 2 }],
  ["map@[native code]", { function: "map" }],
];

describe("parseStack()", () => {
  for (const [line, frame] of v8) {
    it(`reads "${line}"`, () => assert.deepEqual(parseStack(`Error: m\n    ${line}`), [frame]));
  }
  for (const [line, frame] of javaScriptCore) it(`reads "${line}"`, () => assert.deepEqual(parseStack(line), [frame]));

  it("reads whole stacks", () => {
    const text = (frames: typeof v8, before: string) => frames.map(([line]) => before + line).join("\n");
    const frames = (lines: typeof v8) => lines.map(([, frame]) => frame);
    assert.deepEqual(parseStack(`Error: m\n${text(v8, "    ")}`), frames(v8));
    assert.deepEqual(parseStack(text(javaScriptCore, "") + "\n"), frames(javaScriptCore));
  });

  it("takes nothing of the message for a call", () => {
    const message = "first\n    at second (file.js:2:2)";
    const stack = `Error: ${message}\n    at real (file.js:1:1)`;
    assert.deepEqual(parseStack(stack, { message }).map((frame) => frame.function), ["real"]);
    assert.deepEqual(parseStack("Error: mail to a@b.example:1:2\n    at real (file.js:1:1)"), [
      { function: "real", file: "file.js", line: 1, column: 1 },
    ]);
  });

  it("finds nothing where there is nothing", () => {
    for (const stack of ["", "\n", "Error: m", "Error: m\nsome words\n\n"]) assert.deepEqual(parseStack(stack), []);
  });

  it("stops at a limit", () => {
    const stack = `Error\n${"    at f (a.js:1:1)\n".repeat(5000)}`;
    assert.equal(parseStack(stack).length, 1000);
    assert.equal(parseStack(stack, { limit: 3 }).length, 3);
  });

  it("reads the stack of this runtime", () => {
    function outer(): never {
      throw new RangeError("m");
    }
    let stack: string | undefined;
    try {
      outer();
    } catch (error) {
      stack = (error as Error).stack;
    }
    const [first] = parseStack(stack ?? "", { message: "m" });
    assert.match(first?.function ?? "", /outer$/);
    assert.match(first?.file ?? "", /error_stack_frames_test\.ts$/);
  });
});
