import * as tf from "@tensorflow/tfjs";
import { weight, type Weights } from "./weights.ts";

/** Adds `name.bias` `[C]` where the model has one. */
function addBias(weights: Weights, name: string, x: tf.Tensor): tf.Tensor4D {
  const bias = weights.get(`${name}.bias`);
  return (bias ? tf.add(x, bias) : x) as tf.Tensor4D;
}

/**
 * A convolution with an OIHW weight on NHWC data.
 *
 * @param padding `same` pads zeros all round (3×3 with padding 1); `valid` pads none.
 */
export function conv2d(
  weights: Weights,
  name: string,
  x: tf.Tensor4D,
  stride: 1 | 2 = 1,
  padding: "same" | "valid" = "same",
): tf.Tensor4D {
  const oihw = weight(weights, `${name}.weight`);
  const hwio = tf.transpose(oihw, [2, 3, 1, 0]) as tf.Tensor4D;
  return addBias(weights, name, tf.conv2d(x, hwio, stride, padding));
}

/** A depthwise 3×3 convolution with padding 1: `name.weight` `[C, 1, 3, 3]`, `[B, H, W, C]`. */
export function depthwiseConv2d(weights: Weights, name: string, x: tf.Tensor4D): tf.Tensor4D {
  // [C, 1, 3, 3] -> [3, 3, C, 1]
  const filter = tf.transpose(weight(weights, `${name}.weight`), [2, 3, 0, 1]) as tf.Tensor4D;
  return addBias(weights, name, depthwise(x, filter));
}

/** Depthwise convolution whose gradient needs no backprop kernel (tfjs wasm has none). */
function depthwise(x: tf.Tensor4D, filter: tf.Tensor4D): tf.Tensor4D {
  const op = tf.customGrad((...args: unknown[]) => {
    const [x, filter, save] = args as [tf.Tensor4D, tf.Tensor4D, tf.GradSaveFunc];
    save([x, filter]);
    const gradFunc = (dy: tf.Tensor, saved: tf.Tensor[]) => {
      const [x, filter] = saved as [tf.Tensor4D, tf.Tensor4D];
      const flipped = tf.reverse(filter, [0, 1]);
      return [tf.depthwiseConv2d(dy as tf.Tensor4D, flipped, 1, "same"), filterGradient(x, dy)];
    };
    return { value: tf.depthwiseConv2d(x, filter, 1, "same"), gradFunc };
  });
  return op(x, filter) as tf.Tensor4D;
}

/** `dF[i, j, c] = Σ_{b, h, w} padded[b, h + i, w + j, c] · dy[b, h, w, c]`, `[3, 3, C, 1]`. */
function filterGradient(x: tf.Tensor4D, dy: tf.Tensor): tf.Tensor4D {
  const [batch, height, width, channels] = x.shape;
  const padded = tf.pad(x, [[0, 0], [1, 1], [1, 1], [0, 0]]);
  const taps: tf.Tensor[] = [];
  for (let i = 0; i < 3; i++) {
    for (let j = 0; j < 3; j++) {
      const shifted = tf.slice(padded, [0, i, j, 0], [batch, height, width, channels]);
      taps.push(tf.sum(tf.mul(shifted, dy), [0, 1, 2]));
    }
  }
  return tf.reshape(tf.stack(taps), [3, 3, channels, 1]);
}

/**
 * A 2×2 convolution of stride 2, `name.weight` `[out, in, 2, 2]`: `[B, H, W, in]` ->
 * `[B, H/2, W/2, out]`, as one matrix product.
 *
 * @throws {RangeError} If a side is odd.
 */
export function halve(weights: Weights, name: string, x: tf.Tensor4D): tf.Tensor4D {
  const [batch, height, width, channels] = x.shape;
  if (height % 2 || width % 2) {
    throw new RangeError(`"${name}" halves a grid of ${height}x${width}: both sides must be even`);
  }
  const w = weight(weights, `${name}.weight`);
  const outs = w.shape[0] as number;
  // [B, H/2, 2, W/2, 2, C] -> [B H/2 W/2, 2 2 C]
  const split = tf.reshape(x, [batch, height / 2, 2, width / 2, 2, channels]);
  const blocks = tf.reshape(tf.transpose(split, [0, 1, 3, 2, 4, 5]), [-1, 4 * channels]);
  // [out, in, 2, 2] -> [out, 2 2 in]
  const kernel = tf.reshape(tf.transpose(w, [0, 2, 3, 1]), [outs, 4 * channels]);
  const y = tf.matMul(blocks as tf.Tensor2D, kernel as tf.Tensor2D, false, true);
  return addBias(weights, name, tf.reshape(y, [batch, height / 2, width / 2, outs]));
}

/**
 * A transposed 2×2 convolution of stride 2, `name.weight` `[in, out, 2, 2]`: `[B, H, W, in]` ->
 * `[B, 2H, 2W, out]`, as one matrix product.
 */
export function double(weights: Weights, name: string, x: tf.Tensor4D): tf.Tensor4D {
  const [batch, height, width, channels] = x.shape;
  const w = weight(weights, `${name}.weight`);
  const outs = w.shape[1] as number;
  // [in, out, 2, 2] -> [2 2 out, in]
  const kernel = tf.reshape(tf.transpose(w, [2, 3, 1, 0]), [4 * outs, channels]);
  const flat = tf.reshape(x, [-1, channels]) as tf.Tensor2D;
  const y = tf.matMul(flat, kernel as tf.Tensor2D, false, true);
  // [B, H, W, 2, 2, out] -> [B, H, 2, W, 2, out]
  const blocks = tf.reshape(y, [batch, height, width, 2, 2, outs]);
  const grid = tf.transpose(blocks, [0, 1, 3, 2, 4, 5]);
  return addBias(weights, name, tf.reshape(grid, [batch, 2 * height, 2 * width, outs]));
}

/** Repeats every pixel 2×2: `[B, H, W, C]` -> `[B, 2H, 2W, C]`. */
export function nearestDouble(x: tf.Tensor4D): tf.Tensor4D {
  const [batch, height, width, channels] = x.shape;
  // concat, not tile: the gradient of tile stops at rank 4
  const columns = tf.reshape(tf.concat([x, x], 3), [batch, height, 2 * width * channels]);
  const rows = tf.concat([columns, columns], 2);
  return tf.reshape(rows, [batch, 2 * height, 2 * width, channels]);
}
