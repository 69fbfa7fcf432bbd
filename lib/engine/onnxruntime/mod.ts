/**
 * The `onnxruntime` engine: registers the backend and its kernels with TensorFlow.js.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { BACKEND, OnnxRuntimeBackend } from "./backend.ts";
import { convolutions } from "./kernels/convolution.ts";
import { elementwise } from "./kernels/elementwise.ts";
import { registerKernels, registerListKernels } from "./kernels/kernel.ts";
import { products } from "./kernels/matmul.ts";
import { reductions, topK } from "./kernels/reduction.ts";
import { listShapes, shapes } from "./kernels/shape.ts";

let registered: OnnxRuntimeBackend | undefined;

/** Registers the backend once and returns it. */
export function registerOnnxRuntime(threads: number): OnnxRuntimeBackend {
  if (registered) return registered;
  const backend = new OnnxRuntimeBackend(threads);
  tf.registerBackend(BACKEND, () => backend);
  for (const kernels of [elementwise, reductions, shapes, products, convolutions]) {
    registerKernels(backend, kernels);
  }
  registerListKernels(backend, { ...listShapes, TopK: topK });
  registered = backend;
  return backend;
}
