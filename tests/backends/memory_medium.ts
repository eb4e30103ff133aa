/**
 * A medium in memory with a good backend for it, to be damaged one way at a time.
 *
 * @module
 */
import type { Backend, Batch, Urgency } from "../../src/backend.ts";
import type { BackendSubject } from "../../src/conformance/mod.ts";

/** What several backends write to. */
export class MemoryMedium {
  text = "";
  /** Bytes that it still takes before it fails. */
  room = Infinity;
  /** Settles when it goes on. */
  moving: Promise<void> | undefined;

  /** Takes a piece, or as much of it as there is room for. */
  put(bytes: Uint8Array): number {
    const taken = Math.min(bytes.length, this.room);
    this.text += new TextDecoder("utf-8").decode(bytes.subarray(0, taken));
    this.room -= taken;
    return taken;
  }

  /** The subject of a test, with backends that one function makes. */
  subject(make: (medium: MemoryMedium) => Backend): BackendSubject {
    return {
      create: () => make(this),
      read: () => this.text.split("\n").filter((line) => line !== ""),
      fail: (after) => {
        this.room = after;
        return () => void (this.room = Infinity);
      },
      stall: () => {
        const { promise, resolve } = Promise.withResolvers<void>();
        this.moving = promise;
        return () => {
          this.moving = undefined;
          resolve();
        };
      },
    };
  }
}

/** A backend without a fault: it writes line by line in the background, and takes none of which it has no room for. */
export class LineBackend implements Backend {
  readonly supportsAtomic: boolean = true;
  readonly medium: MemoryMedium;
  rotations = 0;
  #batch: Batch | undefined;
  #failure: unknown;
  #isClosed = false;

  constructor(medium: MemoryMedium) {
    this.medium = medium;
  }

  async write(batch: Batch, urgency?: Urgency): Promise<void> {
    if (this.#isClosed) throw new Error("it is closed");
    this.#batch = batch;
    this.#failure = undefined;
    try {
      if (urgency !== undefined) return this.putAll(batch);
      await Promise.resolve();
      while (this.medium.moving !== undefined) await this.medium.moving;
      this.putAll(batch);
    } catch (error) {
      this.#failure = error;
      throw error;
    }
  }

  /** Delivers a batch, line by line. */
  putAll(batch: Batch): void {
    while (batch.byteLength > 0) {
      const line = batch.next(1);
      if (this.medium.room < line.length) throw new Error("the medium is full");
      this.medium.put(line);
      batch.commit(line.length);
    }
  }

  advance({ force }: Urgency): boolean {
    if (this.#failure !== undefined) throw this.#failure;
    const batch = this.#batch;
    if (batch === undefined || batch.byteLength === 0) return true;
    if (!force || this.medium.moving !== undefined) return false;
    this.putAll(batch);
    return true;
  }

  close(): void {
    this.#isClosed = true;
  }

  metrics(): { rotations: number } {
    return { rotations: this.rotations };
  }
}
