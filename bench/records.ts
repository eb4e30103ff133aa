/**
 * What the benchmarks log. Every subject logs the same records, each in the way its documentation shows.
 *
 * @module
 */

/** Kinds of records. */
export const RECORD_KINDS = ["disabled", "simple", "five", "child"] as const;

/** A kind of record: below the level, text alone, with five fields, by a child with three bound fields plus two. */
export type RecordKind = typeof RECORD_KINDS[number];

/** How tables name them. */
export const RECORD_TITLES: { readonly [K in RecordKind]: string } = {
  disabled: "disabled level",
  simple: "no fields",
  five: "five fields",
  child: "child, 3 bound + 2",
};

/** The text of every record. */
export const TEXT = "request handled";

/** The bound fields of a child. */
export const BOUND = { service: "checkout", region: "eu-central-1", version: 7 };

/** Shape of {@linkcode fiveFields}; not an interface, which LogTape's record type would not take. */
export type FiveFields = {
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly user_id: number;
  readonly duration_ms: number;
};

/** The fields of one record: two strings, two whole numbers, one of which is new each time, and a fraction. */
export function fiveFields(number: number): FiveFields {
  return { method: "GET", path: "/api/v1/items", status: 200, user_id: number, duration_ms: (number & 1023) / 8 };
}

/** Shape of {@linkcode twoFields}. */
export type TwoFields = {
  readonly user_id: number;
  readonly cached: boolean;
};

/** The fields that a child adds. */
export function twoFields(number: number): TwoFields {
  return { user_id: number, cached: true };
}
