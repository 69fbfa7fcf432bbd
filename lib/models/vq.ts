import * as tf from "@tensorflow/tfjs";
import { conv2d, nearestDouble } from "./convolution.ts";
import { hooked, type Hooks } from "./hooks.ts";
import { embedding, groupNorm, linear, silu } from "./layers.ts";
import { codeWidth, type VQConfig, vqStride } from "./vq_config.ts";
import { weight, type Weights } from "./weights.ts";

export {
  AMUSED_VQ,
  codeWidth,
  initVq,
  type VQConfig,
  vqConfig,
  vqShapes,
  vqStride,
} from "./vq_config.ts";

/** The epsilon of every GroupNorm of the VQ model. */
const EPS = 1e-6;

/**
 * Encodes pixels, before any rounding to codes.
 *
 * @param pixels `[B, H, W, 3]` in [0, 1].
 * @param hooks See the hidden states.
 * @returns Latents `[B, H/s, W/s, D]`, where `s` is {@linkcode vqStride} and `D` a code's width.
 * @throws {RangeError} If a side is not a multiple of the stride.
 */
export function vqLatents(
  weights: Weights,
  config: VQConfig,
  pixels: tf.Tensor4D,
  hooks?: Hooks,
): tf.Tensor4D {
  const stride = vqStride(config);
  const [, height, width] = pixels.shape;
  if (height % stride || width % stride) {
    throw new RangeError(
      `The image is ${width}x${height} but its sides must be multiples of ${stride}`,
    );
  }
  return tf.tidy(() => {
    const see = (module: string, y: tf.Tensor4D) => hooked(hooks, module, y, pixels);
    let x = see(
      "encoder.conv_in",
      conv2d(weights, "encoder.conv_in", unshuffle(pixels, config.patch_size)),
    );
    for (let i = 0; i < config.block_out_channels.length; i++) {
      const name = `encoder.down_blocks.${i}`;
      for (let j = 0; j < config.layers_per_block; j++) {
        x = resnet(weights, config, `${name}.resnets.${j}`, x);
      }
      if (weights.has(`${name}.downsamplers.0.conv.weight`)) {
        // zeros to the right and below only
        const padded = tf.pad(x, [[0, 0], [0, 1], [0, 1], [0, 0]]);
        x = conv2d(weights, `${name}.downsamplers.0.conv`, padded, 2, "valid");
      }
      x = see(name, x);
    }
    x = see("encoder.mid_block", middle(weights, config, "encoder", x));
    x = see("encoder", ends(weights, config, "encoder", x));
    return linear(weights, "quant_conv", x);
  });
}

/** The nearest code of each latent by Euclidean distance: `[B, h, w, D]` -> `[B, h w]` int32. */
export function nearestCodes(weights: Weights, latents: tf.Tensor4D): tf.Tensor2D {
  return tf.tidy(() => {
    const codes = weight(weights, "quantize.embedding.weight") as tf.Tensor2D;
    const [batch, height, width, depth] = latents.shape;
    const flat = tf.reshape(latents, [-1, depth]) as tf.Tensor2D;
    // |z − e|² less |z|², which is the same for every code
    const cross = tf.matMul(flat, codes, false, true);
    const distances = tf.sub(tf.sum(tf.square(codes), 1), tf.mul(cross, 2));
    return tf.reshape(tf.argMin(distances, 1), [batch, height * width]);
  });
}

/** The codes of image tokens on a square grid: `[B, L]` int32 -> `[B, √L, √L, D]`. */
export function lookUpCodes(weights: Weights, config: VQConfig, ids: tf.Tensor2D): tf.Tensor4D {
  const [batch, length] = ids.shape;
  const side = Math.round(Math.sqrt(length));
  if (side * side !== length) {
    throw new RangeError(`The tokens must fill a square grid, but there are ${length}`);
  }
  return tf.tidy(() => {
    const codes = embedding(weight(weights, "quantize.embedding.weight"), ids);
    return tf.reshape(codes, [batch, side, side, codeWidth(config)]);
  });
}

/**
 * Encodes pixels to image tokens (VQGAN, Esser et al., 2021).
 *
 * @param pixels `[B, H, W, 3]` in [0, 1].
 * @returns Ids `[B, L]` int32 in [0, num_vq_embeddings), row-major.
 */
