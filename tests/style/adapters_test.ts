import { assert, assertEquals, assertThrows } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { Random } from "../../lib/engine/random.ts";
import { uvit, type UVitConfig, uvitConfig } from "../../lib/models/uvit.ts";
import {
  type Adapter,
  adapterFrom,
  adapterHooks,
  adapterShapes,
  applyAdapter,
  disposeAdapter,
  initAdapter,
  parameterCount,
} from "../../lib/style/adapters.ts";
import {
  ADAPTER_DEFAULTS,
  type AdapterConfig,
  adapterSites,
  PLACEMENTS,
} from "../../lib/style/placements.ts";
import { distance, TINY, tinyInputs, tinyWeights } from "../generate/tiny_muse.ts";

await tf.setBackend("cpu");

const configOf = (change: Partial<AdapterConfig>): AdapterConfig => ({
  ...ADAPTER_DEFAULTS,
  ...change,
});
const STYLEDROP = configOf({ placement: "after-cross+mlp", form: "feature" });
const count = (model: UVitConfig, config: AdapterConfig) =>
  [...adapterShapes(model, config).values()].reduce(
    (sum, shape) => sum + shape.reduce((a, b) => a * b, 1),
    0,
  );

/** The adapter with every tensor drawn anew, so that it changes the model. */
function filled(config: AdapterConfig): Adapter {
  const random = new Random("filled");
  const tensors = [...adapterShapes(TINY, config)].map(([name, shape]) => {
    const size = shape.reduce((a, b) => a * b, 1);
    return [name, { shape, data: random.split(name).gaussian(size, 0.3) }] as const;
  });
  return adapterFrom(TINY, config, new Map(tensors));
}

// StyleDrop table S3 with Muse's 48 layers of width 2048 (method.md 1.4).
const MUSE = uvitConfig({
  hidden_size: 2048,
  num_hidden_layers: 48,
  intermediate_size: 8192,
  num_attention_heads: 32,
});

Deno.test("adapterShapes() has the published parameter counts", () => {
  for (const base of [STYLEDROP, configOf({ placement: "cross-kv" })]) {
    assertEquals(count(MUSE, { ...base, dPrj: 4, shared: true }), 229_760);
    assertEquals(count(MUSE, { ...base, dPrj: 32, shared: false }), 12_582_912);
  }
});

Deno.test("adapterShapes() has the counts computed for aMUSEd-256", () => {
  const amused = uvitConfig({});
  assertEquals(count(amused, configOf({ dPrj: 4, shared: false })), 360_448);
  assertEquals(count(amused, configOf({ dPrj: 16, shared: false })), 1_441_792);
  assertEquals(count(amused, configOf({ dPrj: 4, shared: true })), 61_616);
  assertEquals(count(amused, configOf({ dPrj: 1, shared: false, blocks: true })), 126_976);
});

const forms: AdapterConfig[] = PLACEMENTS.flatMap((placement) =>
  (["kernel", "feature"] as const).flatMap((form) =>
    [true, false].map((shared) => configOf({ placement, form, shared }))
  )
).filter(({ placement, form }) => placement !== "after-cross+mlp" || form === "feature");

Deno.test("initAdapter() leaves the model as it was, for every placement", async () => {
  const weights = tinyWeights();
  const { ids, text, micro } = tinyInputs();
  const plain = uvit(weights, TINY, ids, text, micro);
  for (const config of forms) {
    const adapter = initAdapter(TINY, config, new Random(1));
    const model = applyAdapter(adapter, weights);
    const adapted = uvit(model.weights, TINY, ids, text, micro, model.hooks);
    assertEquals(await distance(plain, adapted), 0, JSON.stringify(config));
    disposeAdapter(adapter);
  }
});

Deno.test("applyAdapter() changes the model, for every placement", async () => {
  const weights = tinyWeights();
  const { ids, text, micro } = tinyInputs();
  const plain = uvit(weights, TINY, ids, text, micro);
  for (const config of [...forms, configOf({ blocks: true, layers: "last-half" })]) {
    const model = applyAdapter(filled(config), weights);
    const adapted = uvit(model.weights, TINY, ids, text, micro, model.hooks);
    assert(await distance(plain, adapted) > 1e-4, JSON.stringify(config));
  }
});

