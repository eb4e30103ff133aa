/** A plugin that is made of options. */
export default async (options) => {
  await Promise.resolve();
  if (options === undefined) throw new Error("no options");
  return { name: "made", version: options.version };
};
