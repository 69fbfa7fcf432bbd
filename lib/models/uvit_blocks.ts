import * as tf from "@tensorflow/tfjs";
import { attention } from "./attention.ts";
import { depthwiseConv2d, double, halve } from "./convolution.ts";
import { hooked, type Hooks } from "./hooks.ts";
import { gelu, layerNorm, linear, rmsNorm, silu } from "./layers.ts";
import type { UVitConfig } from "./uvit_config.ts";
import { weight, type Weights } from "./weights.ts";

/** The norms of the text attentions have an epsilon of their own in diffusers. */
const TEXT_NORM_EPS = 1e-6;

/** What every block of a U-ViT needs besides its input. */
export interface Conditioning {
  readonly weights: Weights;
  readonly config: UVitConfig;
  /** Projected text, `[B, T, hidden]`. */
  readonly text: tf.Tensor3D;
  /** SiLU of the embedded pooled text and micro-conditions, `[B, hidden]`. */
  readonly condition: tf.Tensor2D;
  readonly hooks: Hooks | undefined;
}

/** `x · (1 + scale) + shift` with `[scale | shift]` a linear map of the condition (FiLM). */
function modulate<T extends tf.Tensor>(c: Conditioning, name: string, x: T): T {
  const both = linear(c.weights, name, c.condition);
  const width = x.shape[x.rank - 1] as number;
  const perExample = [x.shape[0] as number, ...Array(x.rank - 2).fill(1), width];
  const [scale, shift] = tf.split(both, 2, 1).map((part) => tf.reshape(part, perExample));
  return tf.add(tf.mul(x, tf.add(scale as tf.Tensor, 1)), shift as tf.Tensor) as T;
}

/** Global response normalisation (ConvNeXt V2, Woo et al., 2023) of `[B, H, W, C]`. */
function globalResponseNorm(weights: Weights, name: string, x: tf.Tensor4D): tf.Tensor4D {
  // the tiny term only keeps the gradient of √ finite at zero
  const length = tf.sqrt(tf.add(tf.sum(tf.square(x), [1, 2], true), 1e-24)); // [B, 1, 1, C]
  const share = tf.div(length, tf.add(tf.mean(length, 3, true), 1e-6));
  // γ (x · n) + β + x
  const gain = tf.add(tf.mul(weight(weights, `${name}.gamma`), share), 1);
  return tf.add(tf.mul(x, gain), weight(weights, `${name}.beta`));
}

/** A ConvNext block with FiLM conditioning: `[B, H, W, C]` -> the same. */
function convNext(c: Conditioning, name: string, x: tf.Tensor4D): tf.Tensor4D {
  const { weights, config } = c;
  let y = depthwiseConv2d(weights, `${name}.depthwise`, x);
  y = rmsNorm(weights, `${name}.norm`, y, config.layer_norm_eps);
  y = gelu(linear(weights, `${name}.channelwise_linear_1`, y));
  y = globalResponseNorm(weights, `${name}.channelwise_norm`, y);
  y = linear(weights, `${name}.channelwise_linear_2`, y);
  return modulate(c, `${name}.cond_embeds_mapper`, tf.add(y, x));
}

/** Two text attentions and no feed-forward; in spite of its name `attn1` is a text attention too. */
function textBlock(c: Conditioning, name: string, x: tf.Tensor3D): tf.Tensor3D {
  const { weights, config, hooks } = c;
  const mapped = weights.has(`${name}.kv_mapper.weight`)
    ? linear(weights, `${name}.kv_mapper`, silu(c.text))
    : c.text;
  for (const n of [1, 2]) {
    const normed = rmsNorm(weights, `${name}.norm${n}`, x, TEXT_NORM_EPS);
    const heads = config.block_num_heads;
    x = tf.add(x, attention(weights, `${name}.attn${n}`, normed, mapped, heads, hooks));
  }
  return hooked(hooks, name, x, x);
}

/**
 * A `UVitBlock`: `[B, H, W, C]` -> the same grid, half of it with `downsample` weights, or twice of
 * it with `upsample` weights.
 */
export function uvitBlock(c: Conditioning, name: string, x: tf.Tensor4D): tf.Tensor4D {
  const { weights, config, hooks } = c;
  const input = x;
  if (weights.has(`${name}.downsample.conv.weight`)) {
    const normed = rmsNorm(weights, `${name}.downsample.norm`, x, config.layer_norm_eps);
    x = halve(weights, `${name}.downsample.conv`, normed);
  }
  const [batch, height, width, channels] = x.shape;
  for (let i = 0; i < config.num_res_blocks; i++) {
    x = tf.tidy(() => {
      const conv = `${name}.res_blocks.${i}`;
      const y = hooked(hooks, conv, convNext(c, conv, x), x);
      const flat = tf.reshape(y, [batch, height * width, channels]) as tf.Tensor3D;
      return tf.reshape(textBlock(c, `${name}.attention_blocks.${i}`, flat), x.shape);
    });
  }
  if (weights.has(`${name}.upsample.conv.weight`)) {
    const normed = rmsNorm(weights, `${name}.upsample.norm`, x, config.layer_norm_eps);
    x = double(weights, `${name}.upsample.conv`, normed);
  }
  return hooked(hooks, name, x, input);
}

/** A GEGLU feed-forward (Shazeer, 2020): `h · gelu(gate)`. */
function feedForward(c: Conditioning, name: string, x: tf.Tensor3D): tf.Tensor3D {
  const { weights, hooks } = c;
  const project = (part: string, input: tf.Tensor3D) =>
    hooked(hooks, `${name}.${part}`, linear(weights, `${name}.${part}`, input), input);
  const [h, gate] = tf.split(project("net.0.proj", x), 2, 2) as [tf.Tensor3D, tf.Tensor3D];
  return hooked(hooks, name, project("net.2", tf.mul(h, gelu(gate))), x);
}

/** A transformer layer: self-attention, text attention, feed-forward: `[B, L, hidden]` -> same. */
export function transformerLayer(c: Conditioning, name: string, x: tf.Tensor3D): tf.Tensor3D {
  const { weights, config, hooks } = c;
  const { num_attention_heads: heads, layer_norm_eps: eps } = config;
  const adapt = (n: number, normed: tf.Tensor3D) => modulate(c, `${name}.norm${n}.linear`, normed);
  const rms = (n: number, y: tf.Tensor3D) =>
    adapt(n, rmsNorm(weights, `${name}.norm${n}.norm`, y, eps));
  const input = x;
  const first = rms(1, x);
  x = tf.add(x, attention(weights, `${name}.attn1`, first, first, heads, hooks));
  x = tf.add(x, attention(weights, `${name}.attn2`, rms(2, x), c.text, heads, hooks));
  // the third norm subtracts the mean, unlike the other two
  const third = adapt(3, layerNorm(weights, `${name}.norm3.norm`, x, eps));
  x = tf.add(x, feedForward(c, `${name}.ff`, third));
  return hooked(hooks, name, x, input);
}
