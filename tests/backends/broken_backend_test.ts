import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Backend, Batch, Urgency } from "../../src/backend.ts";
import { type BackendSubject, testBackend } from "../../src/conformance/mod.ts";
import { LineBackend, MemoryMedium } from "./memory_medium.ts";

/** Runs the suite and returns the names of the rules that were broken. */
async function brokenRules(make: (medium: MemoryMedium) => Backend, only?: string): Promise<string[]> {
  const tests: [string, () => Promise<void>][] = [];
  testBackend(() => new MemoryMedium().subject(make), {
    it: (name, run) => void tests.push([name.slice("x: ".length), run]),
    name: "x",
    timeout: 1_000,
  });
  const broken: string[] = [];
  for (const [name, run] of tests) {
    if (only === undefined || name === only) await run().catch(() => broken.push(name));
  }
  return broken;
}

/** For each rule a backend that breaks it, whatever else it breaks. */
const damages: Record<string, new (medium: MemoryMedium) => Backend> = {
  "every record arrives once, whole and in order": class extends LineBackend {
    override putAll(batch: Batch): void {
      const lines = batch.lines;
      if (lines.length > 10) lines.push(...lines.splice(3, 1));
      this.medium.text += lines.join("\n") + "\n";
      batch.commit();
    }
  },
  "a batch may lie in several pieces of memory": class extends LineBackend {
    override putAll(batch: Batch): void {
      this.medium.put(batch.next());
      batch.commit();
    }
  },
  "the largest record arrives whole": class extends LineBackend {
    override putAll(batch: Batch): void {
      while (batch.byteLength > 0) {
        const line = batch.next(1);
        this.medium.put(line.subarray(0, 65_536));
        if (line.length > 65_536) this.medium.text += "\n";
        batch.commit(line.length);
      }
    }
  },
  "what a batch says is committed is not delivered again": class extends LineBackend {
    override putAll(batch: Batch): void {
      const whole = new Uint8Array(batch.bytes.buffer);
      this.medium.put(batch.bytes.byteOffset === 0 ? batch.bytes : whole);
      batch.commit();
    }
  },
  "the bytes of a batch stay as they are": class extends LineBackend {
    override putAll(batch: Batch): void {
      const bytes = batch.next();
      super.putAll(batch);
      bytes.fill(0);
    }
  },
  "what was written has arrived when flush has ended": class extends LineBackend {
    override write(batch: Batch): Promise<void> {
      const { bytes } = batch;
      setTimeout(() => this.medium.put(bytes), 20);
      return Promise.resolve();
    }
  },
  "records of several writers stay whole if the backend says that it is atomic": class extends LineBackend {
    override async write(batch: Batch): Promise<void> {
      while (batch.byteLength > 0) {
        const line = batch.next(1);
        for (let at = 0; at < line.length; at += 4_096) {
          await Promise.resolve();
          this.medium.put(line.subarray(at, at + 4_096));
        }
        batch.commit(line.length);
      }
    }
  },
  "the metrics can be read at any time and never go back": class extends LineBackend {
    override metrics() {
      return { rotations: this.medium.text === "" ? 3 : 2 };
    }
  },
  "a medium that fails makes write fail, with an error that says why": class extends LineBackend {
    override write(batch: Batch): Promise<void> {
      return super.write(batch).catch(() => {});
    }
  },
  "a backend that works in the background fails in the background": class extends LineBackend {
    override write(batch: Batch, urgency?: Urgency): Promise<void> {
      if (this.medium.room === 0) throw new Error("full");
      return super.write(batch, urgency);
    }
  },
  "what could not be delivered arrives, once and in order, when the medium is well again": class extends LineBackend {
    override async write(batch: Batch, urgency?: Urgency): Promise<void> {
      try {
        await super.write(batch, urgency);
      } catch (error) {
        batch.commit(batch.nextLineLength);
        throw error;
      }
    }
  },
  "a failure in the middle of a batch doubles nothing": class extends LineBackend {
    override putAll(batch: Batch): void {
      for (const line of batch.lines) {
        const bytes = new TextEncoder().encode(line + "\n");
        if (this.medium.room < bytes.length) throw new Error("full");
        this.medium.put(bytes);
      }
      batch.commit();
    }
  },
  "a failure in the middle of a batch loses nothing": class extends LineBackend {
    override putAll(batch: Batch): void {
      try {
        super.putAll(batch);
      } catch (error) {
        if (this.medium.room > 0) batch.commit();
        throw error;
      }
    }
  },
  "a failure in the middle leaves no piece of a record if the backend says that it is atomic": class
    extends LineBackend {
    override putAll(batch: Batch): void {
      while (batch.byteLength > 0) {
        const line = batch.next(1);
        if (this.medium.put(line) < line.length) {
          this.medium.text += "\n";
          throw new Error("full");
        }
        batch.commit(line.length);
      }
    }
  },
  "close ends while the medium fails": class extends LineBackend {
    override close(): void | Promise<void> {
      return this.medium.room === 0 ? new Promise<void>(() => {}) : super.close();
    }
  },
  "a medium that stands still does not hold up the program": class extends LineBackend {
    override write(batch: Batch, urgency?: Urgency): Promise<void> {
      const until = Date.now() + 700;
      while (this.medium.moving !== undefined && Date.now() < until);
      return super.write(batch, urgency);
    }
  },
  "no more is taken than fits while the medium stands still, and all of that arrives afterwards": class
    extends LineBackend {
    override write(batch: Batch): Promise<void> {
      const { bytes } = batch;
      void Promise.resolve(this.medium.moving).then(() => this.medium.put(bytes));
      return Promise.resolve();
    }
  },
  "close ends before anything was written, and twice": class extends LineBackend {
    #closes = 0;
    override close(): void {
      if (++this.#closes > 1) throw new Error("it is closed already");
    }
  },
  "nothing arrives after close": class extends LineBackend {
    override close(): void {
      setTimeout(() => this.medium.text += "goodbye\n", 50);
    }
  },
  "what is written after close fails or arrives": class extends LineBackend {
    #isClosed = false;
    override write(batch: Batch, urgency?: Urgency): Promise<void> {
      return this.#isClosed ? Promise.resolve() : super.write(batch, urgency);
    }
    override close(): void {
      this.#isClosed = true;
    }
  },
  "another backend can go on where one was closed": class extends LineBackend {
    override close(): void {
      super.close();
      this.medium.room = 0;
    }
  },
  "advance has nothing to do where nothing is being written": class extends LineBackend {
    override advance(): boolean {
      return false;
    }
  },
  "advance brings a write to its end without the event loop": class extends LineBackend {
    override advance(): boolean {
      return true;
    }
    override write(batch: Batch, urgency?: Urgency): Promise<void> {
      return super.write(batch, urgency === undefined ? undefined : { ...urgency, force: false }).then(() => {
        if (urgency !== undefined) this.medium.put(new TextEncoder().encode("too late\n"));
      });
    }
  },
  "advance throws what the write has failed with": class extends LineBackend {
    override advance(): boolean {
      return true;
    }
  },
  "advance without patience returns at once while the medium stands still": class extends LineBackend {
    override advance(urgency: Urgency): boolean {
      const until = Date.now() + 700;
      while (this.medium.moving !== undefined && Date.now() < until);
      return super.advance(urgency);
    }
  },
};

describe("the conformance suite for backends", () => {
  it("passes a good backend", async () => {
    assert.deepEqual(await brokenRules((medium) => new LineBackend(medium)), []);
  });

  for (const [rule, Damaged] of Object.entries(damages)) {
    it(`notices a backend that breaks: ${rule}`, async () => {
      assert.deepEqual(await brokenRules((medium) => new Damaged(medium), rule), [rule]);
    });
  }

  it("has a rule for each of them, and each of them for a rule", () => {
    const rules: string[] = [];
    testBackend(() => new MemoryMedium().subject((medium) => new LineBackend(medium)), {
      it: (name) => void rules.push(name),
      name: "x",
    });
    assert.deepEqual(Object.keys(damages).sort(), rules.map((name) => name.slice("x: ".length)).sort());
  });

  it("demands a reason for what is not checked", async () => {
    const { create, read } = new MemoryMedium().subject((medium) => new LineBackend(medium));
    const run = (options: Partial<Parameters<typeof testBackend>[1]>) => {
      const tests = new Map<string, () => Promise<void>>();
      const subject: BackendSubject = { create, read };
      testBackend(() => subject, { it: (name, test) => tests.set(name, test), name: "x", ...options });
      return tests;
    };
    const test = run({}).get("x: close ends while the medium fails");
    await assert.rejects(test!(), /the subject has no "fail", and "lacks" does not say why/);
    assert.ok(
      run({ lacks: { fail: "made of stone" } }).has(
        "x: close ends while the medium fails [not checked: made of stone]",
      ),
    );
    assert.ok(
      run({ deviations: { "nothing arrives after close": "it echoes" } }).has(
        "x: nothing arrives after close [not checked: it echoes]",
      ),
    );
    assert.throws(
      () => run({ deviations: { "be nice": "no" } }),
      /Cannot use option "deviations": there is no rule "be nice"/,
    );
  });
});
