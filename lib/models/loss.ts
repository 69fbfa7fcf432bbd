import * as tf from "@tensorflow/tfjs";

/**
 * Weighted mean of the cross-entropy of token logits: masked-token modelling (Muse section 2.3,
 * method.md 1.5 and 3.7) when the weights are 1 on masked tokens and 0 elsewhere. Its gradient is
 * written by hand, `(softmax - target) * weight / sum(weights)`, one pass over the logits.
 *
 * @param logits [B, L, V] float
 * @param targets [B, L] int32 in [0, V); any valid id where the weight is 0
 * @param weights [B, L] float, not negative; a sum of 0 gives a loss of 0
 * @param labelSmoothing share of the target spread evenly over the vocabulary, in [0, 1)
 * @returns scalar, in nats per token; the caller disposes it
 * @throws {TypeError} if the shapes disagree
 */
export function maskedCrossEntropy(
  logits: tf.Tensor3D,
  targets: tf.Tensor2D,
  weights: tf.Tensor2D,
  labelSmoothing = 0,
): tf.Scalar {
  checkShapes(logits, targets, weights);
  const vocabulary = logits.shape[2];
  const loss = tf.customGrad((x, save) => {
    const logProbabilities = tf.logSoftmax(x as tf.Tensor3D); // [B, L, V]
    (save as tf.GradSaveFunc)([logProbabilities, targets, weights]);
    let nll = tf.neg(pick(logProbabilities, targets)); // [B, L]
    if (labelSmoothing > 0) {
      const even = tf.neg(tf.mean(logProbabilities, -1)); // [B, L]
      nll = tf.add(tf.mul(nll, 1 - labelSmoothing), tf.mul(even, labelSmoothing));
    }
    const gradFunc = (dy: tf.Tensor, saved: tf.Tensor[]) => {
      // tfjs wasm writes whole numbers into a oneHot whatever its dtype, so it is scaled afterwards
      const hot = tf.cast(tf.oneHot(saved[1]!, vocabulary), "float32"); // [B, L, V]
      const off = labelSmoothing / vocabulary;
      const target = labelSmoothing > 0 ? tf.add(tf.mul(hot, 1 - labelSmoothing), off) : hot;
      const scale = tf.expandDims(tf.mul(normalise(saved[2]!), dy), -1); // [B, L, 1]
      return tf.mul(tf.sub(tf.exp(saved[0]!), target), scale);
    };
    return { value: tf.sum(tf.mul(nll, normalise(weights))), gradFunc };
  });
  return loss(logits) as tf.Scalar;
}

/**
 * Sigmoid cross-entropy, summed over the classes, averaged over the rest.
 *
 * @param logits [..., C]
 * @param present [..., C], 1 or 0
 */
export function presenceLoss(logits: tf.Tensor, present: tf.Tensor): tf.Scalar {
  // softplus(x) - x t
  const soft = tf.add(tf.relu(logits), tf.log(tf.add(tf.exp(tf.neg(tf.abs(logits))), 1)));
  return tf.mean(tf.sum(tf.sub(soft, tf.mul(logits, present)), -1));
}

/** The weights scaled to a sum of 1: [B, L]. */
function normalise(weights: tf.Tensor): tf.Tensor {
  return tf.div(weights, tf.maximum(tf.sum(weights), 1e-12));
}

/** values[b, l, targets[b, l]] by one flat gather: [B, L, V], [B, L] -> [B, L]. */
function pick(values: tf.Tensor3D, targets: tf.Tensor2D): tf.Tensor2D {
  const [batch, length, vocabulary] = values.shape;
  const starts = Int32Array.from({ length: batch * length }, (_, i) => i * vocabulary);
  const flat = tf.add(tf.reshape(targets, [-1]), tf.tensor1d(starts, "int32"));
  return tf.reshape(tf.gather(tf.reshape(values, [-1]), flat), [batch, length]);
}

function checkShapes(logits: tf.Tensor3D, targets: tf.Tensor2D, weights: tf.Tensor2D): void {
  const [batch, length] = logits.shape;
  for (const [name, tensor] of [["targets", targets], ["weights", weights]] as const) {
    if (tensor.rank !== 2 || tensor.shape[0] !== batch || tensor.shape[1] !== length) {
      throw new TypeError(
        `Cannot compute the loss: ${name} are [${tensor.shape}] but the logits [${logits.shape}] ` +
          `want [${batch}, ${length}]`,
      );
    }
  }
}
