import { type Case, makeFile } from "./case.ts";
import { expect, expectEqual } from "./expect.ts";

/** What the library expects of the world around the program: flows, settings, streams. */
export const surroundingsCases: readonly Case[] = [
  // `withContext`: two requests that are handled at once must not get each other's fields.
  {
    name: "an async store follows the flow of the program",
    async run({ runtime }) {
      const store = runtime.asyncStore();
      expectEqual(store.get(), undefined, "the value outside");
      const flow = (value: string) =>
        store.run(value, async () => {
          await Promise.resolve();
          const outer = store.get();
          const inner = await store.run(`inner ${value}`, async () => {
            await Promise.resolve();
            return store.get();
          });
          return [outer, inner, store.get()];
        });
      expectEqual(
        await Promise.all([flow("a"), flow("b")]),
        [["a", "inner a", "a"], ["b", "inner b", "b"]],
        "the values",
      );
      expectEqual(store.get(), undefined, "the value afterwards");
      expectEqual(runtime.asyncStore().get(), undefined, "the value of another store");
    },
  },

  // Settings are read while the program starts, whole and as they are.
  {
    name: "a text file is read whole",
    async run({ runtime, calls, directory }) {
      const path = `${directory}/settings.json`;
      await makeFile(calls, path, '{"a":"ä€😀"}\n');
      expectEqual(runtime.readText(path), '{"a":"ä€😀"}\n', "the text");
      let failure: unknown;
      try {
        runtime.readText(`${directory}/not there`);
      } catch (error) {
        failure = error;
      }
      expect(failure !== undefined, "reading a file that is not there fails");
    },
  },

  // Whatever is not set, or must not be read, says nothing: a logger is made all the same.
  {
    name: "the environment and the name of the machine never fail",
    run({ runtime }) {
      expectEqual(runtime.environment("OMNI_CONFORMANCE_NOT_SET"), undefined, "a variable that is not set");
      const name = runtime.hostname();
      expect(name === undefined || (typeof name === "string" && name !== ""), `a name, and not ${name}`);
      for (const stream of ["stdout", "stderr"] as const) {
        const columns = runtime.output(stream).columns();
        expect(columns === undefined || columns >= 0, `columns, and not ${columns}`);
      }
      return Promise.resolve();
    },
  },

  // `flush` and `close` hold the process while a program waits for them, and not a moment longer.
  {
    name: "what keeps the process alive can be ended, each on its own and twice",
    run({ runtime }) {
      const [one, two] = [runtime.keepAlive(), runtime.keepAlive()];
      one();
      one();
      two();
      return Promise.resolve();
    },
  },
];
