/** Log to a file: levels, fields, a child, an error, and an orderly end. Runs on Deno, Bun and Node. */
import { createLogger } from "../mod.ts";

const log = createLogger({
  level: "debug",
  fields: { service: "shop" },
  destinations: ["app.log", { uri: "stdout:", level: "warn", format: "text" }],
  onError: (error) => console.error(error.message),
});

log.info("started", { port: 8080 });
log.trace("below the level: not logged");
// A function is called only when its level is enabled.
log.debug(() => ["cart", { items: ["tea", "cup"].map((name) => ({ name })) }]);

// A child puts its fields on every record.
const order = log.with({ order_id: 4711 });
order.info("payment requested", { amount: 12.5 });
try {
  throw new Error("card declined", { cause: new Error("insufficient funds") });
} catch (error) {
  order.error("payment failed", error as Error);
}

// Writes what is left and releases the file. A process that just ends loses nothing either.
await log.close();
