/**
 * U-ViT, VQ model and CLIP beside diffusers and transformers, hidden states included.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import {
  CLIP_MEAN,
  CLIP_STD,
  clipText,
  type ClipTextConfig,
  clipTextConfig,
  clipVision,
  type ClipVisionConfig,
  clipVisionConfig,
} from "../../lib/models/clip.ts";
import type { Hooks } from "../../lib/models/hooks.ts";
import { uvit, type UVitConfig, uvitConfig } from "../../lib/models/uvit.ts";
import {
  lookUpCodes,
  type VQConfig,
  vqConfig,
  vqDecodeLatents,
  vqEncode,
  vqLatents,
} from "../../lib/models/vq.ts";
import type { Weights } from "../../lib/models/weights.ts";
import type { Fixture } from "../models/fixture.ts";
import type { Component } from "./components.ts";
import { compare, different, watch } from "./measure.ts";

/** Runs a fixture's U-ViT on its inputs. */
export function runUVit(fixture: Fixture, weights: Weights = fixture.weights, hooks?: Hooks) {
  const config = uvitConfig(fixture.config as Partial<UVitConfig>);
  const text = {
    sequence: fixture.input("sequence") as tf.Tensor3D,
    pooled: fixture.input("pooled") as tf.Tensor2D,
  };
  const ids = fixture.input("ids", "int32") as tf.Tensor2D;
  return uvit(weights, config, ids, text, fixture.input("micro") as tf.Tensor2D, hooks);
}

function uvitRows(name: string, title: string): Component[] {
  const rows: Component[] = [{
    title: `${title}: logits`,
    fixture: name,
    library: "diffusers",
    limit: 1e-4,
    measure: (fixture) => compare([[runUVit(fixture), fixture.expected("logits")]]),
  }, {
    title: `${title}: hidden states`,
    fixture: name,
    library: "diffusers",
    limit: 1e-4,
    measure(fixture) {
      const { hooks, pairs } = watch(fixture);
      runUVit(fixture, fixture.weights, hooks);
      return compare(pairs());
    },
  }];
  return rows;
}

function uvitGradients(name: string, title: string): Component {
  return {
    title: `${title}: gradients of all weights`,
    fixture: name,
    library: "torch",
    limit: 1e-3,
    measure(fixture) {
      const variables = new Map([...fixture.weights].map(([n, t]) => [n, tf.variable(t, true, n)]));
      const direction = fixture.input("direction");
      const { grads } = tf.variableGrads(() =>
        tf.mean(tf.mul(runUVit(fixture, variables), direction))
      );
      return compare(
        fixture.gradients.map((n) => [grads[n] as tf.Tensor, fixture.expected(`gradient.${n}`)]),
      );
    },
  };
}

const vqOf = (fixture: Fixture) => vqConfig(fixture.config as Partial<VQConfig>);

const VQ = { fixture: "vq", library: "diffusers", limit: 1e-4 } as const;

const VQ_ROWS: Component[] = [{
  ...VQ,
  title: "VQ encoder: latents and hidden states",
  measure(fixture) {
    const { hooks, pairs } = watch(fixture);
    const pixels = fixture.input("pixels") as tf.Tensor4D;
    const latents = vqLatents(fixture.weights, vqOf(fixture), pixels, hooks);
    return compare([[latents, fixture.expected("latents")], ...pairs(/^encoder/)]);
  },
}, {
  ...VQ,
  title: "VQ encoder: tokens",
  limit: 0,
  async measure(fixture) {
    const pixels = fixture.input("pixels") as tf.Tensor4D;
    const ids = await vqEncode(fixture.weights, vqOf(fixture), pixels).data();
    return different(ids, fixture.expected("ids").data);
  },
}, {
  ...VQ,
  title: "VQ decoder: pixels and hidden states",
  measure(fixture) {
    const { hooks, pairs } = watch(fixture);
    const { shape, data } = fixture.expected("ids");
    const ids = tf.tensor2d(Int32Array.from(data), shape as [number, number], "int32");
    const codes = lookUpCodes(fixture.weights, vqOf(fixture), ids);
    const pixels = vqDecodeLatents(fixture.weights, vqOf(fixture), codes, hooks);
    return compare([[pixels, fixture.expected("decoded")], ...pairs(/^(decoder|post)/)]);
  },
}];

function clipTextRows(name: string, title: string): Component[] {
  const run = (fixture: Fixture, hooks?: Hooks) =>
    clipText(
      fixture.weights,
      clipTextConfig(fixture.config as Partial<ClipTextConfig>),
      fixture.input("ids", "int32") as tf.Tensor2D,
      hooks,
    );
  const row = { fixture: name, library: "transformers", limit: 1e-4 } as const;
  return [{
    ...row,
    title: `${title}: penultimate state`,
    measure: (fixture) => compare([[run(fixture).sequence, fixture.expected("sequence")]]),
  }, {
    ...row,
    title: `${title}: projection`,
    measure: (fixture) => compare([[run(fixture).pooled, fixture.expected("pooled")]]),
  }, {
    ...row,
    title: `${title}: hidden states`,
    measure(fixture) {
      const { hooks, pairs } = watch(fixture);
      run(fixture, hooks);
      return compare(pairs());
    },
  }];
}

function runVision(fixture: Fixture, normalised: boolean, hooks?: Hooks) {
  return clipVision(
    fixture.weights,
    clipVisionConfig(fixture.config as Partial<ClipVisionConfig>),
    fixture.input("pixels") as tf.Tensor4D,
    normalised ? { mean: CLIP_MEAN, std: CLIP_STD } : undefined,
    hooks,
  );
}

const VISION = { fixture: "clip_vision", library: "transformers", limit: 1e-4 } as const;

const VISION_ROWS: Component[] = [{
  ...VISION,
  title: "CLIP vision: projection, with and without normalised pixels",
  measure: (fixture) =>
    compare([
      [runVision(fixture, false).pooled, fixture.expected("embeds")],
      [runVision(fixture, true).pooled, fixture.expected("normalised")],
    ]),
}, {
  ...VISION,
  title: "CLIP vision: hidden states",
  measure(fixture) {
    const { hooks, pairs } = watch(fixture);
    runVision(fixture, false, hooks);
    return compare(pairs());
  },
}];

/** The models' rows of the parity table. */
export const MODELS: readonly Component[] = [
  ...uvitRows("uvit", "U-ViT"),
  uvitGradients("uvit", "U-ViT"),
  ...uvitRows("uvit_resampled", "U-ViT with down- and upsampling"),
  uvitGradients("uvit_resampled", "U-ViT with down- and upsampling"),
  ...uvitRows("uvit_biased", "U-ViT with biases"),
  ...VQ_ROWS,
  ...clipTextRows("clip_text", "CLIP text"),
  ...clipTextRows("clip_text_legacy", "CLIP text, old configs"),
  ...VISION_ROWS,
];
