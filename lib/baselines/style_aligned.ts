import * as tf from "@tensorflow/tfjs";
import { type Guidance, GUIDANCE_DEFAULTS } from "../generate/guidance.ts";
import { fullImageConditions, imageSide } from "../generate/pipeline.ts";
import { resizeImage } from "../io/image.ts";
import { attend } from "../models/attention.ts";
import type { Hooks } from "../models/hooks.ts";
import type { Muse } from "../models/muse.ts";
import { uvit } from "../models/uvit.ts";
import type { Reference } from "../style/personalize.ts";
import { decompose } from "../style/concepts.ts";
import { type Method, tunedMethod } from "./method.ts";

/** How attention is shared with the reference; the defaults are {@linkcode STYLE_ALIGNED_DEFAULTS}. */
export interface StyleAlignedConfig {
  /** Factor of the reference's keys: above 1 nearer to the reference. */
  readonly scale: number;
  /** Added to the scores of the reference's keys; ln 2 is the authors' value for a real reference. */
  readonly shift: number;
  /** Share of the transformer layers, from the first, whose self-attention is left alone. */
  readonly untouched: number;
  /** Adapted prompt against adapted null prompt: plain classifier-free guidance. */
  readonly guidance: Guidance;
}

/** The authors' values for a real reference (method.md 4.1). */
export const STYLE_ALIGNED_DEFAULTS: StyleAlignedConfig = Object.freeze({
  scale: 1,
  shift: Math.LN2,
  untouched: 0,
  guidance: { kind: "finestyle" as const, lambda1: 0, lambda2: GUIDANCE_DEFAULTS.muse.lambda },
});

/**
 * StyleAligned (Hertz et al. 2024) carried over to masked tokens (method.md 4.1): no tuning; in every
 * self-attention the generated image also attends to the reference, its queries and keys first given
 * the reference's statistics. The reference is its own tokens, fully visible, read once with its own
 * caption; the pass without a prompt shares the same features, where the original reads the reference
 * without a prompt there.
 */
export function styleAligned(config: Partial<StyleAlignedConfig> = {}): Method {
  const settings = { ...STYLE_ALIGNED_DEFAULTS, ...config };
  const method: Method = {
    id: "stylealigned",
    placement: "none",
    dataScaling: false,
    async prepare(reference, muse) {
      const start = performance.now();
      const features = await readReference(muse, reference);
      const hooks = sharedAttention(features, muse.transformer.config.num_hidden_layers, settings);
      return tunedMethod(method, muse, settings.guidance, {
        adapted: { weights: muse.transformer.weights, hooks },
        tuneSeconds: (performance.now() - start) / 1000,
        dispose: () => features.forEach((feature) => tf.dispose(Object.values(feature))),
      });
    },
  };
  return method;
}

/** What one self-attention saw of the reference: [1, H, L, d] each. */
interface Features {
  readonly q: tf.Tensor4D;
  readonly k: tf.Tensor4D;
  readonly v: tf.Tensor4D;
}

/** Queries, keys and values of the reference by module; the caller disposes them. */
async function readReference(muse: Muse, reference: Reference): Promise<Map<string, Features>> {
  const { image, caption, style } = reference;
  const text = decompose(caption, style === undefined ? {} : { style }).caption;
  const { weights, config } = muse.transformer;
  const features = new Map<string, Features>();
  const hooks: Hooks = {
    attention(module, q, k, v) {
      if (isSelfAttention(module)) {
        features.set(module, {
          q: tf.keep(tf.clone(q)),
          k: tf.keep(tf.clone(k)),
          v: tf.keep(tf.clone(v)),
        });
      }
      return attend(q, k, v);
    },
  };
  const side = imageSide(muse);
  tf.tidy(() => {
    const ids = muse.encodeImage([resizeImage(image, side, side)]);
    const micro = tf.tensor2d([[...fullImageConditions(muse)]]);
    uvit(weights, config, ids, muse.encodeText([text]), micro, hooks);
  });
  await [...features.values()][0]?.q.data(); // computed once, before the first decoding step
  return features;
}

/** Self-attention over target and reference keys, targets first given the reference's statistics. */
function sharedAttention(
  features: ReadonlyMap<string, Features>,
  layers: number,
  { scale, shift, untouched }: StyleAlignedConfig,
): Hooks {
  const first = Math.round(untouched * layers);
  return {
    attention(module, q, k, v) {
      const reference = features.get(module);
      if (!reference || Number(module.split(".")[1]) < first) return attend(q, k, v);
      const batch = q.shape[0];
      const rows = (x: tf.Tensor4D) => tf.tile(x, [batch, 1, 1, 1]);
      const keys = tf.concat([adain(k, reference.k), tf.mul(rows(reference.k), scale)], 2);
      const values = tf.concat([v, rows(reference.v)], 2);
      const own = tf.zeros([k.shape[2]]), theirs = tf.fill([reference.k.shape[2]], shift);
      const mask = tf.concat1d([own as tf.Tensor1D, theirs as tf.Tensor1D]); // [L + L_r]
      return attend(adain(q, reference.q), keys as tf.Tensor4D, values as tf.Tensor4D, { mask });
    },
  };
}

/** x with the mean and deviation of y over tokens, per head and channel: [B, H, L, d]. */
function adain(x: tf.Tensor4D, y: tf.Tensor4D): tf.Tensor4D {
  const statistics = (t: tf.Tensor4D) => {
    const mean = tf.mean(t, 2, true);
    const variance = tf.mean(tf.square(tf.sub(t, mean)), 2, true);
    return { mean, deviation: tf.sqrt(tf.add(variance, 1e-5)) };
  };
  const [from, to] = [statistics(x), statistics(y)];
  return tf.add(tf.mul(tf.div(tf.sub(x, from.mean), from.deviation), to.deviation), to.mean);
}

function isSelfAttention(module: string): boolean {
  return module.startsWith("transformer_layers.") && module.endsWith(".attn1");
}
