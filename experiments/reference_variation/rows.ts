import type { PairedTest } from "../../lib/score/statistics.ts";
import type { Estimate } from "../../lib/show/table.ts";
import { TRUTH } from "../recipe/drawings.ts";
import type { Switch } from "./variants.ts";

/** How often a concept is found where it is on, in the reference or in the words, and where it is off. */
export interface SwitchRow {
  readonly concept: Switch;
  readonly method: string;
  readonly on: Estimate;
  readonly off: Estimate;
  /** On less off, on the same prompts. */
  readonly difference: PairedTest;
  /** The same of the cosine with the concept's words, which also sees what no head calls found. */
  readonly closer: PairedTest;
}

/** What tells whether the style stays, with its heading. */
export const QUALITY = {
  style: "Style cos ↑",
  styleNamed: "Style named ↑",
  drawn: "Drawn rate ↑",
  oracle: "Oracle cos ↑",
} as const;
/** One of {@linkcode QUALITY}. */
export type Quality = keyof typeof QUALITY;

/** How good the pictures of one variant's adapters are. */
export interface QualityRow extends Readonly<Record<Quality, Estimate>> {
  readonly reference: string;
  readonly method: string;
}

/** The methods that have seen the reference. */
export function tunedOf(rows: readonly SwitchRow[]): [string, SwitchRow[]][] {
  return [...Map.groupBy(rows, ({ method }) => method)]
    .filter(([method]) => method !== "muse" && method !== TRUTH);
}
