import { type Guidance, GUIDANCE_DEFAULTS } from "../generate/guidance.ts";
import { applyAdapter, disposeAdapter } from "../style/adapters.ts";
import { type FineStyleConfig, personalize } from "../style/personalize.ts";
import { ADAPTER_DEFAULTS } from "../style/placements.ts";
import { type Method, tunedMethod } from "./method.ts";

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
    async prepare(reference, muse, random, onStep) {
      const start = performance.now();
      const options = { random, ...(onStep && { onStep }) };
      const { adapter } = await personalize(muse, reference, config, options);
      const tuneSeconds = (performance.now() - start) / 1000;
      return method.restore!(adapter, muse, tuneSeconds);
    },
    restore(adapter, muse, tuneSeconds) {
      const guidance = config.guidance ?? GUIDANCE_DEFAULTS.finestyle;
      const adapted = applyAdapter(adapter, muse.transformer.weights);
      const dispose = () => {
        adapted.dispose();
        disposeAdapter(adapter);
      };
      return tunedMethod(method, muse, guidance, { adapted, adapter, tuneSeconds, dispose });
    },
  };
  return method;
}
