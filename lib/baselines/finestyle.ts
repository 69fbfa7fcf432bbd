import { type Guidance, GUIDANCE_DEFAULTS } from "../generate/guidance.ts";
import type { Muse } from "../models/muse.ts";
import { type Adapter, applyAdapter, disposeAdapter } from "../style/adapters.ts";
import { type FineStyleConfig, personalize } from "../style/personalize.ts";
import { ADAPTER_DEFAULTS } from "../style/placements.ts";
import { TUNE_DEFAULTS } from "../style/tune.ts";
import { type Method, type Tuned, tunedMethod } from "./method.ts";

/** FineStyle's settings and how its results are guided. */
export interface FineStyleMethodConfig extends FineStyleConfig {
  readonly guidance?: Guidance;
}

/**
 * FineStyle as a row of the tables. Its variants are configs: `scaling.mode: "none"` is the arm without
 * data scaling, `tune.adapter.placement` the ablation of placements.
 *
 * @param id row id: `finestyle`, `finestyle-no-scaling`, `finestyle-<placement>`
 */
export function fineStyle(config: FineStyleMethodConfig = {}, id = "finestyle"): Method {
  const method: Method = {
    id,
    placement: (config.tune?.adapter ?? ADAPTER_DEFAULTS).placement,
    dataScaling: config.scaling?.mode !== "none",
    steps: config.tune?.steps ?? TUNE_DEFAULTS.steps,
    async prepare(reference, muse, random, onStep) {
      const start = performance.now();
      const options = { random, ...(onStep && { onStep }) };
      const { adapter } = await personalize(muse, reference, config, options);
      const tuneSeconds = (performance.now() - start) / 1000;
      return method.restore!(adapter, muse, tuneSeconds);
    },
    restore: (adapter, muse, tuneSeconds) =>
      restoreAdapted(
        method,
        config.guidance ?? GUIDANCE_DEFAULTS.finestyle,
        adapter,
        muse,
        tuneSeconds,
      ),
  };
  return method;
}

/** A method ready to generate with an adapter, which it takes over. */
export function restoreAdapted(
  method: Method,
  guidance: Guidance,
  adapter: Adapter,
  muse: Muse,
  tuneSeconds: number,
): Tuned {
  const adapted = applyAdapter(adapter, muse.transformer.weights);
  const dispose = () => {
    adapted.dispose();
    disposeAdapter(adapter);
  };
  return tunedMethod(method, muse, guidance, { adapted, adapter, tuneSeconds, dispose });
}
