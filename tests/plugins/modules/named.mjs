/** A plugin as an export of a name. */
export const plugin = { name: "named" };
