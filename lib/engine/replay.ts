/**
 * Repeating a computation without building it anew.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";

/** A function of tensors that gives tensors. */
export type TensorFunction = (inputs: readonly tf.Tensor[]) => tf.Tensor[];

/** A backend that can record a function and run it again. */
interface Replaying {
  replay(
    fn: TensorFunction,
    recordings: Map<string, unknown>,
    inputs: readonly tf.Tensor[],
  ): Promise<tf.Tensor[]>;
}

function isReplaying(backend: unknown): backend is Replaying {
  return typeof (backend as Partial<Replaying>).replay === "function";
}

/**
 * The same function, computed at once and, on the engine `onnxruntime`, traced only once for each
 * choice of input shapes: later calls run the compiled graph with the new inputs, without TensorFlow.js
 * and its tape.
 *
 * @param fn Pure: what it gives depends on its inputs alone. Tensors and numbers that it takes from
 * elsewhere, such as frozen weights, are those of the first call for ever.
 * @returns A function whose results the caller disposes; its inputs stay.
 */
export function replayed(
  fn: TensorFunction,
): (inputs: readonly tf.Tensor[]) => Promise<tf.Tensor[]> {
  const recordings = new Map<string, unknown>();
  return async (inputs) => {
    const backend = tf.backend();
    return isReplaying(backend)
      ? await backend.replay(fn, recordings, inputs)
      : tf.tidy(() => fn(inputs));
  };
}
