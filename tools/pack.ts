/**
 * Makes the npm package: `deno task pack [FILE.tgz]`. Deno makes the declarations, rolldown one module of what the main
 * entry point needs and as few as possible of the rest: a module file takes Node a third of a millisecond to find and
 * load, so two hundred of them would take most of the time to the first line. JSR hands out the modules as they are.
 *
 * In the package are the modules (`dist/`, names and line breaks as written), their source maps, the sources that
 * these lead to (`source/`), the declarations and the documents.
 *
 * @module
 */
import { spawnSync } from "node:child_process";
import { copyFileSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative, resolve } from "node:path";
import process from "node:process";
import { type OutputChunk, rolldown } from "rolldown";
import { ensureInstalled, projectRoot, runtimes } from "./setup.ts";

/** What is used of the `package.json` that Deno makes. */
interface PackageJson {
  main: string;
  exports: Record<string, { types: string; import: string; default: string }>;
}

const MAIN = join(projectRoot, "mod.ts");

/** Packs the project as it lies there, into a gzipped tar file. Throws when a tool fails. */
export async function pack(file: string): Promise<void> {
  const scratch = mkdtempSync(join(tmpdir(), "omni-pack-"));
  try {
    const made = join(scratch, "made.tgz");
    run(runtimes().deno, ["pack", "--quiet", "--allow-dirty", "--no-source-maps", "--output", made], projectRoot);
    run("tar", ["xzf", made], scratch);
    const directory = join(scratch, "package");
    for (const module of globSync("**/*.js", { cwd: directory })) rmSync(join(directory, module));
    const entries = Object.values(entryPoints());
    for (const source of await bundle(entries, join(directory, "dist"))) {
      const copy = join(directory, "source", source);
      mkdirSync(dirname(copy), { recursive: true });
      copyFileSync(join(projectRoot, source), copy);
    }
    leadToBundle(join(directory, "package.json"));
    const packed = run("npm", ["pack", "--json", "--pack-destination", scratch], directory);
    const [{ filename }] = JSON.parse(packed) as [{ readonly filename: string }];
    copyFileSync(join(scratch, filename), file);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** Bundles the entry points, each with the name of its source; returns the sources that went into them. */
async function bundle(entries: readonly string[], directory: string): Promise<readonly string[]> {
  const needed = await modulesOf(MAIN);
  const built = await rolldown({
    input: Object.fromEntries(entries.map((path) => [withoutExtension(path), join(projectRoot, path)])),
    platform: "node",
    cwd: projectRoot,
  });
  const { output } = await built.write({
    dir: directory,
    entryFileNames: "[name].js",
    chunkFileNames: "shared/[name].js",
    comments: { legal: false, jsdoc: false, annotation: true },
    sourcemap: true,
    sourcemapExcludeSources: true,
    sourcemapPathTransform: (source, map) =>
      relative(dirname(map), join(directory, "../source", relative(projectRoot, resolve(dirname(map), source)))),
    codeSplitting: { groups: [{ name: "log", test: (id) => id !== MAIN && needed.has(id) }] },
  });
  await built.close();
  const chunks = output.filter((one): one is OutputChunk => one.type === "chunk");
  // What the bundler adds itself has no file.
  const sources = new Set(chunks.flatMap(({ moduleIds }) => moduleIds).filter((id) => id.startsWith(projectRoot)));
  return [...sources].map((id) => relative(projectRoot, id));
}

/** The modules that one needs, itself among them. */
async function modulesOf(entry: string): Promise<ReadonlySet<string>> {
  const built = await rolldown({ input: entry, platform: "node", treeshake: false });
  const { output } = await built.generate();
  await built.close();
  return new Set(output.flatMap((one) => one.type === "chunk" ? one.moduleIds : []));
}

function leadToBundle(path: string): void {
  const manifest = JSON.parse(readFileSync(path, "utf8")) as PackageJson;
  const inBundle = (module: string) => module.replace("./", "./dist/");
  manifest.main = inBundle(manifest.main);
  for (const entry of Object.values(manifest.exports)) {
    entry.import = inBundle(entry.import);
    entry.default = inBundle(entry.default);
  }
  writeFileSync(path, `${JSON.stringify(manifest, undefined, 2)}\n`);
}

function entryPoints(): Readonly<Record<string, string>> {
  const { exports } = JSON.parse(readFileSync(join(projectRoot, "deno.json"), "utf8")) as {
    readonly exports: Readonly<Record<string, string>>;
  };
  return exports;
}

function withoutExtension(path: string): string {
  return path.replace(/^\.\//, "").replace(/\.ts$/, "");
}

function run(program: string, args: readonly string[], cwd: string): string {
  const result = spawnSync(program, args, { cwd, encoding: "utf8", shell: process.platform === "win32" });
  if (result.status === 0) return result.stdout;
  throw new Error(`Cannot pack: ${program} ${args[0]} failed: ${result.error?.message ?? result.stderr}`);
}

if (import.meta.main) {
  ensureInstalled();
  const [file = "omni-log.tgz"] = process.argv.slice(2);
  await pack(resolve(file));
  console.log(`The package is in ${file}`);
}
