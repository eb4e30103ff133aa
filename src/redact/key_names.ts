import type { TextRedactor } from "./text_redactor.ts";

/** Names that are remembered at the most; when there are more, all are forgotten. */
const MAX_KNOWN = 1024;

/** Units of the longest name that is remembered. */
const LONGEST_KNOWN = 64;

/** Knows which names are secret ones and which have a secret in them; looks at the usual ones once. */
export class KeyNames {
  readonly #secret: ReadonlySet<string>;
  readonly #texts: TextRedactor | undefined;
  /** Names without a secret in them, and whether what stands under them is one. */
  readonly #known = new Map<string, boolean>();

  /** @param names In any case. */
  constructor(names: readonly string[], texts: TextRedactor | undefined) {
    this.#secret = new Set(names.map(fold));
    this.#texts = texts;
  }

  /** Whether what stands under this name is secret. */
  isSecret(key: string): boolean {
    return this.#known.get(key) ?? this.#secret.has(fold(key));
  }

  /** The name itself without secrets: the keys of a Map are names, too. */
  visible(key: string, path: readonly string[]): string {
    if (this.#known.has(key)) return key;
    const name = this.#texts === undefined ? key : this.#texts.redact(key, "", path);
    if (name === key && key.length <= LONGEST_KNOWN) {
      if (this.#known.size >= MAX_KNOWN) this.#known.clear();
      this.#known.set(key, this.#secret.has(fold(key)));
    }
    return name;
  }
}

function fold(key: string): string {
  return key.toLowerCase();
}
