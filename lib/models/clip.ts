import * as tf from "@tensorflow/tfjs";
import { attend, mergeHeads, splitHeads } from "./attention.ts";
import type { ClipTextConfig, ClipTowerConfig, ClipVisionConfig } from "./clip_config.ts";
import { hooked, type Hooks } from "./hooks.ts";
import { embedding, gelu, layerNorm, linear, quickGelu } from "./layers.ts";
import type { TextEncoding } from "./uvit.ts";
import { weight, type Weights } from "./weights.ts";

export {
  type ClipTextConfig,
  clipTextConfig,
  clipTextShapes,
  type ClipVisionConfig,
  clipVisionConfig,
  clipVisionShapes,
  initClipText,
  initClipVision,
} from "./clip_config.ts";

/** What an image encoder gives. */
export interface ImageEncoding {
  /** `image_embeds`, `[B, P]`, not normalised. */
  readonly pooled: tf.Tensor2D;
  /** The patches' last hidden states through the final norm, `[B, (H/p)(W/p), D]`, row-major. */
  readonly patches: tf.Tensor3D;
}

/** Mean and spread per channel that OpenAI's CLIP expects to be taken out of its images. */
export const CLIP_MEAN: readonly number[] = [0.48145466, 0.4578275, 0.40821073];
/** See {@linkcode CLIP_MEAN}. */
export const CLIP_STD: readonly number[] = [0.26862954, 0.26130258, 0.27577711];

/**
 * Encodes token ids: transformers' `CLIPTextModelWithProjection` (Radford et al., 2021).
 *
 * @param ids `[B, T]` int32, `T` up to `max_position_embeddings`. No padding mask, as in aMUSEd:
 * every position is read.
 * @param hooks See the hidden states of embeddings and layers.
 * @returns The penultimate hidden states, without the final norm, and the projected end of text.
 * @throws {RangeError} If the text is too long.
 */
export function clipText(
  weights: Weights,
  config: ClipTextConfig,
  ids: tf.Tensor2D,
  hooks?: Hooks,
): TextEncoding {
  const [batch, length] = ids.shape;
  if (length > config.max_position_embeddings) {
    throw new RangeError(
      `The text has ${length} tokens but the encoder reads at most ${config.max_position_embeddings}`,
    );
  }
  return tf.tidy(() => {
    const root = "text_model";
    const words = embedding(weight(weights, `${root}.embeddings.token_embedding.weight`), ids);
    const table = weight(weights, `${root}.embeddings.position_embedding.weight`);
    const places = tf.slice(table, [0, 0], [length, config.hidden_size]);
    const states = runLayers(
      { weights, config, root, hooks, mask: causalMask(length) },
      hooked(hooks, `${root}.embeddings`, tf.add(words, places), ids),
    );
    const name = `${root}.final_layer_norm`;
    const normed = layerNorm(weights, name, states.last, config.layer_norm_eps);
    const final = hooked(hooks, name, normed, states.last);
    // [B, 1, T] x [B, T, D] picks each text's end
    const ends = tf.expandDims(endOfText(config, ids), 1) as tf.Tensor3D;
    const end = tf.reshape(tf.matMul(ends, final), [batch, config.hidden_size]);
    const pooled = linear(weights, "text_projection", end) as tf.Tensor2D;
    return { sequence: states.penultimate, pooled };
  }) as unknown as TextEncoding;
}

/**
 * Encodes images: transformers' `CLIPVisionModelWithProjection`.
 *
 * @param pixels `[B, H, W, 3]` in [0, 1], of the config's `image_size`.
 * @param normalisation Taken out of the pixels first; pass {@linkcode CLIP_MEAN} and
 * {@linkcode CLIP_STD} for OpenAI's weights, nothing for a judge trained on [0, 1].
 * @param hooks See the hidden states of embeddings and layers.
 * @throws {RangeError} If the images have another size.
 */
export function clipVision(
  weights: Weights,
  config: ClipVisionConfig,
  pixels: tf.Tensor4D,
  normalisation?: { mean: readonly number[]; std: readonly number[] },
  hooks?: Hooks,
): ImageEncoding {
  const [batch, height, width] = pixels.shape;
  if (height !== config.image_size || width !== config.image_size) {
    throw new RangeError(
      `The image is ${width}x${height} but the encoder wants ${config.image_size}x${config.image_size}`,
    );
  }
  return tf.tidy(() => {
    const root = "vision_model", depth = config.hidden_size, eps = config.layer_norm_eps;
    const patches = embedPatches(weights, config, normalise(pixels, normalisation));
    const classToken = weight(weights, `${root}.embeddings.class_embedding`);
    // adding to zeros repeats the class token with a gradient on every engine
    const classes = tf.add(tf.zeros([batch, 1, depth]), classToken);
    const places = weight(weights, `${root}.embeddings.position_embedding.weight`);
    const tokens = tf.add(tf.concat([classes, patches], 1), places) as tf.Tensor3D;
    const normed = layerNorm(weights, `${root}.pre_layrnorm`, tokens, eps);
    const { last } = runLayers(
      { weights, config, root, hooks },
      hooked(hooks, `${root}.pre_layrnorm`, normed, tokens),
    );
    const final = layerNorm(weights, `${root}.post_layernorm`, last, eps);
    const first = tf.reshape(tf.slice(final, [0, 0, 0], [batch, 1, depth]), [batch, depth]);
    return {
      pooled: linear(weights, "visual_projection", first),
      patches: tf.slice(final, [0, 1, 0], [batch, -1, depth]),
    };
  }) as unknown as ImageEncoding;
}

