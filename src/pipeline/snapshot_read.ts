/**
 * Reading things that may throw.
 *
 * @module
 */
import { messageOf } from "../errors.ts";
import { define } from "./snapshot_text.ts";

/** Reads a property that may be a getter that throws. */
export function readProperty(value: object, key: PropertyKey): unknown {
  try {
    return (value as Record<PropertyKey, unknown>)[key];
  } catch (error) {
    return textOfThrown(error);
  }
}

/** The same for an item of an array: engines look it up faster where nothing else is looked up. */
export function readItem(items: ArrayLike<unknown>, index: number): unknown {
  try {
    return items[index];
  } catch (error) {
    return textOfThrown(error);
  }
}

/** The same for the method that tells how an object is to be shown. */
export function readToJson(value: { readonly toJSON?: unknown }): unknown {
  try {
    return value.toJSON;
  } catch (error) {
    return textOfThrown(error);
  }
}

/** What stands for a property that cannot be read. */
export function textOfThrown(error: unknown): string {
  return `[Throws: ${messageOf(error)}]`;
}

/** The own enumerable properties of an object as one that can be spread: reading it never throws. */
export function readFields(fields: object): Record<string, unknown> {
  const out: Record<string, unknown> = {};
  try {
    for (const key of Object.keys(fields)) define(out, key, readProperty(fields, key));
  } catch {
    // A Proxy that throws has no fields to show.
  }
  return out;
}

/** The number of entries that the engine knows, whatever a derived class says. */
export function sizeOf(prototype: { readonly size: number }, value: object): number {
  return Reflect.get(prototype, "size", value) as number;
}

/** The name of a function or class. */
export function nameOfFunction(value: object): string {
  const name = readProperty(value, "name");
  return typeof name === "string" && name !== "" ? name : "anonymous";
}

/** The name of an object's class. */
export function nameOfClass(value: object): string {
  const constructor = readProperty(value, "constructor");
  return typeof constructor === "function" ? nameOfFunction(constructor) : "a class";
}
