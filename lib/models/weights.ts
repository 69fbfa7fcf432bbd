import * as tf from "@tensorflow/tfjs";
import { shown } from "../io/shown.ts";
import type { Random } from "../engine/random.ts";

/** A model's tensors by Hugging Face name, in Hugging Face layout (`[out, in]`, OIHW). */
export type Weights = ReadonlyMap<string, tf.Tensor>;

/** Tensors outside any engine, as a safetensors file holds them. */
export type RawTensors = Map<string, { shape: number[]; data: Float32Array }>;

/** The shape of each tensor that a config asks for. */
export type Shapes = Map<string, number[]>;

/** The tensor called `name`; throws `TypeError` when the model has none. */
export function weight(weights: Weights, name: string): tf.Tensor {
  const tensor = weights.get(name);
  if (!tensor) throw new TypeError(`The model has no tensor "${name}"`);
  return tensor;
}

/** The tensors on the current engine; the caller disposes them with {@linkcode disposeWeights}. */
export function toWeights(raw: RawTensors): Map<string, tf.Tensor> {
  return new Map([...raw].map(([name, { shape, data }]) => [name, tf.tensor(data, shape)]));
}

/** The tensors read back from the engine. */
export async function fromWeights(weights: Weights): Promise<RawTensors> {
  const raw: RawTensors = new Map();
  for (const [name, tensor] of weights) {
    raw.set(name, { shape: [...tensor.shape], data: await tensor.data() as Float32Array });
  }
  return raw;
}

/** Disposes every tensor of a model. */
export function disposeWeights(weights: Weights): void {
  for (const tensor of weights.values()) tensor.dispose();
}

/** The number of parameters in a set of shapes, with nothing allocated. */
export function countParameters(shapes: ReadonlyMap<string, readonly number[]>): number {
  let total = 0;
  for (const shape of shapes.values()) total += shape.reduce((a, b) => a * b, 1);
  return total;
}

/**
 * Checks that a file holds exactly the tensors a config wants.
 *
 * @param file The file's name, for the message.
 * @param ignore Names that may be present without being wanted (`position_ids` of old CLIP files).
 * @throws {TypeError} If a tensor is missing, has another shape, or is not wanted.
 */
export function checkShapes(
  file: string,
  tensors: ReadonlyMap<string, { shape: readonly number[] }>,
  wanted: ReadonlyMap<string, readonly number[]>,
  ignore?: RegExp,
): void {
  const say = (text: string) => new TypeError(`Cannot load "${file}": tensor ${text}`);
  for (const [name, shape] of wanted) {
    const found = tensors.get(name)?.shape;
    const wants = `[${shape.join(", ")}]`;
    if (!found) throw say(`"${shown(name)}" is missing but the config wants ${wants}`);
    if (found.length !== shape.length || found.some((n, i) => n !== shape[i])) {
      throw say(`"${shown(name)}" is [${shown(found.join(", "))}] but the config wants ${wants}`);
    }
  }
  for (const [name, { shape }] of tensors) {
    if (wanted.has(name) || ignore?.test(name)) continue;
    throw say(
      `"${shown(name)}" is [${shown(shape.join(", "))}] but the config wants no such tensor`,
    );
  }
}

/**
 * Draws initial values: each tensor from its own stream, so that one tensor's values do not depend
 * on which others exist.
 *
 * @param spread The standard deviation of a tensor, or `{ fill }` for a constant.
 */
export function initTensors(
  shapes: Shapes,
  random: Random,
  spread: (name: string, shape: readonly number[]) => number | { fill: number },
): RawTensors {
  const raw: RawTensors = new Map();
  for (const [name, shape] of shapes) {
    const size = shape.reduce((a, b) => a * b, 1);
    const rule = spread(name, shape);
    const data = typeof rule === "number"
      ? random.split(name).gaussian(size, rule)
      : new Float32Array(size).fill(rule.fill);
    raw.set(name, { shape: [...shape], data });
  }
  return raw;
}

/** `1/√fan_in`, which keeps the variance of unit inputs: `[out, in, ...]` has fan-in `in · ...`. */
export function fanInSpread(shape: readonly number[]): number {
  return 1 / Math.sqrt(shape.slice(1).reduce((a, b) => a * b, 1));
}
