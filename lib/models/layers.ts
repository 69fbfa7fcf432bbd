import * as tf from "@tensorflow/tfjs";
import { NORMALISE } from "../engine/kernels.ts";
import { weight, type Weights } from "./weights.ts";

/**
 * A linear layer with Hugging Face weights `name.weight` `[out, in]` and, where it exists,
 * `name.bias` `[out]`: `[..., in] -> [..., out]`. A 1×1 convolution `[out, in, 1, 1]` on NHWC data
 * is the same thing.
 */
export function linear<T extends tf.Tensor>(weights: Weights, name: string, x: T): T {
  const w = weight(weights, `${name}.weight`);
  const [outs = 0, ins = 0] = w.shape;
  // one 2-D product: a batched one would repeat the weight for each example
  const y = tf.matMul(
    tf.reshape(x, [-1, ins]) as tf.Tensor2D,
    tf.reshape(w, [outs, ins]) as tf.Tensor2D,
    false,
    true,
  );
  const bias = weights.get(`${name}.bias`);
  return tf.reshape(bias ? tf.add(y, bias) : y, [...x.shape.slice(0, -1), outs]) as T;
}

/**
 * Looks rows up in a table: ids `[...]` int32, `[V, D]` -> `[..., D]`.
 *
 * Its gradient does without `UnsortedSegmentSum` where the engine lacks it (tfjs wasm).
 */
export function embedding(table: tf.Tensor, ids: tf.Tensor): tf.Tensor {
  const [rows = 0, width = 0] = table.shape;
  const flat = tf.reshape(tf.cast(ids, "int32"), [-1]) as tf.Tensor1D;
  const lookup = tf.customGrad((table, save) => {
    (save as tf.GradSaveFunc)([flat]);
    const gradFunc = (dy: tf.Tensor, saved: tf.Tensor[]) =>
      scatterRows(dy, saved[0] as tf.Tensor1D, rows);
    return { value: tf.gather(table as tf.Tensor, flat), gradFunc };
  });
  return tf.reshape(lookup(table), [...ids.shape, width]);
}

/** Sums the rows of `dy` `[N, D]` that share an id: `[rows, D]`. */
function scatterRows(dy: tf.Tensor, ids: tf.Tensor1D, rows: number): tf.Tensor {
  if (tf.getKernel("UnsortedSegmentSum", tf.getBackend())) {
    return tf.unsortedSegmentSum(dy, ids, rows);
  }
  return tf.matMul(
    tf.cast(tf.oneHot(ids, rows), "float32") as tf.Tensor2D,
    dy as tf.Tensor2D,
    true,
    false,
  );
}

/** `(x − mean) / √(var + eps)` over `axes`, or `x / √(mean x² + eps)` where not `centred`. */
export function normalise(x: tf.Tensor, axes: number[], eps: number, centred: boolean): tf.Tensor {
  const op = tf.customGrad((...args: unknown[]) => {
    const [x, save] = args as [tf.Tensor, tf.GradSaveFunc];
    const [y, r] = normalised(x, axes, eps, centred);
    save([y, r]);
    const gradFunc = (dy: tf.Tensor, saved: tf.Tensor[]) => {
      const [y, r] = saved as [tf.Tensor, tf.Tensor];
      // dx = r · (dy − mean(dy) − y · mean(dy · y)); the first mean only where centred
      const along = tf.mul(y, tf.mean(tf.mul(dy, y), axes, true));
      const rest = centred ? tf.sub(dy, tf.mean(dy, axes, true)) : dy;
      return tf.mul(r, tf.sub(rest, along));
    };
    return { value: y, gradFunc };
  });
  return op(x);
}

