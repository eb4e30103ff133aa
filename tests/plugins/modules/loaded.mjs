/** Tells that it was loaded. */
globalThis.omniTestLoaded = (globalThis.omniTestLoaded ?? 0) + 1;
export default { name: "loaded" };
