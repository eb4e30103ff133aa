import assert from "node:assert/strict";
import process from "node:process";
import { describe, it } from "node:test";
import { createGzip } from "node:zlib";
import { detectRuntime } from "../../adapters/detect.ts";
import { zlibCompressor } from "../../adapters/zlib_compressor.ts";

/** Bytes that may be compressed before the event loop turns: half a millisecond of work. */
const MOST = 64 * 1024;

type Write = (this: unknown, bytes: Uint8Array, done: () => void) => boolean;

describe("a compressor", () => {
  it("lets the event loop turn after each small part of a piece", async (t) => {
    const stream = createGzip();
    const prototype: { write: Write } = Object.getPrototypeOf(stream);
    stream.destroy();
    const { write } = prototype;
    t.after(() => prototype.write = write);
    const parts: { readonly bytes: number; readonly turned: boolean }[] = [];
    let turned = true;
    prototype.write = function (bytes, done) {
      parts.push({ bytes: bytes.byteLength, turned });
      turned = false;
      setImmediate(() => turned = true);
      return write.call(this, bytes, done);
    };
    const compressor = detectRuntime().compressor("gzip");
    const piece = new Uint8Array(4 * MOST);
    await compressor?.push(piece);
    await compressor?.push(piece);
    await compressor?.finish();
    assert.equal(parts.reduce((sum, { bytes }) => sum + bytes, 0), 2 * piece.byteLength);
    for (const { bytes, turned } of parts) assert.ok(turned && bytes <= MOST, JSON.stringify(parts));
  });

  for (
    const { what, turn, rests } of [
      { what: "rests in between where the program has something to do", turn: 1, rests: 4 },
      { what: "does not rest where it had nothing to do", turn: 0, rests: 0 },
    ]
  ) {
    it(`on the program's thread ${what}`, async (t) => {
      const timers: { setTimeout: (callback: () => void) => unknown } = process.getBuiltinModule("node:timers");
      const { setTimeout } = timers;
      const { now } = performance;
      t.after(() => {
        timers.setTimeout = setTimeout;
        performance.now = now;
      });
      let rested = 0;
      timers.setTimeout = (callback) => {
        rested++;
        return setImmediate(callback);
      };
      let time = 0;
      performance.now = () => time += turn;
      const compressor = zlibCompressor("gzip", { bytesPerTurn: MOST / 8, isOnProgramThread: true });
      await compressor?.push(new Uint8Array(4 * MOST));
      await compressor?.finish();
      assert.equal(rested, rests);
    });
  }
});
