/**
 * Reads slowly what another program writes to its standard output, and copies it to a file: its own standard input, or
 * the output of a command that it starts, which is then a socket.
 *
 * @module
 */
import { spawn } from "node:child_process";
import { appendFileSync, writeFileSync } from "node:fs";
import process from "node:process";

const [, , out, firstPause, pause, ...command] = process.argv as string[];
writeFileSync(out, "");
const child = command.length === 0
  ? undefined
  : spawn(command[0], command.slice(1), { stdio: ["ignore", "pipe", "inherit"] });
child?.on("exit", (code) => process.exitCode = code ?? 99);
const input = child?.stdout ?? process.stdin;
input.pause();
await wait(Number(firstPause));
for await (const chunk of input) {
  appendFileSync(out, chunk);
  await wait(Number(pause));
}

function wait(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
