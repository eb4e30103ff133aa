import type { RecordPlace } from "./report.ts";

type FindingKind = "gaps" | "missing" | "doubles" | "disorder" | "altered";

/** What is found, counted exactly, and listed as long as there is room. */
export class Findings {
  /** Findings of each kind that are listed at the most. */
  static readonly MOST_LISTED = 100;
  readonly counts: Record<FindingKind, number> = { gaps: 0, missing: 0, doubles: 0, disorder: 0, altered: 0 };
  /** Gaps that are kept, so that a record that comes late can be told from one that comes twice. */
  openGaps = 0;

  /** Counts one and lists it. */
  add(kind: "doubles" | "disorder" | "altered", list: RecordPlace[], place: RecordPlace): void {
    if (this.counts[kind]++ < Findings.MOST_LISTED) list.push(place);
  }
}