/** `(pixels − mean) / std` per channel, or the pixels as they are. */
function normalise(
  pixels: tf.Tensor4D,
  by?: { mean: readonly number[]; std: readonly number[] },
): tf.Tensor4D {
  if (!by) return pixels;
  return tf.div(tf.sub(pixels, tf.tensor1d([...by.mean])), tf.tensor1d([...by.std]));
}

/** Cuts images into patches and projects each: `[B, H, W, 3]` -> `[B, (H/p)(W/p), D]`. */
function embedPatches(weights: Weights, config: ClipVisionConfig, pixels: tf.Tensor4D): tf.Tensor {
  const patch = config.patch_size, side = config.image_size / patch, depth = config.hidden_size;
  // [B, S, p, S, p, 3] -> [B, S, S, p, p, 3]
  const split = tf.reshape(pixels, [-1, side, patch, side, patch, 3]);
  const flat = tf.reshape(tf.transpose(split, [0, 1, 3, 2, 4, 5]), [-1, patch * patch * 3]);
  // [D, 3, p, p] -> [D, p p 3]
  const kernel = weight(weights, "vision_model.embeddings.patch_embedding.weight");
  const rows = tf.reshape(tf.transpose(kernel, [0, 2, 3, 1]), [depth, patch * patch * 3]);
  const y = tf.matMul(flat as tf.Tensor2D, rows as tf.Tensor2D, false, true);
  return tf.reshape(y, [-1, side * side, depth]);
}

/** A tower's layers and what they share. */
interface Tower {
  readonly weights: Weights;
  readonly config: ClipTowerConfig;
  readonly root: string;
  readonly hooks: Hooks | undefined;
  readonly mask?: tf.Tensor;
}

/** All layers of a tower; with no layers at all both states are the input. */
function runLayers(
  { weights, config, root, hooks, mask }: Tower,
  x: tf.Tensor,
): { penultimate: tf.Tensor3D; last: tf.Tensor3D } {
  let penultimate = x as tf.Tensor3D, last = penultimate;
  for (let i = 0; i < config.num_hidden_layers; i++) {
    penultimate = last;
    const name = `${root}.encoder.layers.${i}`;
    last = tf.tidy(() => layer(weights, config, name, penultimate, mask));
    last = hooked(hooks, name, last, penultimate);
  }
  return { penultimate, last };
}

/** A pre-norm transformer layer: `[B, T, D]` -> the same. */
function layer(
  weights: Weights,
  config: ClipTowerConfig,
  name: string,
  x: tf.Tensor3D,
  mask?: tf.Tensor,
): tf.Tensor3D {
  const eps = config.layer_norm_eps;
  const normed = layerNorm(weights, `${name}.layer_norm1`, x, eps);
  const [q, k, v] = ["q", "k", "v"].map((part) =>
    splitHeads(
      linear(weights, `${name}.self_attn.${part}_proj`, normed),
      config.num_attention_heads,
    )
  ) as [tf.Tensor4D, tf.Tensor4D, tf.Tensor4D];
  const mixed = mergeHeads(attend(q, k, v, mask ? { mask } : {}));
  x = tf.add(x, linear(weights, `${name}.self_attn.out_proj`, mixed));
  const act = config.hidden_act === "gelu" ? gelu : quickGelu;
  const inner = linear(
    weights,
    `${name}.mlp.fc1`,
    layerNorm(weights, `${name}.layer_norm2`, x, eps),
  );
  return tf.add(x, linear(weights, `${name}.mlp.fc2`, act(inner)));
}

/** `[T, T]`: 0 where a token may look (itself and before), a large negative number elsewhere. */
function causalMask(length: number): tf.Tensor2D {
  const mask = new Float32Array(length * length);
  for (let i = 0; i < length; i++) mask.fill(-1e9, i * length + i + 1, (i + 1) * length);
  return tf.tensor2d(mask, [length, length]);
}

/** One-hot position of each text's end, `[B, T]`. */
function endOfText(config: ClipTextConfig, ids: tf.Tensor2D): tf.Tensor2D {
  // transformers' legacy rule: with the wrong id 2 in the config, the end is the highest id
  const score = config.eos_token_id === 2
    ? ids
    : tf.cast(tf.equal(ids, tf.scalar(config.eos_token_id, "int32")), "int32");
  const position = tf.argMax(score, 1); // the first of equals
  return tf.cast(tf.oneHot(position as tf.Tensor1D, ids.shape[1]), "float32") as tf.Tensor2D;
}
