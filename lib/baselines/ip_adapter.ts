import * as tf from "@tensorflow/tfjs";
import { type Guidance, GUIDANCE_DEFAULTS } from "../generate/guidance.ts";
import { imageSide } from "../generate/pipeline.ts";
import { resizeImage } from "../io/image.ts";
import {
  decoupledAttention,
  type ImageKeys,
  imageKeys,
  imageTokens,
  loadIpAdapter,
} from "../models/ip_adapter.ts";
import type { Muse } from "../models/muse.ts";
import { disposeWeights } from "../models/weights.ts";
import type { Reference } from "../style/personalize.ts";
import { type LayerRange, layersOf } from "../style/placements.ts";
import { type Method, tunedMethod } from "./method.ts";

/** How the image is read; the defaults are {@linkcode IP_ADAPTER_DEFAULTS}. */
export interface IpAdapterOptions {
  /** Weight of the image's attention beside the text's: 1 as trained, 0 the base model. */
  readonly scale: number;
  /** Which transformer layers read the image; fewer than all as InstantStyle does for style alone. */
  readonly layers: LayerRange;
  /** Adapted prompt with the image against no prompt with the zero image. */
  readonly guidance: Guidance;
}

/** Plain classifier-free guidance, and what kept prompt and style best (`deno task calibrate`). */
export const IP_ADAPTER_DEFAULTS: IpAdapterOptions = Object.freeze({
  scale: 1,
  layers: "all",
  guidance: { kind: "finestyle" as const, lambda1: 0, lambda2: GUIDANCE_DEFAULTS.muse.lambda },
});

/**
 * IP-Adapter (Ye et al. 2023) carried over to masked tokens (method.md 4.2): nothing is tuned on the
 * reference; its image tokens are read by a cross-attention of their own beside the text's, whose
 * weights were trained once, on many pictures, and lie in the model's folder.
 *
 * The original sees the image through CLIP. Here the judge that scores the images is a CLIP, and a
 * method that saw through it would be favoured, so the features are the image tokenizer's own codes:
 * embedded, as the generator embeds them to begin with, and pooled to 4 x 4 image tokens. They carry
 * no position, so that what is learned is how the image looks more than where things are.
 *
 * @param id row id: `ipadapter`, or a variant's own
 * @throws {RangeError} if the scale is not finite
 */
export function ipAdapter(options: Partial<IpAdapterOptions> = {}, id = "ipadapter"): Method {
  const { scale, layers, guidance } = { ...IP_ADAPTER_DEFAULTS, ...options };
  if (!Number.isFinite(scale)) {
    throw new RangeError(`Cannot read an image at scale ${scale}: want a finite number`);
  }
  const method: Method = {
    id,
    placement: "none",
    dataScaling: false,
    async prepare(reference, muse) {
      const start = performance.now();
      const { image, none } = await readReference(muse, reference, layers);
      return tunedMethod(method, muse, guidance, {
        adapted: {
          weights: muse.transformer.weights,
          hooks: decoupledAttention(image, scale),
          nullHooks: decoupledAttention(none, scale),
        },
        tuneSeconds: (performance.now() - start) / 1000,
        dispose: () => [image, none].forEach(disposeKeys),
      });
    },
  };
  return method;
}

/** Keys and values of the reference and of the zero image; the caller disposes them. */
async function readReference(
  muse: Muse,
  { image }: Reference,
  range: LayerRange,
): Promise<{ image: ImageKeys; none: ImageKeys }> {
  const { folder, transformer: { config: uvit } } = muse;
  const { config, weights } = await loadIpAdapter(folder, uvit);
  const layers = layersOf(uvit.num_hidden_layers, range);
  const side = imageSide(muse);
  const keysOf = (seen: 0 | 1): ImageKeys => {
    const keys = new Map<string, { k: tf.Tensor4D; v: tf.Tensor4D }>();
    tf.tidy(() => {
      const ids = muse.encodeImage([resizeImage(image, side, side)]);
      const tokens = imageTokens(weights, config, ids, tf.tensor2d([[seen]]));
      const all = imageKeys(weights, config, tokens, uvit.num_attention_heads);
      for (const [module, { k, v }] of all) {
        if (!layers.some((i) => module === `transformer_layers.${i}.attn2`)) continue;
        keys.set(module, { k: tf.keep(k), v: tf.keep(v) });
      }
    });
    return keys;
  };
  const keys = { image: keysOf(1), none: keysOf(0) };
  await [...keys.none.values()][0]?.k.data(); // computed once, before the first decoding step
  disposeWeights(weights);
  return keys;
}

function disposeKeys(keys: ImageKeys): void {
  for (const { k, v } of keys.values()) tf.dispose([k, v]);
}
