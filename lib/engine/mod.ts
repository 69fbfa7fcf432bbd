/**
 * Which TensorFlow.js backend runs: one choice, in one place.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";

/** The engines. */
export const ENGINES = ["onnxruntime", "tensorflow", "webgpu", "wasm", "cpu"] as const;

/** The name of an engine. */
export type EngineName = (typeof ENGINES)[number];

/** An engine that was started. */
export interface Engine {
  readonly name: EngineName;
  /** What it runs on, where that is not plain from its name: a graphics adapter, a package. */
  readonly device?: string;
  /** Why the automatic choice did not take the engines before it; none where it took the first. */
  readonly reasons: readonly string[];
}

/** What the automatic choice tries, fastest first. */
const AUTOMATIC = ["onnxruntime", "wasm"] as const;

/** Registers an engine's backend and may tell its device. */
const REGISTER: Readonly<Record<EngineName, () => Promise<string | void>>> = {
  onnxruntime: async () => {
    const { registerOnnxRuntime } = await import("./onnxruntime/mod.ts");
    registerOnnxRuntime(navigator.hardwareConcurrency);
  },
  tensorflow: async () => (await import("./tensorflow.ts")).registerTensorFlow(),
  webgpu: async () => await (await import("./webgpu.ts")).registerWebGpu(),
  wasm: async () => {
    const { setWasmPaths } = await import("@tensorflow/tfjs-backend-wasm");
    setWasmPaths(wasmFolder());
  },
  cpu: () => Promise.resolve(), // part of the union package
};

/**
 * Starts an engine and makes it the one that runs everything from here on.
 *
 * @param choice An engine, or `auto` for the first one that runs here of
 * - `onnxruntime`: native code on the CPU;
 * - `wasm`: no native code.
 *
 * Only who asks for them gets
 * - `tensorflow`: libtensorflow, on the CPU or an NVIDIA GPU; to be installed first, see
 *   `tensorflow.ts`;
 * - `webgpu`: a GPU with Vulkan, Metal or Direct3D 12;
 * - `cpu`: plain JavaScript, for tests.
 * @returns The engine that was started.
 * @throws {RangeError} If there is no engine of that name, or it cannot run here; the message tells
 * what to install.
 */
export async function useEngine(choice: EngineName | "auto" = "auto"): Promise<Engine> {
  tf.enableProdMode(); // without it every process advises to install tfjs-node
  if (choice !== "auto") return { ...await start(choice), reasons: [] };
  const reasons: string[] = [];
  for (const name of AUTOMATIC) {
    try {
      return { ...await start(name), reasons };
    } catch (error) {
      reasons.push((error as Error).message);
    }
  }
  throw new RangeError(reasons.join("; "));
}

async function start(name: EngineName): Promise<Omit<Engine, "reasons">> {
  const register = REGISTER[name];
  if (!register) {
    throw new RangeError(`Cannot use the engine "${name}": want one of ${ENGINES.join(", ")}`);
  }
  try {
    const device = await register();
    if (!await tf.setBackend(name)) throw new Error("TensorFlow.js cannot start it");
    await tf.ready();
    return { name, ...(device && { device }) };
  } catch (error) {
    const [reason] = (error as Error).message.split("\n");
    throw new RangeError(`Cannot use the engine "${name}": ${reason}`, { cause: error });
  }
}

/** The folder of the wasm backend's binaries. */
function wasmFolder(): string {
  const entry = import.meta.resolve("@tensorflow/tfjs-backend-wasm");
  return decodeURIComponent(new URL("./", entry).pathname);
}
