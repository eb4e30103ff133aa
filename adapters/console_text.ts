/** Formats arguments the way `console.log` does, on one line where it can, without colours. */
export function consoleText(values: readonly unknown[]): string {
  const { formatWithOptions } = process.getBuiltinModule("node:util");
  return formatWithOptions({ colors: false, breakLength: Infinity, compact: true }, ...values);
}
