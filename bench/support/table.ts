/**
 * Lines up rows under a heading, as a Markdown table that reads well as it stands: the first columns to the left, numbers
 * to the right.
 */
export function table(
  heading: readonly string[],
  rows: readonly (readonly string[])[],
  { left = 1 }: { readonly left?: number } = {},
): string {
  const all = [heading, ...rows].map((row) => row.map((cell) => cell.replaceAll("|", "\\|")));
  const widths = heading.map((_, column) => Math.max(3, ...all.map((row) => (row[column] ?? "").length)));
  const line = (row: readonly string[]) => {
    const cells = widths.map((width, column) => {
      const cell = row[column] ?? "";
      return column < left ? cell.padEnd(width) : cell.padStart(width);
    });
    return `| ${cells.join(" | ")} |`;
  };
  const rule = widths.map((width, column) => column < left ? "-".repeat(width) : `${"-".repeat(width - 1)}:`);
  return [line(all[0] as string[]), `| ${rule.join(" | ")} |`, ...all.slice(1).map(line)].join("\n");
}
