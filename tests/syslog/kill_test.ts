import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createLogger } from "../../mod.ts";
import { until } from "../support/until.ts";
import { missing, type Parsed, pause, startServer } from "./servers.ts";

const KILLS = 10;
const PER_SECOND = 2_000;
/** Lines that may be on their way to the server's file when it is killed. */
const ON_ITS_WAY = 200;
/** Lines that may die with a server: those, and what is sent before the end of the connection is known. */
const MOST_DEAD = 500;
/** Records that may wait while the server is up, far fewer than find room. */
const FEW = 100;
/** Lines that are logged in one turn of the event loop: a machine that stood still is not made up for at once. */
const MOST_PER_TURN = 50;

describe("rsyslog is killed and started again ten times", () => {
  /*
   * Nothing is acknowledged, so this can be known: logged = written + dropped, exactly. And this cannot: of what was
   * written, which part died with the server, unread in the sockets or in its memory. The test, which reads the file of
   * the server, knows that too: written = delivered + died, and all that died was logged after the last line that stood
   * in the file right before a kill. What was on its way when the connection broke is sent again as a whole, so it may arrive twice.
   */
  it(`at ${PER_SECOND} lines per second: logged = delivered + dropped + died with the server`, {
    skip: missing("rsyslog") ?? false,
  }, async () => {
    const server = await startServer("rsyslog");
    try {
      const errors: string[] = [];
      const log = createLogger({
        destinations: [{ uri: `syslog+tcp://127.0.0.1:${server.tcp}`, name: "syslog" }],
        queue: { maxBytes: 64 * 1024 }, // less than half a second
        onError: (error: Error) => void errors.push(error.message),
      });
      const now = () =>
        log.metrics().destinations[0] as { written: number; dropped: number; pending: number } & {
          connections: number;
        };
      let logged = 0;
      let isUp = true;
      let last = performance.now();
      const timer = setInterval(() => {
        const due = Math.round((performance.now() - last) * PER_SECOND / 1_000);
        last = performance.now();
        // While the server is up, nothing is to be dropped because the machine is slow.
        if (isUp && now().pending > FEW) return;
        for (let n = 0; n < Math.min(due, MOST_PER_TURN); n++) log.info("n", { n: logged++ });
      }, 2);

      const kills: { readonly from: number; readonly to: number }[] = [];
      for (let kill = 0; kill < KILLS; kill++) {
        // Each kill meets a server that messages stream to, and which writes them to its file as they come.
        const { written } = now();
        await until(() => now().written >= written + 200);
        await pause(200 + Math.random() * 100);
        let delivered = -1;
        await until(() => (delivered = numberIn(server.last()) ?? -1) >= logged - ON_ITS_WAY);
        const from = delivered + 1;
        const { connections, dropped } = now();
        isUp = false;
        await server.kill();
        // Two of them take longer than the queue lasts.
        await pause(kill % 5 === 4 ? 1_000 : 50);
        if (kill % 5 === 4) await until(() => now().dropped > dropped);
        await server.start();
        await until(() => now().connections > connections && now().pending <= FEW);
        kills.push({ from, to: logged });
        isUp = true;
      }
      const end = logged + 1_000;
      await until(() => logged >= end);
      clearInterval(timer);
      await log.close();

      const { written, dropped, pending, connections } = now();
      const parsed = await server.wait((messages) => numberIn(messages.at(-1)) === logged - 1);
      const numbers = parsed.map(numberIn).filter((n) => n !== undefined);
      const delivered = new Set(numbers);
      const died = written - delivered.size;
      console.log(
        `logged ${logged}, written ${written}, dropped ${dropped}; delivered ${delivered.size}, ` +
          `died with the server ${died}, twice ${numbers.length - delivered.size}, connections ${connections}`,
      );
      assert.equal(pending, 0);
      assert.equal(logged, written + dropped);
      assert.equal(logged, delivered.size + dropped + died);
      assert.ok(dropped > 0, "the longer outages outlast the queue");
      assert.ok(died >= 0 && died <= KILLS * MOST_DEAD, `${died} died`);
      assert.ok(connections > KILLS);

      // What is missing was on its way at a kill, or logged before the server was back and the queue had room again.
      for (let n = 0; n < logged; n++) {
        assert.ok(
          delivered.has(n) || kills.some(({ from, to }) => n >= from && n < to),
          `${n} is missing, and was logged while all was well`,
        );
      }
      // The last one was up for more lines than these: the end of the file is complete and in order.
      const tail = numbers.slice(-500);
      assert.deepEqual(tail, tail.map((_, i) => logged - tail.length + i));
      assert.ok(errors.some((error) => error.startsWith('Cannot write to destination "syslog"')), errors.join("\n"));
      assert.ok(errors.some((error) => error.startsWith("Dropped ")), errors.join("\n"));
    } finally {
      await server.end();
    }
  });
});

/** The number of a line; the library's notices of what was dropped have none. */
function numberIn(message: Parsed | undefined): number | undefined {
  return message === undefined ? undefined : JSON.parse(message.msg).n;
}
