/** Take a plugin into use: a format, a filter, a sampler and a backend by name, in options and in a settings file. */
import { createLogger, loadPlugin, type Plugin, settingsFromObject, use } from "../mod.ts";

const plugin: Plugin = {
  name: "shop",
  version: "1.0.0",
  formatters: {
    till: ({ level, msg, fields }) => `${level === "error" ? "!" : " "} ${msg} ${fields?.total ?? ""}`.trimEnd(),
  },
  // Made anew for each place that names it, of the argument that stands there.
  filters: { above: { create: (least) => ({ fields }) => Number(fields?.total ?? 0) > Number(least) } },
  backends: { till: () => ({ supportsAtomic: true, write: (batch) => console.log(batch.text.trimEnd()) }) },
  middleware: [(message) => ({ ...message, fields: { ...message.fields, currency: "EUR" } })],
  setup: () => console.log("set up"),
  teardown: () => console.log("torn down"),
};

{
  await using handle = await use(plugin);
  console.log(`${handle.name} ${handle.version}`);
  await using log = createLogger({ destinations: [{ uri: "till:", format: "till" }, "shop.log"] });
  log.info("tea", { total: 3 });
  log.error("no change left");

  // The same names in settings, as they could stand in a file.
  await using large = createLogger({
    destinations: ["shop.log"],
    ...settingsFromObject({ destinations: [{ uri: "till:", format: "till", filters: [{ above: 100 }] }] }),
  });
  large.info("tea", { total: 3 });
  large.info("teapot", { total: 120 });
}

// Code is loaded from where the program says, and from nowhere else.
await loadPlugin("./no_such_plugin.ts").catch((error) => console.log(error.message.replace(/ ".*/, " ...")));
