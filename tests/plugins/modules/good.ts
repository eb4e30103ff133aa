/** A plugin as a default export. */
export default {
  name: "good",
  version: "1.2.3",
  formatters: { shout: ({ msg }: { msg: string }) => msg.toUpperCase() },
};
