import { textOfBytes } from "./decoded.ts";
import type { NamedValues } from "./named_values.ts";
import type { SecretNames } from "./secret_names.ts";
import type { TextRedactor } from "./text_redactor.ts";

/** Names that are remembered at the most; when there are more, all are forgotten. */
const MAX_KNOWN = 1024;

/** Units of the longest name that is remembered. */
const LONGEST_KNOWN = 64;

/** Names of the property that holds a name, and of the one that holds what stands under it: `{ name, value }`. */
const NAME_PROPERTIES = ["name", "key", "header", "field", "Name", "Key"] as const;
const VALUE_PROPERTIES: ReadonlySet<string> = new Set(["value", "values", "Value", "Values"]);

/** Knows which names are secret ones and which have a secret in them; looks at the usual ones once. */
export class KeyNames {
  readonly #keys: NamedValues | undefined;
  readonly #secret: SecretNames | undefined;
  readonly #texts: TextRedactor;
  /** Names without a secret in them, and whether what stands under them is one. */
  readonly #known = new Map<string, boolean>();

  constructor(keys: NamedValues | undefined, texts: TextRedactor) {
    this.#keys = keys;
    this.#secret = keys?.names;
    this.#texts = texts;
  }

  /** Whether what stands under this name is secret. */
  isSecret(key: string): boolean {
    return this.#known.get(key) ?? this.#secret?.hasField(key) ?? false;
  }

  /** The name itself without secrets: the keys of a Map are names, too. */
  visible(key: string, path: readonly string[]): string {
    if (this.#known.has(key)) return key;
    const name = this.#texts.redact(key, "", path);
    if (name === key && key.length <= LONGEST_KNOWN) {
      if (this.#known.size >= MAX_KNOWN) this.#known.clear();
      this.#known.set(key, this.#secret?.hasField(key) ?? false);
    }
    return name;
  }

  /** Whether an item of an array is a secret name, so that the next one is what stands under it: `rawHeaders` of Node. */
  isNameItem(item: unknown): boolean {
    if (this.#secret === undefined || typeof item !== "string") return false;
    return this.#secret.hasField(textOfBytes(item)?.text ?? item);
  }

  /** Whether a printed value ends with a secret name, so that the next one is what stands under it. */
  isNameBefore(value: unknown): boolean {
    return typeof value === "string" && this.#keys?.isNameAtEnd(value) === true;
  }

  /** Whether a property is what stands under a secret name, which another property of the object holds. */
  isNamedValue(key: string, object: Readonly<Record<string, unknown>>): boolean {
    if (this.#secret === undefined || !VALUE_PROPERTIES.has(key)) return false;
    return NAME_PROPERTIES.some((property) => Object.hasOwn(object, property) && this.isNameItem(object[property]));
  }
}
