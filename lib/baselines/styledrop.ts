import { type Guidance, GUIDANCE_DEFAULTS } from "../generate/guidance.ts";
import { ADAPTER_DEFAULTS, type AdapterConfig } from "../style/placements.ts";
import type { TuneConfig } from "../style/tune.ts";
import { fineStyle } from "./finestyle.ts";
import type { Method } from "./method.ts";

/** StyleDrop's adapter of round 1: after cross-attention and MLP, with GELU, shared (table S3). */
export const STYLEDROP_ADAPTER: AdapterConfig = Object.freeze({
  ...ADAPTER_DEFAULTS,
  placement: "after-cross+mlp",
  form: "feature",
  shared: true,
  dPrj: 4,
});

/**
 * StyleDrop, round 1 (Sohn et al. 2023; method.md 2): one image-text pair, its own adapter and its own
 * guidance. It shares tuning and sampling with FineStyle; only these three differ.
 */
export function styleDrop(
  config: { readonly tune?: Partial<TuneConfig>; readonly guidance?: Guidance } = {},
  id = "styledrop",
): Method {
  return fineStyle({
    scaling: { mode: "none" },
    tune: { adapter: STYLEDROP_ADAPTER, ...config.tune },
    guidance: config.guidance ?? GUIDANCE_DEFAULTS.styledrop,
  }, id);
}
