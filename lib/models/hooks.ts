import type * as tf from "@tensorflow/tfjs";

/**
 * Places where a style method reaches into a model without touching its weights. The VQ model and
 * CLIP call `output` alone, with the hidden states that diffusers' and transformers' modules give.
 *
 * A module is named by its prefix in the Hugging Face checkpoint:
 * `transformer_layers.3.attn2.to_k`, `down_block.attention_blocks.0.attn1`.
 */
export interface Hooks {
  /**
   * Replaces the output of a module: a linear layer (`....attn2.to_k`, `....ff.net.0.proj`), an
   * attention or a feed-forward before its residual sum (`....attn2`, `....ff`), a whole layer
   * (`transformer_layers.3`), or a part of the model (`embed`, `down_block`, `project_to_hidden`).
   *
   * @param module The module's name.
   * @param x Its output, `[B, L, out]`; grids are `[B, H, W, out]`.
   * @param input What it was given, `[B, L, in]`.
   */
  output?(module: string, x: tf.Tensor, input: tf.Tensor): tf.Tensor;
  /**
   * Replaces `softmax(q kᵀ / √d) v` of an attention: `[B, H, L, d]`, `[B, H, T, d]` -> `[B, H, L, d]`.
   * `observe` is then not called for it.
   */
  attention?(module: string, q: tf.Tensor4D, k: tf.Tensor4D, v: tf.Tensor4D): tf.Tensor4D;
  /** Sees the softmax weights `[B, H, L, T]` of an attention; `tf.keep` what must outlive the call. */
  observe?(module: string, probabilities: tf.Tensor4D): void;
}

/** The output of `module` as the hooks want it: `x` itself where they do not replace it. */
export function hooked<T extends tf.Tensor>(
  hooks: Hooks | undefined,
  module: string,
  x: T,
  input: tf.Tensor,
): T {
  return (hooks?.output?.(module, x, input) ?? x) as T;
}
