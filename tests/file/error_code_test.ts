import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { isDiskFull } from "../../src/file/disk_full.ts";
import { errorCode } from "../../src/runtime.ts";

/** An error as a runtime makes it. */
function errorOf(message: string, properties: object = {}): Error {
  return Object.assign(new Error(message), properties);
}

/** Errors as the runtimes make them for a quota that is used up, on Linux and on macOS. */
const quota: readonly [string, Error][] = [
  ["Node at once", errorOf("UNKNOWN: unknown error, write", { code: "UNKNOWN", errno: -122, syscall: "write" })],
  [
    "Node in the background",
    errorOf("Unknown system error -122: Unknown system error -122, write", {
      code: "Unknown system error -122",
      errno: -122,
      syscall: "write",
    }),
  ],
  ["Node without a number", errorOf("Unknown system error -122: Unknown system error -122, write")],
  ["Node on macOS", errorOf("UNKNOWN: unknown error, write", { code: "UNKNOWN", errno: -69 })],
  ["Bun", errorOf("EDQUOT: unknown error, write", { code: "EDQUOT", errno: -122 })],
  ["Deno", errorOf("Disk quota exceeded (os error 122)")],
  ["Deno for a path", errorOf("Disk quota exceeded (os error 122): open '/logs/app.log'")],
  ["Deno on macOS", errorOf("Disc quota exceeded (os error 69)")],
];

describe("the code of an error", () => {
  for (const [who, error] of quota) {
    it(`is EDQUOT for a quota that is used up, as ${who} tells it, and that is a full disk`, () => {
      assert.equal(errorCode(error), "EDQUOT");
      assert.ok(isDiskFull(error));
    });
  }

  it("is what the runtime says where it says it, whatever the number", () => {
    assert.equal(errorCode(errorOf("no", { code: "EACCES", errno: -122 })), "EACCES");
    assert.equal(errorCode(errorOf("no", { code: "EMSGSIZE", errno: 40 })), "EMSGSIZE");
  });

  it("is found by the number where the runtime has none for it", () => {
    assert.equal(errorCode(errorOf("File too large (os error 27)")), "EFBIG");
    assert.equal(errorCode(errorOf("No space left on device (os error 28)")), "ENOSPC");
    assert.equal(isDiskFull(errorOf("File too large (os error 27)")), false);
  });

  it("is found by the class where Deno tells nothing else", () => {
    assert.equal(errorCode(errorOf("no", { name: "NotCapable" })), "EPERM");
    assert.equal(errorCode(errorOf("no", { name: "WouldBlock" })), "EAGAIN");
    assert.equal(errorCode(errorOf("no", { name: "BrokenPipe" })), "EPIPE");
  });

  it("stays what the runtime calls it where nobody knows it, and is none for what is no error of the system", () => {
    assert.equal(
      errorCode(errorOf("no", { code: "Unknown system error -9999", errno: -9999 })),
      "Unknown system error -9999",
    );
    assert.equal(errorCode(errorOf("no (os error 9999)")), undefined);
    assert.equal(errorCode(new RangeError("no")), undefined);
    assert.equal(errorCode("ENOENT"), undefined);
    assert.equal(errorCode(undefined), undefined);
  });
});
