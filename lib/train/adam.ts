/**
 * AdamW whose whole state can be stored: one flat vector per moment for all tensors together.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { replayed } from "../engine/replay.ts";
import type { RawTensors, Weights } from "../models/weights.ts";

/** Settings of {@linkcode Adam}. */
export interface AdamConfig {
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  /** Decoupled weight decay per step, times the learning rate; matrices only. */
  readonly weightDecay: number;
  /** The gradient's norm is scaled down to this. */
  readonly clipNorm: number;
  /** Weight of the past in the moving average of the weights; 0 keeps no average. */
  readonly averageDecay: number;
  /**
   * Matrices that take the step of Muon (Jordan et al., 2024) instead of Adam's: the nearest
   * orthogonal matrix of their momentum, scaled to the size of Adam's steps (Liu et al., 2025). A
   * convolution counts as the matrix from its taps to its output channels.
   */
  readonly orthogonal?: (name: string, shape: readonly number[]) => boolean;
}

/** Adam without decay, clipped at norm 1, with no moving average. */
export const ADAM: AdamConfig = Object.freeze({
  beta1: 0.9,
  beta2: 0.98,
  epsilon: 1e-8,
  weightDecay: 0,
  clipNorm: 1,
  averageDecay: 0,
});

const VECTORS = ["first", "second", "average"] as const;
type Vectors = Record<(typeof VECTORS)[number], tf.Tensor1D>;

/** What a loss is given besides the weights. */
export type Inputs = Readonly<Record<string, tf.Tensor>>;

/** Trains the tensors of a map, which it replaces at each step. */
export class Adam {
  readonly #config: AdamConfig;
  readonly #shapes: [name: string, shape: number[], size: number][];
  readonly #decay: tf.Tensor1D;
  #weights: Map<string, tf.Tensor>;
  #vectors: Vectors;
  /** A step by its loss. */
  readonly #updates = new WeakMap<object, ReturnType<typeof replayed>>();
  #steps = 0;

