import assert from "node:assert/strict";
import { it } from "node:test";
import { configure, createLogger, type Logger, type LoggerOptions } from "../../mod.ts";

/** Never called: the compiler is the test, `deno check` runs it. */
export function typed(log: Logger, options: LoggerOptions): void {
  createLogger("app.log");
  createLogger(options);
  createLogger({
    destinations: ["app.log", { uri: "app.log", rotate: { maxBytes: 1 } }, { uri: "stdout:", format: "text" }],
  });
  createLogger({ destinations: [{ uri: "C:\\logs\\app.log", mode: 0o600 }, { uri: "dir:x/app.log", lock: "none" }] });
  createLogger({ destinations: [{ uri: "nats://host/subject", subject: "x" }] });
  configure({ destinations: ["stderr:"], levels: { "db.*": "debug" } });
  createLogger({
    destinations: [{
      uri: "nats://host/subject",
      fallback: ["./spare.log", { uri: "stderr:", level: "warn" }],
      queue: { maxBytes: "1MB", overflow: "block" },
      retry: { firstPause: "1s" },
      circuitBreaker: { failures: 1, pause: "1m" },
      closeTimeout: Infinity,
    }],
    closeTimeout: "5s",
  });
  // @ts-expect-error There is no such option of a fallback.
  createLogger({ destinations: [{ uri: "app.log", fallback: { uri: "b.log", levle: "warn" } }] });
  // @ts-expect-error The capacity is that of the logger's queue.
  createLogger({ destinations: [{ uri: "app.log", queue: { capacity: 5 } }] });
  const { info, error }: Logger = log;
  info("methods can be taken off");
  Promise.reject(new Error()).catch(error);
  // @ts-expect-error There is no such status.
  if (log.health().status === "fine") return;
  // @ts-expect-error A stream cannot be rotated.
  createLogger({ destinations: [{ uri: "stdout:", rotate: { maxBytes: 1 } }] });
  // @ts-expect-error There is no such option of a file.
  createLogger({ destinations: [{ uri: "app.log", rotat: { maxBytes: 1 } }] });
  // @ts-expect-error There is no such option of rotation.
  createLogger({ destinations: [{ uri: "app.log", rotate: { maxbytes: 1 } }] });
  createLogger({ destinations: [{ uri: "app.log", rotate: { every: "15m" } }] });
  createLogger({ destinations: [{ uri: "app.log", rotate: { every: "day" } }] });
  // @ts-expect-error There is no such period.
  createLogger({ destinations: [{ uri: "app.log", rotate: { every: "daily" } }] });
  // @ts-expect-error There is no such level.
  createLogger({ level: "loud", destinations: ["app.log"] });
  // @ts-expect-error There is no such level.
  configure({ destinations: [{ uri: "stderr:", level: "loud" }] });
  // @ts-expect-error There is no such option.
  createLogger({ destinations: ["app.log"], colour: true });
  // @ts-expect-error Destinations are needed.
  createLogger({ level: "info" });
  // @ts-expect-error There is no such level.
  log.level = "loud";
  log.info(new Error(), "text", { a: 1 });
  log.info("text", new Error(), { a: 1 });
  log.info({ order: 4711 }, "text");
  log.info({ msg: "text", order: 4711 });
  log.info("disk %d", 93);
  log.info("payment of %s failed", "4711", { order: 4711 });
  log.info`user ${1} logged in`;
  log.info(() => ["text", { a: 1 }], { b: 2 });
  // @ts-expect-error Fields are an object.
  log.info("text", 42);
  // @ts-expect-error An object without a text needs one.
  log.info({ order: 4711 });
  // @ts-expect-error There is one object of fields.
  log.info("text", { a: 1 }, { b: 2 });
  // @ts-expect-error A message is a text, an error, or a function that makes one.
  log.info(42);
  // @ts-expect-error A lazy message is a text, with fields or without.
  log.debug(() => 42);
  interface User {
    readonly id: number;
  }
  log.info("an interface has no index signature", { id: 1 } satisfies User as User);
  try {
    log.fatal("what was caught is unknown");
  } catch (error) {
    log.error("caught", error);
    log.error(error);
    log.error(error, "caught", { a: 1 });
    log.error("caught", error, { a: 1 });
    log.error(error, new Error("and this"));
    log.warn`caught ${error}`;
  }
}

it("the types of options, levels and fields are checked by the compiler", () => {
  assert.equal(typeof typed, "function");
});
