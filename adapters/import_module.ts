import type { ModuleLoader } from "../src/plugins/load_plugin.ts";

/**
 * Loads modules with `import()`, for `loadPlugin`, which decides what may be loaded: nothing but what the program has
 * named. Bundlers leave it alone, since what is imported is known at run time only.
 */
export const moduleLoader: ModuleLoader = {
  load: (specifier) => import(/* @vite-ignore */ /* webpackIgnore: true */ specifier),
  registries: "Deno" in globalThis,
};
