import type { GrowthRow, Spread } from "../results.ts";
import type { Provenance } from "../support/machine.ts";

/** A number with about three digits that mean something. */
export function digits(value: number | undefined): string {
  if (value === undefined || !Number.isFinite(value)) return "-";
  if (value >= 100) return String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, ",");
  return value >= 10 ? value.toFixed(1) : value.toFixed(2);
}

/** The machine, without anything that names it. */
export function machineText({ cpu, cores, memoryGiB, system }: Provenance["machine"]): string {
  return `${cpu}, ${cores} cores, ${memoryGiB} GiB, ${system}`;
}

/** The least and the greatest. */
export function range(spread: Spread | undefined): string {
  return spread === undefined ? "-" : `${digits(spread.min)} - ${digits(spread.max)}`;
}

/** How many times something is. */
export function times(ratio: number | undefined): string {
  return ratio === undefined || !Number.isFinite(ratio) ? "-" : `${ratio.toFixed(ratio < 10 ? 2 : 1)} x`;
}

/** A share in percent. */
export function percent(ratio: number | undefined): string {
  return ratio === undefined || !Number.isFinite(ratio) ? "-" : `${(ratio * 100).toFixed(0)}%`;
}

/** What a row of growth is about: what grows, and what it costs more of, unless that is a record. */
export function growthTitle({ dimension, per }: Pick<GrowthRow, "dimension" | "per">): string {
  return per === "rotation" ? `${dimension}: ms per rotation` : dimension;
}

/** Nanoseconds in the unit that its costs are told in. */
export function growthUnit({ per }: Pick<GrowthRow, "per">): number {
  return per === "rotation" ? 1e6 : 1;
}
