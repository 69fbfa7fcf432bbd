/**
 * Which TensorFlow.js backend runs: one choice, in one place.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";

/** The engines, best first. */
export const ENGINES = ["onnxruntime", "wasm", "cpu"] as const;

/** The name of an engine. */
export type EngineName = (typeof ENGINES)[number];

/** The folder of the wasm backend's binaries. */
function wasmFolder(): string {
  const entry = import.meta.resolve("@tensorflow/tfjs-backend-wasm");
  return decodeURIComponent(new URL("./", entry).pathname);
}

const START: Readonly<Record<EngineName, () => Promise<void>>> = {
  onnxruntime: async () => {
    const { registerOnnxRuntime } = await import("./onnxruntime/mod.ts");
    registerOnnxRuntime(navigator.hardwareConcurrency);
  },
  wasm: async () => {
    const { setWasmPaths } = await import("@tensorflow/tfjs-backend-wasm");
    setWasmPaths(wasmFolder());
  },
  cpu: () => Promise.resolve(), // part of the union package
};

/**
 * Starts an engine and makes it the one that runs everything from here on.
 *
 * @param name `onnxruntime` (native CPU, the default), `wasm` (no native code) or `cpu` (plain
 * JavaScript, for tests).
 * @throws {RangeError} If there is no engine of that name.
 */
export async function useEngine(name: EngineName = "onnxruntime"): Promise<void> {
  const start = START[name];
  if (!start) {
    throw new RangeError(`Cannot use the engine "${name}": want one of ${ENGINES.join(", ")}`);
  }
  tf.enableProdMode(); // without it every process advises to install tfjs-node
  await start();
  await tf.setBackend(name);
  await tf.ready();
}
