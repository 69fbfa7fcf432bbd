/**
 * The `webgpu` engine: TensorFlow.js on the WebGPU that is part of Deno, over Vulkan, Metal or
 * Direct3D 12.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import "@tensorflow/tfjs-backend-webgpu";

/**
 * Replaces the kernels of the backend `webgpu` that give other values than those of the other
 * backends.
 *
 * @returns The name of the graphics adapter.
 * @throws {Error} If there is no graphics adapter.
 */
export async function registerWebGpu(): Promise<string> {
  const adapter = await navigator.gpu?.requestAdapter({ powerPreference: "high-performance" });
  if (!adapter) {
    throw new Error(
      "there is no graphics adapter; install the GPU's driver, or for Vulkan in software the " +
        'package "mesa-vulkan-drivers" of Debian and Ubuntu',
    );
  }
  const backendName = "webgpu";
  tf.registerKernel({ kernelName: "ArgMax", backendName, kernelFunc: firstOf(tf.max) });
  tf.registerKernel({ kernelName: "ArgMin", backendName, kernelFunc: firstOf(tf.min) });
  return adapter.info.description;
}

/**
 * The first position of the best value along an axis, which must not be NaN. The backend's own
 * kernels (4.22.0) give any of equal ones where the axis is 32 long or longer.
 */
function firstOf(best: typeof tf.max): tf.KernelFunc {
  return ({ inputs, attrs }) =>
    tf.tidy(() => {
      const x = inputs["x"] as tf.Tensor;
      const [axis] = tf.util.parseAxisParam((attrs as { axis: number }).axis, x.shape);
      const size = x.shape[axis!]!;
      const along = x.shape.map((_, i) => i === axis ? size : 1);
      const positions = tf.reshape(tf.range(0, size, 1, "int32"), along);
      const others = tf.cast(tf.notEqual(x, best(x, axis, true)), "int32");
      return tf.min(tf.add(positions, tf.mul(others, tf.scalar(size, "int32"))), axis);
    });
}
