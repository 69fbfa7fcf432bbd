import * as tf from "@tensorflow/tfjs";
import { hooked, type Hooks } from "./hooks.ts";
import { linear } from "./layers.ts";
import type { Weights } from "./weights.ts";

/** Splits channels into heads: `[B, L, D]` -> `[B, H, L, D/H]`. */
export function splitHeads(x: tf.Tensor3D, heads: number): tf.Tensor4D {
  const [batch, length, width] = x.shape;
  return tf.transpose(tf.reshape(x, [batch, length, heads, width / heads]), [0, 2, 1, 3]);
}

/** Joins heads again: `[B, H, L, d]` -> `[B, L, H d]`. */
export function mergeHeads(x: tf.Tensor4D): tf.Tensor3D {
  const [batch, heads, length, width] = x.shape;
  return tf.reshape(tf.transpose(x, [0, 2, 1, 3]), [batch, length, heads * width]);
}

/**
 * `softmax(q kᵀ / √d + mask) v` (Vaswani et al., 2017): `[B, H, L, d]`, `[B, H, T, d]` ->
 * `[B, H, L, d]`.
 *
 * @param options.mask Added to the scores, broadcast to `[B, H, L, T]`.
 * @param options.observe Sees the softmax weights.
 */
export function attend(
  q: tf.Tensor4D,
  k: tf.Tensor4D,
  v: tf.Tensor4D,
  options: { mask?: tf.Tensor; observe?: (probabilities: tf.Tensor4D) => void } = {},
): tf.Tensor4D {
  // scaling q is cheaper than scaling the scores
  const scaled = tf.mul(q, 1 / Math.sqrt(q.shape[3]));
  let scores: tf.Tensor = tf.matMul(scaled, k, false, true);
  if (options.mask) scores = tf.add(scores, options.mask);
  const probabilities = tf.softmax(scores as tf.Tensor4D);
  options.observe?.(probabilities);
  return tf.matMul(probabilities, v);
}

/**
 * Multi-head attention of diffusers: `to_q` of `x` `[B, L, D]`, `to_k` and `to_v` of `context`
 * `[B, T, E]`, `to_out.0` -> `[B, L, D]`, with every hook of {@linkcode Hooks} on the way.
 */
export function attention(
  weights: Weights,
  name: string,
  x: tf.Tensor3D,
  context: tf.Tensor3D,
  heads: number,
  hooks?: Hooks,
): tf.Tensor3D {
  const project = (part: string, input: tf.Tensor3D) =>
    hooked(hooks, `${name}.${part}`, linear(weights, `${name}.${part}`, input), input);
  const q = splitHeads(project("to_q", x), heads);
  const k = splitHeads(project("to_k", context), heads);
  const v = splitHeads(project("to_v", context), heads);
  const mixed = hooks?.attention
    ? hooks.attention(name, q, k, v)
    : attend(q, k, v, hooks?.observe ? { observe: (p) => hooks.observe?.(name, p) } : {});
  return hooked(hooks, name, project("to_out.0", mergeHeads(mixed)), x);
}