export function vqEncode(weights: Weights, config: VQConfig, pixels: tf.Tensor4D): tf.Tensor2D {
  return tf.tidy(() => nearestCodes(weights, vqLatents(weights, config, pixels)));
}

/** Decodes codes `[B, h, w, D]` to pixels `[B, h s, w s, 3]`, not clipped; for training. */
export function vqDecodeLatents(
  weights: Weights,
  config: VQConfig,
  codes: tf.Tensor4D,
  hooks?: Hooks,
): tf.Tensor4D {
  return tf.tidy(() => {
    const see = (module: string, y: tf.Tensor4D) => hooked(hooks, module, y, codes);
    let x = see("post_quant_conv", linear(weights, "post_quant_conv", codes));
    x = see("decoder.conv_in", conv2d(weights, "decoder.conv_in", x));
    x = see("decoder.mid_block", middle(weights, config, "decoder", x));
    for (let i = 0; i < config.block_out_channels.length; i++) {
      const name = `decoder.up_blocks.${i}`;
      for (let j = 0; j <= config.layers_per_block; j++) {
        x = resnet(weights, config, `${name}.resnets.${j}`, x);
      }
      if (weights.has(`${name}.upsamplers.0.conv.weight`)) {
        x = conv2d(weights, `${name}.upsamplers.0.conv`, nearestDouble(x));
      }
      x = see(name, x);
    }
    return shuffle(ends(weights, config, "decoder", x), config.patch_size);
  });
}

/** Decodes image tokens `[B, L]` int32 on a square grid to pixels `[B, H, W, 3]` in [0, 1]. */
export function vqDecode(weights: Weights, config: VQConfig, ids: tf.Tensor2D): tf.Tensor4D {
  return tf.tidy(() =>
    tf.clipByValue(vqDecodeLatents(weights, config, lookUpCodes(weights, config, ids)), 0, 1)
  );
}

/** Squares of `p` pixels as channels (channel, row, column): `[B, H, W, C]` -> `[B, H/p, W/p, C p²]`. */
function unshuffle(x: tf.Tensor4D, p: number): tf.Tensor4D {
  if (p === 1) return x;
  const [batch, height, width, channels] = x.shape;
  const squares = tf.reshape(x, [batch * height / p, p, width / p, p, channels]);
  const moved = tf.transpose(squares, [0, 2, 4, 1, 3]);
  return tf.reshape(moved, [batch, height / p, width / p, channels * p * p]);
}

/** The inverse of {@linkcode unshuffle}: `[B, h, w, C p²]` -> `[B, h p, w p, C]`. */
function shuffle(x: tf.Tensor4D, p: number): tf.Tensor4D {
  if (p === 1) return x;
  const [batch, height, width, all] = x.shape;
  const channels = all / (p * p);
  const squares = tf.reshape(x, [batch * height, width, channels, p, p]);
  const moved = tf.transpose(squares, [0, 3, 1, 4, 2]);
  return tf.reshape(moved, [batch, height * p, width * p, channels]);
}

/** Two norm-SiLU-convolution rounds beside a shortcut. */
function resnet(weights: Weights, config: VQConfig, name: string, x: tf.Tensor4D): tf.Tensor4D {
  return tf.tidy(() => {
    const groups = config.norm_num_groups;
    let y = conv2d(
      weights,
      `${name}.conv1`,
      silu(groupNorm(weights, `${name}.norm1`, x, groups, EPS)),
    );
    y = conv2d(weights, `${name}.conv2`, silu(groupNorm(weights, `${name}.norm2`, y, groups, EPS)));
    const shortcut = `${name}.conv_shortcut`;
    return tf.add(y, weights.has(`${shortcut}.weight`) ? linear(weights, shortcut, x) : x);
  });
}

function middle(weights: Weights, config: VQConfig, side: string, x: tf.Tensor4D): tf.Tensor4D {
  x = resnet(weights, config, `${side}.mid_block.resnets.0`, x);
  return resnet(weights, config, `${side}.mid_block.resnets.1`, x);
}

function ends(weights: Weights, config: VQConfig, side: string, x: tf.Tensor4D): tf.Tensor4D {
  const normed = groupNorm(weights, `${side}.conv_norm_out`, x, config.norm_num_groups, EPS);
  return conv2d(weights, `${side}.conv_out`, silu(normed));
}
