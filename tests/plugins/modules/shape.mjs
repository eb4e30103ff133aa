export default { name: "shape", formatters: { a: 5 } };
