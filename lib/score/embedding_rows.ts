import * as tf from "@tensorflow/tfjs";

const BATCH = 64;

/** Rows scaled to length 1. */
export function unitRows(rows: tf.Tensor2D): tf.Tensor2D {
  const length = tf.sqrt(tf.sum(tf.square(rows), 1, true));
  return tf.div(rows, tf.maximum(length, 1e-12));
}

/** One row of values per item, computed {@linkcode BATCH} items at a time. */
export async function inBatches<T>(
  items: readonly T[],
  rowsOf: (batch: readonly T[]) => tf.Tensor2D,
): Promise<Float32Array[]> {
  const rows: Float32Array[] = [];
  for (let from = 0; from < items.length; from += BATCH) {
    const batch = items.slice(from, from + BATCH);
    const tensor = tf.tidy(() => rowsOf(batch));
    const values = await tensor.data() as Float32Array;
    const width = tensor.shape[1];
    tensor.dispose();
    for (let i = 0; i < batch.length; i++) rows.push(values.slice(i * width, (i + 1) * width));
  }
  return rows;
}
