import type { AttentionOptions } from "../../lib/style/attention.ts";
import type { RegionOptions } from "../../lib/style/regions.ts";

/** One row of the table: what differs from the defaults. */
export interface Arm {
  readonly id: string;
  readonly attention?: Partial<AttentionOptions>;
  readonly regions?: Partial<RegionOptions>;
  readonly exclusive?: boolean;
}

/** The defaults, then one change of them each. */
export const ARMS: readonly Arm[] = [
  { id: "defaults" },
  { id: "transformer layers", attention: { sites: "layers" } },
  { id: "U-ViT blocks", attention: { sites: "blocks" } },
  { id: "share among all words", attention: { among: "caption" } },
  { id: "mean of a phrase's tokens", attention: { tokens: "mean" } },
  { id: "subjects may overlap", exclusive: false },
  { id: "few tokens masked", attention: { maskRatios: [0.1, 0.25] } },
  { id: "half of the tokens masked", attention: { maskRatios: [0.4, 0.6] } },
  { id: "all tokens masked", attention: { maskRatios: [1] } },
  { id: "Otsu's threshold", regions: { threshold: "otsu" } },
  { id: "threshold 0.5", regions: { threshold: 0.5 } },
  { id: "no margin", regions: { margin: 0 } },
];
