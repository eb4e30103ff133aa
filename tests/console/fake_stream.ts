import type { OutputStream } from "../../src/runtime.ts";

/** A standard stream in memory, which can be full, stand still and lose its reader. */
export class FakeStream implements OutputStream {
  readonly isTerminal: boolean = false;
  readonly #decoder = new TextDecoder();
  text = "";
  /** Bytes that it takes before it throws `failure`. */
  room = Infinity;
  failure: Error = Object.assign(new Error("no space"), { code: "ENOSPC" });
  /** Whether it takes nothing for now. */
  isStopped = false;
  /** Most bytes that it takes at a time. */
  most = 10_000;

  columns(): undefined {
    return undefined;
  }

  write(bytes: Uint8Array): number {
    if (this.isStopped) return 0;
    if (this.room === 0) throw this.failure;
    const count = Math.min(bytes.length, this.room, this.most);
    this.room -= count;
    this.text += this.#decoder.decode(bytes.subarray(0, count), { stream: true });
    return count;
  }
}

/** The same where a write in the background is the only one that may be made while the program runs. */
export class FakeBackgroundStream extends FakeStream {
  #underWay: (() => void) | undefined;

  readonly background = {
    write: (bytes: Uint8Array): Promise<number> =>
      new Promise((resolve, reject) => {
        let isDone = false;
        const carryOut = () => {
          if (isDone) return;
          if (this.isStopped) return void setTimeout(carryOut, 1);
          isDone = true;
          this.#underWay = undefined;
          let sent = 0;
          try {
            while (sent < bytes.length) sent += this.write(bytes.subarray(sent));
          } catch (error) {
            if (sent === 0) return reject(error);
          }
          resolve(sent);
        };
        this.#underWay = carryOut;
        setTimeout(carryOut, 0);
      }),
    finish: (): void => this.#underWay?.(),
  };
}
