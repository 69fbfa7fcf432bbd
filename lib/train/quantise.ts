/**
 * Vector quantisation with a gradient.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { nearestCodes } from "../models/vq.ts";

/**
 * Replaces each latent by its nearest code. Backwards, the latents receive the gradient unchanged
 * (straight-through) plus the commitment to their code, and each code is drawn to its latents
 * (van den Oord et al., 2017, eq. 3).
 *
 * @param latents [B, h, w, D]
 * @param codes [K, D]
 * @param commitment Weight of the commitment beside the codebook term, 0.25 in the paper.
 * @param strength Weight of both terms beside the loss that is minimised.
 * @returns The chosen codes, [B, h, w, D].
 */
export function quantise(
  latents: tf.Tensor4D,
  codes: tf.Tensor2D,
  commitment = 0.25,
  strength = 1,
): tf.Tensor4D {
  const [size, depth] = codes.shape;
  const straightThrough = tf.customGrad((z, e, save) => {
    const ids = nearestCodes(
      new Map([["quantize.embedding.weight", e as tf.Tensor]]),
      z as tf.Tensor4D,
    );
    const chosen = tf.reshape(tf.gather(e as tf.Tensor, ids), latents.shape);
    (save as tf.GradSaveFunc)([z as tf.Tensor, chosen, ids]);
    const gradFunc = (dy: tf.Tensor, saved: tf.Tensor[]) => {
      const [z, chosen, ids] = saved as [tf.Tensor, tf.Tensor, tf.Tensor];
      const apart = tf.mul(tf.sub(z, chosen), (2 * strength) / z.size);
      const rows = tf.reshape(tf.neg(apart), [-1, depth]);
      const owners = tf.oneHot(tf.reshape(ids, [-1]) as tf.Tensor1D, size, 1, 0, "float32");
      return [tf.add(dy, tf.mul(apart, commitment)), tf.matMul(owners, rows, true, false)];
    };
    return { value: chosen, gradFunc };
  });
  return straightThrough(latents, codes) as tf.Tensor4D;
}
