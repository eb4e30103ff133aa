export const other = { name: "x" };
