/**
 * Compresses a file with gzip in a process of its own: `compress.ts <file>`; what a log rotator does for loggers that do
 * not.
 *
 * @module
 */
import { createReadStream, createWriteStream } from "node:fs";
import process from "node:process";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";

const path = process.argv[2] as string;
await pipeline(createReadStream(path), createGzip(), createWriteStream(`${path}.gz`));