Deno.test("applyAdapter() merges what adapterHooks() compute from outside", async () => {
  const weights = tinyWeights();
  const { ids, text, micro } = tinyInputs();
  for (const config of forms.filter((config) => config.form === "kernel")) {
    const adapter = filled(config);
    const outside = uvit(weights, TINY, ids, text, micro, adapterHooks(adapter));
    const merged = uvit(applyAdapter(adapter, weights).weights, TINY, ids, text, micro);
    assert(await distance(outside, merged) < 1e-4, JSON.stringify(config));
  }
});

Deno.test("applyAdapter() frees what it merged and leaves the base alone", () => {
  const weights = tinyWeights();
  const adapter = filled(configOf({}));
  const before = tf.memory().numTensors;
  applyAdapter(adapter, weights).dispose();
  assertEquals(tf.memory().numTensors, before);
  disposeAdapter(adapter);
  assertEquals(tf.memory().numTensors, before - adapter.tensors.size);
  assert([...weights.values()].every((tensor) => !tensor.isDisposed));
});

Deno.test("adapterSites() covers the layers asked for", () => {
  const modules = (change: Partial<AdapterConfig>) =>
    adapterSites(TINY, configOf({ placement: "cross-k", ...change })).map((site) => site.module);
  assertEquals(modules({ layers: "first-half" }), [
    "transformer_layers.0.attn2.to_k",
    "transformer_layers.1.attn2.to_k",
  ]);
  assertEquals(modules({ layers: "last-half", blocks: true }), [
    "transformer_layers.2.attn2.to_k",
    "up_block.attention_blocks.0.attn1.to_k",
    "up_block.attention_blocks.0.attn2.to_k",
  ]);
});

Deno.test("adapterSites() names only modules that the model has", () => {
  const weights = tinyWeights();
  for (const config of forms.filter((config) => config.form === "kernel")) {
    for (const { module, ins, outs } of adapterSites(TINY, config)) {
      assertEquals(weights.get(`${module}.weight`)?.shape, [outs, ins]);
    }
  }
});

Deno.test("parameterCount() counts what trains", () => {
  const adapter = initAdapter(TINY, configOf({ shared: false, dPrj: 2 }), new Random(1));
  assertEquals(parameterCount(adapter), 3 * 2 * 2 * 2 * 16); // layers, k and v, down and up
});

Deno.test("initAdapter() draws within two standard deviations and by seed", async () => {
  const draw = async (seed: number) => {
    const adapter = initAdapter(TINY, configOf({ initStd: 0.5 }), new Random(seed));
    return await adapter.tensors.get("transformer_layers.*.attn2.to_k.lora_A.weight")!.data();
  };
  const values = await draw(1);
  assert(values.every((x) => Math.abs(x) <= 1) && values.some((x) => Math.abs(x) > 0.5));
  assertEquals(await draw(1), values);
  assert((await draw(2))[0] !== values[0]);
});

Deno.test("adapterSites() refuses configs that make no sense", () => {
  const bad: [Partial<AdapterConfig>, string][] = [
    [{ dPrj: 0 }, "dPrj is 0"],
    [{ placement: "cross" as "cross-k" }, "placement is cross, want cross-kv |"],
    [{ placement: "after-cross+mlp" }, "want feature"],
    [{ placement: "self-kv", blocks: true }, "blocks is true"],
    [{ modules: ["transformer_layers.0.attn2.to_k"] }, "modules is transformer_layers.0"],
    [{ placement: "listed", shared: false }, "modules is undefined"],
    [
      { placement: "listed", shared: false, modules: ["encoder_proj"] },
      '"encoder_proj" is no linear',
    ],
  ];
  for (const [change, message] of bad) {
    assertThrows(() => adapterSites(TINY, configOf(change)), RangeError, message);
  }
  assertThrows(() => adapterFrom(TINY, configOf({}), new Map()), TypeError, "is missing");
});
