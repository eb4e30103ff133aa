/**
 * Whether a test runner runs the program that ends it without telling: Vitest terminates its workers, Jest gives the
 * program a `process` of its own, and `bun test` has no `exit` event. Those of Node and Deno do tell.
 */
export function endsUntold(environment: (name: string) => string | undefined): boolean {
  return environment("VITEST") !== undefined || environment("JEST_WORKER_ID") !== undefined || isBunTest();
}

interface BunTest {
  readonly main: string;
  jest?(path: string): { test(): void };
}

/** Only an error tells: outside of its runner a test cannot be declared at all, within it not without a function. */
function isBunTest(): boolean {
  const { Bun } = globalThis as { readonly Bun?: BunTest };
  try {
    Bun?.jest?.(Bun.main).test();
    return false;
  } catch (error) {
    return String(error).includes("expects a function");
  }
}
