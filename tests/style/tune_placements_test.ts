import { assert, assertEquals } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { useEngine } from "../../lib/engine/mod.ts";
import { Random } from "../../lib/engine/random.ts";
import { uvit } from "../../lib/models/uvit.ts";
import { applyAdapter, disposeAdapter } from "../../lib/style/adapters.ts";
import {
  ADAPTER_DEFAULTS,
  type AdapterConfig,
  LAYER_RANGES,
  PLACEMENTS,
} from "../../lib/style/placements.ts";
import type { Pair } from "../../lib/style/scaling.ts";
import { tune, TUNE_DEFAULTS } from "../../lib/style/tune.ts";
import { distance, tinyImage, tinyInputs, tinyMuse } from "../generate/tiny_muse.ts";

await useEngine("wasm");
const muse = tinyMuse();
const PAIR: Pair = {
  ...{ kind: "full", text: "a cat, in sticker style", image: tinyImage() },
  variants: [Int32Array.from({ length: 16 }, (_, i) => i % 12)],
  microConditions: [16, 16, 0, 0, 6],
};

/** Every placement x form x sharing x layers that fit each other, and the blocks' attentions. */
const CONFIGS: AdapterConfig[] = PLACEMENTS.flatMap((placement) =>
  LAYER_RANGES.flatMap((layers) => {
    const configs = [true, false].flatMap((shared) =>
      (["kernel", "feature"] as const).map((form) => ({ form, shared, blocks: false }))
    );
    const own = configs.filter(({ form }) => form === "feature" || placement !== "after-cross+mlp");
    const cross = placement.startsWith("cross-");
    const blocks = cross ? [{ form: "kernel" as const, shared: true, blocks: true }] : [];
    return [...own, ...blocks].map((config) => ({
      ...ADAPTER_DEFAULTS,
      ...{ placement, layers, ...config },
    }));
  })
);

Deno.test("one tuning step changes the logits, for every adapter that there is", async () => {
  const { weights, config } = muse.transformer;
  const { ids, text, micro } = tinyInputs();
  const plain = uvit(weights, config, ids, text, micro);
  const settings = { ...TUNE_DEFAULTS, steps: 1, batch: 1, learningRate: 0.1 };
  assertEquals(CONFIGS.length, (6 * 2 + 1) * 2 * 3 + 4 * 3);
  for (const adapterConfig of CONFIGS) {
    const name = JSON.stringify(adapterConfig);
    const options = { random: new Random(name) };
    const { adapter } = await tune(muse, [PAIR], { ...settings, adapter: adapterConfig }, options);
    const model = applyAdapter(adapter, weights);
    const adapted = uvit(model.weights, config, ids, text, micro, model.hooks);
    const change = await distance(plain, adapted);
    assert(change > 1e-5 && Number.isFinite(change), `${change} by ${name}`);
    model.dispose();
    disposeAdapter(adapter);
    adapted.dispose();
  }
  tf.dispose([plain, ids, micro, text.sequence, text.pooled]);
});
