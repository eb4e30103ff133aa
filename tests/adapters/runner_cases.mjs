/** Tests for a test runner: each logs to a file, and nobody closes the logger. */
import { createLogger } from "../../mod.ts";

/** Declares them by the `test` of the runner, with the path of the log. */
export function declare(test, path) {
  const log = createLogger(path);
  log.info("while the file is loaded");
  test("logs at its end", () => log.info("at the end of a test"));
  test("logs after a wait", async () => {
    await new Promise((resolve) => setTimeout(resolve, 20));
    log.info("after a wait");
  });
  test("makes a logger", () => createLogger(path).info("by a logger of its own"));
}
