import * as tf from "@tensorflow/tfjs";
import { hooked, type Hooks } from "./hooks.ts";
import { embedding, linear, rmsNorm, silu } from "./layers.ts";
import { type Conditioning, transformerLayer, uvitBlock } from "./uvit_blocks.ts";
import type { UVitConfig } from "./uvit_config.ts";
import { weight, type Weights } from "./weights.ts";

export {
  AMUSED_256,
  AMUSED_512,
  initUVit,
  maskToken,
  type UVitConfig,
  uvitConfig,
  uvitShapes,
} from "./uvit_config.ts";

/** A prompt as the U-ViT reads it. */
export interface TextEncoding {
  /** Penultimate hidden states of the text encoder, `[B, T, E]`. */
  readonly sequence: tf.Tensor3D;
  /** Its projected end-of-text state, `[B, P]`. */
  readonly pooled: tf.Tensor2D;
}

/**
 * Predicts image tokens: the `UVit2DModel` of aMUSEd (Patil et al., 2024), the open Muse.
 *
 * @param ids Image tokens, `[B, L]` int32, row-major on a square grid; masked ones are
 * {@linkcode maskToken}, also where the vocabulary has a mask token per position.
 * @param text The prompts; their batch is `B`.
 * @param microConditions `[B, 5]`: original width, height, crop left, crop top, aesthetic score.
 * @param hooks Where to reach in.
 * @returns Logits `[B, L, codebook_size]`.
 * @throws {RangeError} If `L` is not a square number.
 */
export function uvit(
  weights: Weights,
  config: UVitConfig,
  ids: tf.Tensor2D,
  text: TextEncoding,
  microConditions: tf.Tensor2D,
  hooks?: Hooks,
): tf.Tensor3D {
  return tf.tidy(() => {
    const eps = config.layer_norm_eps;
    const [batch, length] = ids.shape;
    const projected = linear(weights, "encoder_proj", text.sequence);
    const see = <T extends tf.Tensor>(module: string, y: T, input: tf.Tensor): T =>
      hooked(hooks, module, y, input);
    const c: Conditioning = {
      weights,
      config,
      text: see(
        "encoder_proj_layer_norm",
        rmsNorm(weights, "encoder_proj_layer_norm", projected, eps),
        projected,
      ),
      condition: condition(weights, config, text.pooled, microConditions),
      hooks,
    };

    const side = squareSide(length);
    const placed = placeMasks(config, ids);
    let grid = embedTokens(weights, config, tf.reshape(placed, [batch, side, side]));
    grid = see("embed", grid, placed);
    grid = uvitBlock(c, "down_block", grid);
    const [, height, width, channels] = grid.shape;

    let x: tf.Tensor3D = tf.reshape(grid, [batch, height * width, channels]);
    x = rmsNorm(weights, "project_to_hidden_norm", x, eps);
    x = see("project_to_hidden", linear(weights, "project_to_hidden", x), x);
    for (let i = 0; i < config.num_hidden_layers; i++) {
      const input = x;
      x = tf.tidy(() => transformerLayer(c, `transformer_layers.${i}`, input));
    }
    x = rmsNorm(weights, "project_from_hidden_norm", x, eps);
    x = see("project_from_hidden", linear(weights, "project_from_hidden", x), x);

    grid = uvitBlock(c, "up_block", tf.reshape(x, [batch, height, width, channels]));
    return tf.reshape(tokenLogits(weights, config, grid), [batch, length, config.codebook_size]);
  });
}

/** The side of a square grid of `length` tokens. */
function squareSide(length: number): number {
  const side = Math.round(Math.sqrt(length));
  if (side * side !== length) {
    throw new RangeError(`The tokens must fill a square grid, but there are ${length}`);
  }
  return side;
}

/**
 * Masked tokens as the embedding wants them, `[B, L]` -> the same. A vocabulary with one mask token
 * per position, `codebook_size + L` rows, tells the model where each masked token stands: the
 * architecture has no other position embedding, and learns positions from the borders of its
 * convolutions only slowly. Where there is a single mask token, as in aMUSEd, nothing changes.
 */
function placeMasks(config: UVitConfig, ids: tf.Tensor2D): tf.Tensor2D {
  const { codebook_size: codes, vocab_size: rows } = config;
  const length = ids.shape[1];
  if (rows !== codes + length) return ids;
  const own = tf.range(codes, rows, 1, "int32"); // [L]
  return tf.where(
    tf.greaterEqual(ids, codes),
    tf.tile(tf.reshape(own, [1, length]), [ids.shape[0], 1]),
    ids,
  );
}

/** Token ids `[B, H, W]` -> `[B, H, W, block_out_channels]`. */
function embedTokens(weights: Weights, config: UVitConfig, ids: tf.Tensor3D): tf.Tensor4D {
  const rows = embedding(weight(weights, "embed.embeddings.weight"), ids) as tf.Tensor4D;
  const normed = rmsNorm(weights, "embed.layer_norm", rows, config.layer_norm_eps);
  return linear(weights, "embed.conv", normed);
}

/** The head: `[B, H, W, block_out_channels]` -> `[B, H, W, codebook_size]`. */
function tokenLogits(weights: Weights, config: UVitConfig, grid: tf.Tensor4D): tf.Tensor4D {
  const mapped = linear(weights, "mlm_layer.conv1", grid);
  const normed = rmsNorm(weights, "mlm_layer.layer_norm", mapped, config.layer_norm_eps);
  return linear(weights, "mlm_layer.conv2", normed);
}

/** Pooled text and micro-conditions -> SiLU of the embedded condition, `[B, hidden]`. */
function condition(
  weights: Weights,
  config: UVitConfig,
  pooled: tf.Tensor2D,
  micro: tf.Tensor2D,
): tf.Tensor2D {
  const encoded = sinusoids(micro, config.micro_cond_encode_dim);
  const hidden = linear(weights, "cond_embed.linear_1", tf.concat([pooled, encoded], 1));
  // every user of the condition starts with this SiLU
  return silu(linear(weights, "cond_embed.linear_2", silu(hidden)));
}

/** Each number as cosines, then sines of falling frequency: `[B, N]` -> `[B, N · width]`. */
function sinusoids(values: tf.Tensor2D, width: number): tf.Tensor2D {
  const half = width / 2;
  const rates = Float32Array.from(
    { length: half },
    (_, i) => Math.exp((-Math.log(10000) * i) / half),
  );
  const angles = tf.mul(tf.expandDims(values, 2), tf.tensor1d(rates)); // [B, N, half]
  const waves = tf.concat([tf.cos(angles), tf.sin(angles)], 2);
  return tf.reshape(waves, [values.shape[0], values.shape[1] * width]);
}