  /** @param weights What is trained; the optimizer takes over the tensors and disposes them. */
  constructor(weights: Weights, config: AdamConfig = ADAM) {
    this.#config = config;
    this.#weights = new Map(weights);
    this.#shapes = [...weights].map(([name, t]) => [name, [...t.shape], t.size]);
    this.#decay = tf.tidy(() => this.#join((shape) => shape.length > 1 ? 1 : 0));
    const zeros = () => tf.tidy(() => this.#join(() => 0));
    this.#vectors = { first: zeros(), second: zeros(), average: flatten([...weights.values()]) };
  }

  #join(value: (shape: number[]) => number): tf.Tensor1D {
    return flatten(this.#shapes.map(([, shape]) => tf.fill(shape, value(shape))));
  }

  /** The current weights, valid until the next step. */
  get weights(): Weights {
    return this.#weights;
  }

  /** Steps taken so far. */
  get steps(): number {
    return this.#steps;
  }

  /**
   * One step down the gradient of `loss`.
   *
   * @param loss A scalar of the weights and the inputs. Where steps share the function it is traced
   * once: it must be pure, and what changes from step to step must be among the inputs.
   * @param inputs The batch; it stays the caller's.
   * @param learningRate Step size.
   * @returns The loss before the step.
   * @throws {RangeError} If the loss is not finite; the weights are then unchanged.
   */
  async step<I extends Inputs>(
    loss: (weights: Weights, inputs: I) => tf.Scalar,
    inputs: I,
    learningRate: number,
  ): Promise<number> {
    const known = this.#updates.get(loss);
    const update = known ?? replayed((tensors) => this.#update(loss, Object.keys(inputs), tensors));
    if (!known) this.#updates.set(loss, update);
    const numbers = this.#numbers(learningRate).map((value) => tf.scalar(value));
    const { first, second, average } = this.#vectors;
    const [value, ...state] = await update([
      ...numbers,
      ...[first, second, average],
      ...this.#weights.values(),
      ...Object.values(inputs),
    ]);
    const [result] = await value!.data();
    tf.dispose([value!, numbers]);
    if (!Number.isFinite(result)) {
      tf.dispose(state);
      throw new RangeError(`The loss is ${result} at step ${this.#steps + 1}`);
    }
    tf.dispose([this.#vectors, [...this.#weights.values()]]);
    const [newFirst, newSecond, newAverage, ...tensors] = state;
    this.#vectors = { first: newFirst, second: newSecond, average: newAverage } as Vectors;
    this.#weights = new Map(this.#shapes.map(([name], i) => [name, tensors[i]!]));
    this.#steps++;
    return result!;
  }

  /** What changes from step to step besides tensors. */
  #numbers(learningRate: number): number[] {
    const { beta1, beta2, averageDecay } = this.#config, t = this.#steps + 1;
    return [
      learningRate,
      learningRate / (1 - beta1 ** t),
      Math.sqrt(1 - beta2 ** t),
      Math.min(averageDecay, (1 + t) / (10 + t)), // short at first: forgets the start
    ];
  }

  /** Numbers, moments, weights and batch to the loss, new moments and new weights. */
  #update<I extends Inputs>(
    loss: (weights: Weights, inputs: I) => tf.Scalar,
    keys: readonly string[],
    tensors: readonly tf.Tensor[],
  ): tf.Tensor[] {
    const { beta1, beta2, epsilon, weightDecay, averageDecay } = this.#config;
    const [rate, firstRate, secondScale, past, m, v, average, ...rest] = tensors as [
      ...[tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor],
      ...tf.Tensor[],
    ];
    const names = this.#shapes.map(([name]) => name);
    const weights = rest.slice(0, names.length), batch = rest.slice(names.length);
    const inputs = Object.fromEntries(keys.map((key, i) => [key, batch[i]!])) as I;
    const { value, grads } = tf.valueAndGrads((...xs: tf.Tensor[]) =>
      loss(new Map(names.map((name, i) => [name, xs[i]!])), inputs)
    )(weights);
    const gradient = clip(flatten(grads), this.#config.clipNorm);
    const first = tf.add(tf.mul(m, beta1), tf.mul(gradient, 1 - beta1));
    const second = tf.add(tf.mul(v, beta2), tf.mul(tf.square(gradient), 1 - beta2));
    const root = tf.add(tf.div(tf.sqrt(second), secondScale), epsilon);
    const old = flatten(weights);
    let move = tf.mul(tf.div(first, root), firstRate);
    if (weightDecay > 0) {
      move = tf.add(move, tf.mul(tf.mul(old, this.#decay), tf.mul(rate, weightDecay)));
    }
    if (this.#config.orthogonal) {
      const ahead = tf.add(tf.mul(first, beta1), tf.mul(gradient, 1 - beta1));
      move = this.#orthogonalise(move as tf.Tensor1D, ahead as tf.Tensor1D, rate);
    }
    const flat = tf.sub(old, move);
    const mean = averageDecay > 0
      ? tf.add(tf.mul(average, past), tf.mul(flat, tf.sub(1, past)))
      : tf.clone(flat);
    return [value, first, second, mean, ...this.#split(flat as tf.Tensor1D)];
  }

  /** `move` with the orthogonalised momentum in place of Adam's step, for the chosen matrices. */
  #orthogonalise(move: tf.Tensor1D, momentum: tf.Tensor1D, rate: tf.Tensor): tf.Tensor1D {
    const parts = this.#split(move), directions = this.#split(momentum);
    const alike = Map.groupBy(this.#shapes.keys(), (i) => {
      const [name, shape] = this.#shapes[i]!;
      return this.#config.orthogonal?.(name, shape) ? shape.join() : "";
    });
    for (const [key, members] of alike) {
      if (key === "") continue;
      const [, shape, size] = this.#shapes[members[0]!]!;
      const rows = shape[0]!, columns = size / rows;
      const stacked = tf.stack(members.map((i) => tf.reshape(directions[i]!, [rows, columns])));
      const length = tf.mul(rate, 0.2 * Math.sqrt(Math.max(rows, columns)));
      const steps = tf.mul(orthogonal(stacked as tf.Tensor3D), length);
      members.forEach((i, k) => parts[i] = tf.slice(steps, [k, 0, 0], [1, rows, columns]));
    }
    return flatten(parts);
  }

  #split(flat: tf.Tensor1D): tf.Tensor[] {
    let from = 0;
    return this.#shapes.map(([, shape, size]) => {
      const part = tf.slice(flat, [from], [size]);
      from += size;
      return tf.reshape(part, shape);
    });
  }

  /** Sets one tensor from outside; its moments stay. The optimizer takes it over. */
  replace(name: string, tensor: tf.Tensor): void {
    const old = this.#weights.get(name);
    if (old?.shape.join() !== tensor.shape.join()) {
      throw new TypeError(`Cannot replace "${name}": it is [${old?.shape}], not [${tensor.shape}]`);
    }
    old.dispose();
    this.#weights.set(name, tensor);
  }

  /** The moving average of the weights; the caller disposes it. */
  average(): Map<string, tf.Tensor> {
    const parts = tf.tidy(() => this.#split(this.#vectors.average));
    return new Map(this.#shapes.map(([name], i) => [name, parts[i]!]));
  }

  /** Everything that a later run needs to continue, weights included. */
  async state(): Promise<{ tensors: RawTensors; steps: number }> {
    const tensors: RawTensors = new Map();
    for (const [name, t] of this.#weights) {
      tensors.set(name, { shape: [...t.shape], data: await t.data() as Float32Array });
    }
    for (const name of VECTORS) {
      const t = this.#vectors[name];
      tensors.set(`adam.${name}`, { shape: [t.size], data: await t.data() as Float32Array });
    }
    return { tensors, steps: this.#steps };
  }

  /**
   * Continues from a stored state.
   *
   * @throws {TypeError} If it belongs to other tensors.
   */
  restore(state: { tensors: RawTensors; steps: number }): void {
    const take = (name: string, shape: readonly number[]): tf.Tensor => {
      const raw = state.tensors.get(name);
      if (!raw || raw.shape.join() !== shape.join()) {
        throw new TypeError(
          `Cannot resume: "${name}" is [${raw?.shape ?? "missing"}] but the model wants [${shape}]`,
        );
      }
      return tf.tensor(raw.data, raw.shape);
    };
    const weights = new Map(this.#shapes.map(([name, shape]) => [name, take(name, shape)]));
    const total = this.#decay.shape;
    const vectors = Object.fromEntries(VECTORS.map((name) => [name, take(`adam.${name}`, total)]));
    tf.dispose([this.#vectors, [...this.#weights.values()]]);
    this.#weights = weights;
    this.#vectors = vectors as Vectors;
    this.#steps = state.steps;
  }

  /** Frees the weights and all state. */
  dispose(): void {
    tf.dispose([this.#decay, this.#vectors, [...this.#weights.values()]]);
  }
}

/** All tensors one after the other: [sum of sizes]. */
function flatten(tensors: readonly tf.Tensor[]): tf.Tensor1D {
  return tf.tidy(() => tf.concat1d(tensors.map((t) => tf.reshape(t, [-1]) as tf.Tensor1D)));
}

/** The gradient, scaled so that its norm is at most `norm`. */
function clip(gradient: tf.Tensor1D, norm: number): tf.Tensor {
  const length = tf.sqrt(tf.sum(tf.square(gradient)));
  return tf.mul(gradient, tf.minimum(1, tf.div(norm, tf.add(length, 1e-12))));
}

/**
 * Roughly the nearest matrix of orthogonal rows (or columns), for each of `[N, R, C]`: five rounds
 * of the Newton-Schulz iteration of Muon, which bring every singular value close to 1.
 */
function orthogonal(matrices: tf.Tensor3D): tf.Tensor {
  const tall = matrices.shape[1] > matrices.shape[2];
  let x: tf.Tensor = tall ? tf.transpose(matrices, [0, 2, 1]) : matrices;
  x = tf.div(x, tf.add(tf.sqrt(tf.sum(tf.square(x), [1, 2], true)), 1e-12));
  for (let round = 0; round < 5; round++) {
    const square = tf.matMul(x, x, false, true);
    const factor = tf.add(tf.mul(square, -4.775), tf.mul(tf.matMul(square, square), 2.0315));
    x = tf.add(tf.mul(x, 3.4445), tf.matMul(factor, x));
  }
  return tall ? tf.transpose(x, [0, 2, 1]) : x;
}
