/**
 * The `onnxruntime` engine: registers the backend and its kernels with TensorFlow.js.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { NORMALISE } from "../kernels.ts";
import { BACKEND, OnnxRuntimeBackend } from "./backend.ts";
import { activations } from "./kernels/activation.ts";
import { constants } from "./kernels/constant.ts";
import { convolutions } from "./kernels/convolution.ts";
import { elementwise } from "./kernels/elementwise.ts";
import { registerJoinKernels, registerKernels, registerSplitKernels } from "./kernels/kernel.ts";
import { lookups } from "./kernels/lookup.ts";
import { normalise } from "./kernels/normalise.ts";
import { products } from "./kernels/matmul.ts";
import { reductions, topK } from "./kernels/reduction.ts";
import { resamplings } from "./kernels/resampling.ts";
import { joins, shapes, splits } from "./kernels/shape.ts";

const KERNELS = [
  elementwise,
  activations,
  reductions,
  shapes,
  lookups,
  constants,
  products,
  convolutions,
  resamplings,
];

let registered: OnnxRuntimeBackend | undefined;

/** Registers the backend once and returns it. */
export function registerOnnxRuntime(threads: number): OnnxRuntimeBackend {
  if (registered) return registered;
  const backend = new OnnxRuntimeBackend(threads);
  tf.registerBackend(BACKEND, () => backend);
  for (const kernels of KERNELS) registerKernels(backend, kernels);
  registerJoinKernels(backend, joins);
  registerSplitKernels(backend, { ...splits, TopK: topK, [NORMALISE]: normalise });
  registered = backend;
  return backend;
}
