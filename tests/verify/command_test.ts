import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { describe, it } from "node:test";
import { start } from "../adapters/programs.ts";
import { inDirectory } from "../logger/harness.ts";
import { node24 } from "../support/binaries.ts";
import { currentRuntime } from "../support/spawn.ts";
import { runVerify } from "../../verify_cli.ts";
import { fileOf, KEY, LogWriter } from "./support.ts";

/** Runs the command as a program of this runtime. */
async function command(args: readonly string[], executable?: string) {
  const { code, stdout, stderr } = await start(currentRuntime, "../../verify_cli.ts", { args, executable }).ended;
  return { code, stdout, stderr };
}

/** Calls a test with a log of ten records in a directory of its own, and with its lines. */
function withTenRecords(test: (path: string, lines: readonly string[]) => Promise<void>): Promise<void> {
  return inDirectory(async (directory) => {
    const writer = new LogWriter();
    for (let n = 0; n < 10; n++) writer.log(0);
    const path = join(directory, "app.log");
    writeFileSync(path, fileOf(writer.lines));
    await test(path, writer.lines.map(({ text }) => text));
  });
}

describe(`the command on ${currentRuntime}`, { timeout: 60_000 }, () => {
  it("ends with 0 when all is well, and says what it has read", () =>
    withTenRecords(async (path) => {
      const { code, stdout, stderr } = await command([path]);
      assert.deepEqual([code, stderr], [0, ""]);
      assert.match(
        stdout,
        /app\.log: 1 file, 10 lines, [\d,]+ bytes\n10 records in 1 stream\n {2}pid 100 writer [\w-]{8}: 1 to 10\nok\n$/,
      );
    }));

  it("ends with 1 when there is a problem, and says where", () =>
    withTenRecords(async (path, lines) => {
      const key = `${path}.key`;
      writeFileSync(key, `${KEY}\n`);
      writeFileSync(path, fileOf([...lines.toSpliced(5, 2), '{"msg":"cut']));
      const { code, stdout } = await command([path, "--key-file", key]);
      assert.equal(code, 1);
      assert.match(stdout, /\napp\.log:6: 2 records missing between 5 and 8, removed \(pid 100 writer [\w-]{8}\)\n/);
      assert.match(stdout, /\napp\.log:9: no record, 11 bytes\nnot ok: 1 gap, 2 missing records, 1 fragment\n$/);
    }));

  it("ends with 2 when there is no log, and when it is asked for what it does not know", () =>
    withTenRecords(async (path) => {
      const missing = await command([`${path}-none`]);
      assert.deepEqual([missing.code, missing.stdout], [2, ""]);
      assert.match(missing.stderr, /there is no such log\n$/);
      for (const args of [[], [path, path], [path, "--key", KEY], [path, "--key-file", `${path}-none`]]) {
        const { code, stdout, stderr } = await command(args);
        assert.deepEqual([code, stdout], [2, ""]);
        assert.ok(stderr.length > 0 && !stderr.includes(KEY), stderr);
      }
    }));

  it(
    "runs on Node 24",
    { skip: currentRuntime === "node" ? false : "that is for Node" },
    () => withTenRecords(async (path) => assert.equal((await command([path], node24())).code, 0)),
  );
});

describe("runVerify()", () => {
  async function run(args: readonly string[]) {
    let [printed, complaint] = ["", ""];
    const output = {
      print: (text: string) => void (printed += text),
      complain: (text: string) => void (complaint += text),
    };
    return { code: await runVerify(args, output), printed, complaint };
  }

  it("takes the key from the environment or from a file, and prints it nowhere", () =>
    withTenRecords(async (path, lines) => {
      writeFileSync(path, fileOf(lines.with(3, (lines[3] as string).replace("hello", "jello"))));
      process.env.OMNI_VERIFY_KEY = KEY;
      for (const [name, ending] of [["", ""], ["unix", "\n"], ["dos", "\r\n"]] as const) {
        writeFileSync(`${path}.key`, KEY + ending);
        const { code, printed } = await run(
          name === "" ? [path, "--key-env", "OMNI_VERIFY_KEY"] : [path, "--key-file", `${path}.key`],
        );
        assert.equal(code, 1);
        assert.match(printed, /app\.log:4: record 4 is not what was logged/);
        assert.ok(!printed.includes(KEY));
      }
      delete process.env.OMNI_VERIFY_KEY;
      assert.match(
        (await run([path, "--key-env", "OMNI_VERIFY_KEY"])).complaint,
        /^Cannot use --key-env: the environment has no/,
      );
      assert.equal((await run([path])).code, 0);
    }));

  it("prints the report as JSON, which serves as anchors the next time", () =>
    withTenRecords(async (path, lines) => {
      const { code, printed } = await run([path, "--json"]);
      assert.equal(code, 0);
      assert.deepEqual(JSON.parse(printed).streams[0].last, 10);
      writeFileSync(`${path}.report`, printed);
      assert.equal((await run([path, "--anchors", `${path}.report`])).code, 0);
      writeFileSync(path, fileOf(lines.slice(0, 9)));
      const cut = await run([path, "--anchors", `${path}.report`]);
      assert.deepEqual([cut.code], [1]);
      assert.match(cut.printed, /the end is missing: 9 is the last, 10 was seen before/);
      writeFileSync(`${path}.report`, "{}");
      assert.match((await run([path, "--anchors", `${path}.report`])).complaint, /the file holds no report/);
    }));

  it("takes --complete and --naming", () =>
    withTenRecords(async (path, lines) => {
      writeFileSync(path, fileOf(lines.slice(5)));
      writeFileSync(`${path}.1`, fileOf(lines.slice(0, 5)));
      assert.equal((await run([path, "--complete"])).code, 0);
      assert.equal((await run([path, "--complete", "--naming", "timestamp"])).code, 1);
      assert.equal((await run([path, "--naming", "other"])).code, 2);
      assert.match((await run(["--help"])).printed, /^usage: /);
    }));

  it("lets no control character through to the terminal", () =>
    withTenRecords(async (path) => {
      const odd = `${path}\u001b[2J`;
      writeFileSync(odd, `${readFileSync(path, "utf8")}{"pid":1,"writer":"\\u001b","seq":1}\n\u001b`);
      const { code, printed } = await run([odd]);
      assert.equal(code, 1);
      // deno-lint-ignore no-control-regex
      assert.doesNotMatch(printed, /[\u0000-\u0009\u000b-\u001f]/);
    }));
});
