/**
 * Adapters beside PyTorch's autograd, PEFT and diffusers.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { adapterFrom, adapterHooks, applyAdapter } from "../../lib/style/adapters.ts";
import { importLora } from "../../lib/style/lora_files.ts";
import { ADAPTER_DEFAULTS } from "../../lib/style/placements.ts";
import { tuneInputs, tuneLoss } from "../../lib/style/tune_batch.ts";
import { maskToken, type UVitConfig, uvitConfig } from "../../lib/models/uvit.ts";
import { fixtureMuse, sharedAdapter } from "../models/fixtures/from_here.ts";
import { type Fixture, openFixture } from "../models/fixture.ts";
import type { Component } from "./components.ts";
import { compare } from "./measure.ts";
import { runUVit } from "./models.ts";

const FOLDER = new URL("../models/fixtures/adapters", import.meta.url).pathname;

/** The tuning fixture taken apart: model, adapter and the batch as `tune` would draw it. */
async function tuningStep(fixture: Fixture) {
  const config = uvitConfig(fixture.config as Partial<UVitConfig>);
  const adapterConfig = { ...ADAPTER_DEFAULTS, dPrj: 3, shared: false };
  const raw = new Map<string, { shape: number[]; data: Float32Array }>();
  for (const name of fixture.gradients) {
    const value = fixture.input(`adapter.${name}`);
    raw.set(name, { shape: [...value.shape], data: await value.data() as Float32Array });
  }
  const read = async (name: string) => await fixture.input(name, "int32").data() as Int32Array;
  const [ids, targets, masked] = [await read("ids"), await read("targets"), await read("masked")];
  // the reference was given 45 + position; here a masked token is the last id everywhere
  const own = ids.map((id, i) => masked[i] ? maskToken(config) : id);
  const micro = await fixture.input("micro").array() as [number, number, number, number, number][];
  return {
    transformer: { config, weights: fixture.weights },
    adapter: adapterFrom(config, adapterConfig, raw),
    pairs: micro.map((microConditions) => ({ microConditions })),
    texts: {
      sequence: fixture.input("sequence") as tf.Tensor3D,
      pooled: fixture.input("pooled") as tf.Tensor2D,
    },
    batch: { pairs: [0, 1], ids: own, targets, weights: Float32Array.from(masked) },
  };
}

type Step = Awaited<ReturnType<typeof tuningStep>>;

function lossOf(step: Step, smoothing = 0, adapter = step.adapter): tf.Scalar {
  return tf.tidy(() =>
    tuneLoss(step, adapter, step.texts, tuneInputs(step.pairs, step.batch), smoothing)
  );
}

function gradientsOf(step: Step): tf.NamedTensorMap {
  const tensors = new Map([...step.adapter.tensors].map(([n, t]) => [n, tf.variable(t, true, n)]));
  const { grads } = tf.variableGrads(() => lossOf(step, 0, { ...step.adapter, tensors }));
  return grads;
}

const tuning = { fixture: "tuning", library: "peft" } as const;

const TUNING: Component[] = [{
  ...tuning,
  title: "U-ViT with a mask token per position and an adapter: logits",
  limit: 1e-4,
  async measure(fixture) {
    const { adapter } = await tuningStep(fixture);
    const logits = runUVit(fixture, fixture.weights, adapterHooks(adapter));
    return compare([[logits, fixture.expected("logits")]]);
  },
}, {
  ...tuning,
  title: "Tuning step: loss, with and without label smoothing",
  limit: 1e-4,
  async measure(fixture) {
    const step = await tuningStep(fixture);
    return compare([
      [lossOf(step), fixture.expected("loss")],
      [lossOf(step, 0.1), fixture.expected("smoothed")],
    ]);
  },
}, {
  ...tuning,
  title: "Tuning step: gradients of the key and value adapters",
  library: "torch",
  limit: 1e-3,
  async measure(fixture) {
    const grads = gradientsOf(await tuningStep(fixture));
    return compare(
      fixture.gradients.map((n) => [grads[n] as tf.Tensor, fixture.expected(`gradient.${n}`)]),
    );
  },
}];

/** A LoRA of the reference's making, read here, from outside and merged. */
function imported(name: string, title: string, expected = name, alpha?: number): Component {
  return {
    title,
    fixture: "adapters/expected",
    library: expected === "peft" ? "peft" : "diffusers",
    limit: 1e-4,
    async measure(wanted) {
      const muse = await fixtureMuse("tuning"), model = await openFixture("tuning");
      const options = alpha === undefined ? {} : { alpha };
      const adapter = await importLora(`${FOLDER}/${name}`, muse, options);
      const merged = applyAdapter(adapter, model.weights);
      return compare([
        [runUVit(model, model.weights, adapterHooks(adapter)), wanted.expected(expected)],
        [runUVit(model, merged.weights), wanted.expected(expected)],
      ]);
    },
  };
}

/** The adapters' rows of the parity table. */
export const ADAPTERS: readonly Component[] = [...TUNING, {
  title: "Adapter saved here, loaded by diffusers: logits",
  fixture: "adapters/expected",
  library: "diffusers",
  limit: 1e-4,
  async measure(wanted) {
    const model = await openFixture("tuning");
    const adapter = sharedAdapter(await fixtureMuse("tuning"));
    const logits = runUVit(model, model.weights, adapterHooks(adapter));
    return compare([[logits, wanted.expected("from_here")]]);
  },
}, ...[
  imported("peft", "LoRA of PEFT, alpha and rank per module: logits"),
  imported("diffusers", "LoRA of diffusers' model, all q, k, v, rsLoRA: logits"),
  imported("pipeline", "LoRA of diffusers' pipeline, no alpha: logits"),
  imported("pipeline", "LoRA of diffusers' pipeline, alpha given by hand: logits", "made", 6),
  imported("alphas", "LoRA with alphas as tensors: logits", "made"),
]];
