const KEY = Symbol.for("@omni/log/shared");

/**
 * What all copies of the library in this thread share: a program may have several, of several versions (its packages
 * bring their own, `bun --hot` loads it again at each change). Whoever changes what a key stands for changes the key.
 */
export function sharedByCopies(): Map<string, unknown> {
  const place = globalThis as { [KEY]?: Map<string, unknown> };
  return place[KEY] ??= new Map();
}
