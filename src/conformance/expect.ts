import { errorCode } from "../runtime.ts";

/** Throws unless a condition holds. */
export function expect(condition: boolean, rule: string): asserts condition {
  if (!condition) throw new Error(`Expected that ${rule}`);
}

/** Throws unless two values are the same, or two lists have the same elements. */
export function expectEqual(actual: unknown, expected: unknown, what: string): void {
  const [a, b] = [actual, expected].map((value) => JSON.stringify(value) ?? String(value));
  expect(a === b, `${what} is ${b}, and not ${a}`);
}

/** Throws unless something fails with one of the codes. */
export async function expectFailure(
  attempt: () => unknown,
  codes: readonly string[],
  what: string,
): Promise<void> {
  let failure: unknown;
  try {
    await attempt();
  } catch (error) {
    failure = error;
  }
  expect(failure !== undefined, `${what} fails`);
  if (codes.length === 0) return;
  expect(
    codes.includes(errorCode(failure) ?? ""),
    `${what} fails with ${codes.join(" or ")}, and not with ${errorCode(failure)} (${failure})`,
  );
}