/** The normalised values and what they were multiplied with; one kernel where the engine has it. */
function normalised(
  x: tf.Tensor,
  axes: number[],
  eps: number,
  centred: boolean,
): [y: tf.Tensor, r: tf.Tensor] {
  const onLast = axes.length === 1 && axes[0] === x.rank - 1;
  if (onLast && tf.getKernel(NORMALISE, tf.getBackend())) {
    return tf.engine().runKernel(NORMALISE, { x }, { eps, centred }) as [tf.Tensor, tf.Tensor];
  }
  const c = centred ? tf.sub(x, tf.mean(x, axes, true)) : x;
  const r = tf.rsqrt(tf.add(tf.mean(tf.square(c), axes, true), eps));
  return [tf.mul(c, r), r];
}

/** RMSNorm over the last axis; `name.weight` `[D]` is optional. */
export function rmsNorm<T extends tf.Tensor>(weights: Weights, name: string, x: T, eps: number): T {
  const y = normalise(x, [x.rank - 1], eps, false);
  const w = weights.get(`${name}.weight`);
  return (w ? tf.mul(y, w) : y) as T;
}

/** LayerNorm over the last axis; `name.weight` and `name.bias` `[D]` are optional. */
export function layerNorm<T extends tf.Tensor>(
  weights: Weights,
  name: string,
  x: T,
  eps: number,
): T {
  let y = normalise(x, [x.rank - 1], eps, true);
  const w = weights.get(`${name}.weight`), b = weights.get(`${name}.bias`);
  if (w) y = tf.mul(y, w);
  return (b ? tf.add(y, b) : y) as T;
}

/** GroupNorm of NHWC data `[B, H, W, C]`; channels fall into `groups` of neighbours. */
export function groupNorm(
  weights: Weights,
  name: string,
  x: tf.Tensor4D,
  groups: number,
  eps: number,
): tf.Tensor4D {
  const [batch, height, width, channels] = x.shape;
  if (channels % groups) {
    throw new RangeError(`"${name}" has ${channels} channels, not a multiple of ${groups} groups`);
  }
  // the mean of each group for each of its channels; only the sums over H and W touch all values
  const groupMean = (values: tf.Tensor4D) => {
    const perChannel = tf.mean(tf.reshape(values, [batch, height * width, channels]), 1);
    const perGroup = tf.mean(tf.reshape(perChannel, [batch, groups, channels / groups]), 2, true);
    return tf.reshape(tf.tile(perGroup, [1, 1, channels / groups]), [batch, 1, 1, channels]);
  };
  const centred = tf.sub(x, groupMean(x)) as tf.Tensor4D;
  const deviation = tf.sqrt(tf.add(groupMean(tf.square(centred)), eps));
  const scale = tf.div(weight(weights, `${name}.weight`), deviation); // [B, 1, 1, C]
  return tf.add(tf.mul(centred, scale), weight(weights, `${name}.bias`)) as tf.Tensor4D;
}

/** GELU with the exact error function: `x · Φ(x)` (Hendrycks and Gimpel, 2016). */
export function gelu<T extends tf.Tensor>(x: T): T {
  const op = tf.customGrad((...args: unknown[]) => {
    const [x, save] = args as [tf.Tensor, tf.GradSaveFunc];
    const cdf = tf.mul(tf.add(tf.erf(tf.mul(x, Math.SQRT1_2)), 1), 0.5);
    save([x, cdf]);
    const gradFunc = (dy: tf.Tensor, saved: tf.Tensor[]) => {
      const [x, cdf] = saved as [tf.Tensor, tf.Tensor];
      const density = tf.mul(tf.exp(tf.mul(tf.square(x), -0.5)), 1 / Math.sqrt(2 * Math.PI));
      return tf.mul(dy, tf.add(cdf, tf.mul(x, density)));
    };
    return { value: tf.mul(x, cdf), gradFunc };
  });
  return op(x) as T;
}

/** SiLU: `x · σ(x)`. */
export function silu<T extends tf.Tensor>(x: T): T {
  return tf.mul(x, tf.sigmoid(x)) as T;
}

/** The sigmoid approximation of GELU that OpenAI's CLIP was trained with: `x · σ(1.702 x)`. */
export function quickGelu<T extends tf.Tensor>(x: T): T {
  return tf.mul(x, tf.sigmoid(tf.mul(x, 1.702))) as T;
}
