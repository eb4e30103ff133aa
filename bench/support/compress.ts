/**
 * Compresses files with gzip in a process of its own, whose paths come on its standard input, one on a line: what a log
 * rotator does for loggers that do not.
 *
 * @module
 */
import { createReadStream, createWriteStream } from "node:fs";
import process from "node:process";
import { createInterface } from "node:readline";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";

for await (const path of createInterface({ input: process.stdin })) {
  await pipeline(createReadStream(path), createGzip(), createWriteStream(`${path}.gz`));
}
