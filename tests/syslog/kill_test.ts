import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createLogger } from "../../mod.ts";
import { missing, pause, startServer } from "./servers.ts";

const KILLS = 10;
const PER_SECOND = 2_000;
/** How long before a kill, in milliseconds, a message may have been sent that dies with the server. */
const WINDOW = 250;

describe("rsyslog is killed and started again ten times", () => {
  /*
   * Nothing is acknowledged, so this can be known: logged = written + dropped, exactly. And this cannot: of what was
   * written, which part died with the server, unread in the sockets or in its memory. The test, which reads the file of
   * the server, knows that too: written = delivered + died, and all that died was logged shortly before a kill. What was
   * on its way when the connection broke is sent again as a whole, so it may arrive twice.
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
      const loggedAt: number[] = [];
      const begin = performance.now();
      const timer = setInterval(() => {
        const due = (performance.now() - begin) * PER_SECOND / 1_000;
        while (loggedAt.length < due) {
          log.info("n", { n: loggedAt.length });
          loggedAt.push(performance.now());
        }
      }, 2);

      const kills: { readonly from: number; readonly to: number }[] = [];
      for (let kill = 0; kill < KILLS; kill++) {
        // Each kill meets a server that messages stream to.
        const { written } = log.metrics().destinations[0]!;
        while (log.metrics().destinations[0]!.written < written + 200) await pause(10);
        await pause(200 + Math.random() * 100);
        const from = performance.now();
        await server.kill();
        // Two of them take longer than the queue lasts.
        await pause(kill % 5 === 4 ? 1_000 : 50);
        await server.start();
        kills.push({ from, to: performance.now() });
      }
      await pause(1_000);
      clearInterval(timer);
      await log.close();

      const { written, dropped, pending, connections } = log.metrics().destinations[0]!;
      const lines = (await server.wait(Infinity, 1_000)).map(({ msg }) => JSON.parse(msg).n as number | undefined);
      const numbers = lines.filter((n) => n !== undefined);
      const delivered = new Set(numbers);
      const died = written - delivered.size;
      console.log(
        `logged ${loggedAt.length}, written ${written}, dropped ${dropped}; delivered ${delivered.size}, ` +
          `died with the server ${died}, twice ${numbers.length - delivered.size}, connections ${connections}`,
      );
      assert.equal(pending, 0);
      assert.equal(loggedAt.length, written + dropped);
      assert.equal(loggedAt.length, delivered.size + dropped + died);
      assert.ok(dropped > 0, "the longer outages outlast the queue");
      assert.ok(died >= 0 && died <= KILLS * PER_SECOND * WINDOW / 1_000, `${died} died`);
      assert.ok((connections as number) > KILLS);

      // What is missing was logged shortly before a kill, or before the server was back and the queue had room again.
      loggedAt.forEach((at, n) => {
        if (delivered.has(n)) return;
        assert.ok(
          kills.some(({ from, to }) => at > from - WINDOW && at < to + 2_000),
          `${n} is missing, and was logged while all was well`,
        );
      });
      // The last one has been up for a second: the end of the file is complete and in order.
      const tail = numbers.slice(-500);
      assert.deepEqual(tail, tail.map((_, i) => loggedAt.length - tail.length + i));
      assert.ok(errors.some((error) => error.startsWith('Cannot write to destination "syslog"')), errors.join("\n"));
      assert.ok(errors.some((error) => error.startsWith("Dropped ")), errors.join("\n"));
    } finally {
      await server.end();
    }
  });
});
