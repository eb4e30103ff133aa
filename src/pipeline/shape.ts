/**
 * The sequence of keys of a fields object, interned: the same keys in the same order are the same `Shape`, so that
 * what depends on the keys alone is worked out once and the queue keeps values only.
 *
 * Shapes form a tree by key. Each remembers which key came next the last time, so that following a program's usual
 * objects costs one comparison of pointers per key.
 */
export class Shape {
  /** The keys, in order. */
  readonly keys: readonly string[];
  readonly #children = new Map<string, Shape>();
  readonly #registry: ShapeRegistry;
  #lastKey: string | undefined;
  #lastChild: Shape | undefined;
  // What formatters have worked out for the shape: the one that was used last, for a program has one or two, and the
  // others. A format that has been replaced must not be kept for as long as the logger is.
  #lastEncoder: object | undefined;
  #lastEncoded: unknown;
  #encoded: WeakMap<object, unknown> | undefined;

  /** Only for the registry. */
  constructor(registry: ShapeRegistry, keys: readonly string[]) {
    this.#registry = registry;
    this.keys = keys;
  }

  /** The shape with one more key; `undefined` when the registry is full. */
  then(key: string): Shape | undefined {
    return key === this.#lastKey ? this.#lastChild : this.#find(key);
  }

  #find(key: string): Shape | undefined {
    let child = this.#children.get(key);
    if (child === undefined) {
      child = this.#registry.make([...this.keys, key]);
      if (child === undefined) return undefined;
      this.#children.set(key, child);
    }
    this.#lastKey = key;
    this.#lastChild = child;
    return child;
  }

  /** What `encoder` makes of the keys, worked out once. */
  encoded<T>(encoder: { encodeKeys(keys: readonly string[]): T }): T {
    if (this.#lastEncoder === encoder) return this.#lastEncoded as T;
    let encoded = this.#encoded?.get(encoder) as T | undefined;
    if (encoded === undefined) {
      encoded = encoder.encodeKeys(this.keys);
      if (this.#lastEncoder !== undefined) {
        this.#encoded ??= new WeakMap();
        this.#encoded.set(this.#lastEncoder, this.#lastEncoded).set(encoder, encoded);
      }
    }
    this.#lastEncoder = encoder;
    this.#lastEncoded = encoded;
    return encoded;
  }
}

/** Shapes that are kept at the most: a program that makes up keys at run time must not fill the memory with them. */
const MAX_SHAPES = 4096;

/** Keys of a shape at the most; longer objects take the general way. */
const MAX_KEYS = 64;

/** UTF-16 units of a key at the most: a shape is kept for as long as the logger is. */
const LONGEST_KEY = 256;

/** All shapes of one logger. */
export class ShapeRegistry {
  /** The shape without keys. */
  readonly empty: Shape = new Shape(this, []);
  #count = 0;

  /** Makes a shape unless there are too many. */
  make(keys: readonly string[]): Shape | undefined {
    if (this.#count >= MAX_SHAPES || keys.length > MAX_KEYS) return undefined;
    if ((keys.at(-1) as string).length > LONGEST_KEY) return undefined;
    this.#count++;
    return new Shape(this, keys);
  }
}
