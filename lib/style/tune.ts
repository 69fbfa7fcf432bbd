import * as tf from "@tensorflow/tfjs";
import type { Random } from "../engine/random.ts";
import { trainingMaskCount } from "../generate/mask_schedule.ts";
import { maskedCrossEntropy } from "../models/loss.ts";
import type { Muse } from "../models/muse.ts";
import { maskToken, type TextEncoding, uvit } from "../models/uvit.ts";
import type { RawTensors, Weights } from "../models/weights.ts";
import { ADAM, Adam, type AdamConfig } from "../train/adam.ts";
import { type Adapter, adapterHooks, initAdapter } from "./adapters.ts";
import { ADAPTER_DEFAULTS, type AdapterConfig } from "./placements.ts";
import type { Pair } from "./scaling.ts";

/** How an adapter is tuned; the defaults are {@linkcode TUNE_DEFAULTS}. */
export interface TuneConfig {
  readonly adapter: AdapterConfig;
  readonly steps: number;
  readonly batch: number;
  readonly learningRate: number;
  /** Probability that an example is the full pair rather than one of the concepts' pairs. */
  readonly pFull: number;
  readonly labelSmoothing: number;
  readonly optimizer: AdamConfig;
}

/** StyleDrop's numbers (method.md 2.2) where FineStyle's are unknown. */
export const TUNE_DEFAULTS: TuneConfig = Object.freeze({
  adapter: ADAPTER_DEFAULTS,
  steps: 1000,
  batch: 8,
  learningRate: 3e-5,
  pFull: 0.5,
  labelSmoothing: 0,
  optimizer: Object.freeze({ ...ADAM, beta2: 0.999 }),
});

/** What is needed to go on with an interrupted run; the random stream needs no storing. */
export interface TuneState {
  readonly steps: number;
  /** Adapter and optimizer. */
  readonly tensors: RawTensors;
}

/** Told after each step. */
export interface TuneStep {
  /** Steps taken, 1 .. steps */
  readonly step: number;
  readonly steps: number;
  /** Cross-entropy of masked tokens, nats per token. */
  readonly loss: number;
  /** The state to resume from; read it before returning. */
  readonly state: () => Promise<TuneState>;
}

/** What {@linkcode tune} is given besides data and config. */
export interface TuneOptions {
  readonly random: Random;
  readonly onStep?: (step: TuneStep) => void | Promise<void>;
  readonly resume?: TuneState;
}

/**
 * Tunes an adapter on the pairs: cross-entropy over masked tokens only, mask ratio cos(pi u / 2), the
 * base model frozen (method.md 1.5 and 3.7). Every step draws from its own random stream, so a resumed
 * run equals one that was never interrupted.
 *
 * @returns the adapter, which the caller disposes, and the loss of every step taken
 * @throws {RangeError} if the config is out of range, there is no full pair, or the loss diverges
 */
export async function tune(
  muse: Muse,
  pairs: readonly Pair[],
  config: TuneConfig,
  { random, onStep, resume }: TuneOptions,
): Promise<{ adapter: Adapter; losses: number[] }> {
  checkConfig(pairs, config);
  const adapter = initAdapter(muse.transformer.config, config.adapter, random.split("adapter"));
  const adam = new Adam(adapter.tensors, config.optimizer);
  const texts = muse.encodeText(pairs.map((pair) => pair.text));
  const { steps, learningRate, labelSmoothing } = config;
  const loss = (tensors: Weights, inputs: TuneInputs) =>
    tuneLoss(muse, { ...adapter, tensors }, texts, inputs, labelSmoothing);
  const losses: number[] = [];
  try {
    if (resume) adam.restore(resume);
    while (adam.steps < steps) {
      const batch = drawBatch(muse, pairs, config, random.split("step").split(adam.steps));
      const inputs = tuneInputs(pairs, batch);
      const value = await adam.step(loss, inputs, learningRate);
      tf.dispose(inputs);
      losses.push(value);
      await onStep?.({ step: adam.steps, steps, loss: value, state: () => adam.state() });
    }
    const tensors = new Map([...adam.weights].map(([name, tensor]) => [name, tf.clone(tensor)]));
    return { adapter: { ...adapter, tensors }, losses };
  } finally {
    adam.dispose();
    tf.dispose([texts.sequence, texts.pooled]);
  }
}

/** One batch on the host. */
export interface TuneBatch {
  /** Index of each example's pair. */
  readonly pairs: readonly number[];
  /** [B * L] what the model sees. */
  readonly ids: Int32Array;
  /** [B * L] what it should say. */
  readonly targets: Int32Array;
  /** [B * L] 1 at masked tokens. */
  readonly weights: Float32Array;
}

/** Draws pairs, their variants and their masks. */
export function drawBatch(
  muse: Muse,
  pairs: readonly Pair[],
  { batch, pFull }: Pick<TuneConfig, "batch" | "pFull">,
  random: Random,
): TuneBatch {
  const mask = maskToken(muse.transformer.config);
  const length = pairs[0]!.variants[0]!.length;
  const drawn: number[] = [];
  const targets = new Int32Array(batch * length);
  const ids = new Int32Array(batch * length);
  const weights = new Float32Array(batch * length);
  for (let b = 0; b < batch; b++) {
    const stream = random.split(b);
    const index = drawPair(pairs, pFull, stream);
    const pair = pairs[index]!;
    drawn.push(index);
    const tokens = stream.pick(pair.variants);
    targets.set(tokens, b * length);
    ids.set(tokens, b * length);
    for (const position of drawMask(length, pair.maskable, stream)) {
      ids[b * length + position] = mask;
      weights[b * length + position] = 1;
    }
  }
  return { pairs: drawn, ids, targets, weights };
}

/** The full pair with probability `pFull`, else one of the others, each as likely. */
function drawPair(pairs: readonly Pair[], pFull: number, random: Random): number {
  const full: number[] = [], concepts: number[] = [];
  pairs.forEach((pair, i) => (pair.kind === "full" ? full : concepts).push(i));
  const takeFull = random.next() < pFull; // drawn in any case: the stream stays in step
  return random.pick(concepts.length === 0 || (takeFull && full.length > 0) ? full : concepts);
}

/** Positions to mask: `cos(pi u / 2)` of those that may be masked, at least one. */
function drawMask(length: number, maskable: Uint8Array | undefined, random: Random): number[] {
  const all = Array.from({ length }, (_, i) => i);
  const allowed = maskable ? all.filter((i) => maskable[i]) : all;
  const count = trainingMaskCount(random.next(), allowed.length);
  return random.shuffle(allowed).slice(0, count);
}

/** One batch on the engine. */
export type TuneInputs = Readonly<
  Record<"ids" | "targets" | "weights" | "micro", tf.Tensor2D> & { rows: tf.Tensor1D }
>;

/** Moves a batch to the engine; the caller disposes it. */
export function tuneInputs(
  pairs: readonly Pick<Pair, "microConditions">[],
  batch: TuneBatch,
): TuneInputs {
  const count = batch.pairs.length;
  const shape: [number, number] = [count, batch.ids.length / count];
  return {
    ids: tf.tensor2d(batch.ids, shape, "int32"),
    targets: tf.tensor2d(batch.targets, shape, "int32"),
    weights: tf.tensor2d(batch.weights, shape),
    micro: tf.tensor2d(batch.pairs.map((i) => [...pairs[i]!.microConditions])),
    rows: tf.tensor1d([...batch.pairs], "int32"),
  };
}

/** Masked cross-entropy of one batch under the adapter, a scalar; `texts` are those of all pairs. */
export function tuneLoss(
  { transformer: { weights, config } }: Pick<Muse, "transformer">,
  adapter: Adapter,
  texts: TextEncoding,
  { ids, targets, weights: holes, micro, rows }: TuneInputs,
  labelSmoothing: number,
): tf.Scalar {
  const text = {
    sequence: tf.gather(texts.sequence, rows), // [B, T, E]
    pooled: tf.gather(texts.pooled, rows), // [B, P]
  };
  const logits = uvit(weights, config, ids, text, micro, adapterHooks(adapter));
  return maskedCrossEntropy(logits, targets, holes, labelSmoothing);
}

function checkConfig(pairs: readonly Pair[], config: TuneConfig): void {
  if (pairs.length === 0) throw new RangeError("Cannot tune: there are no pairs");
  const empty = pairs.find((pair) => pair.maskable && !pair.maskable.includes(1));
  if (empty) throw new RangeError(`Cannot tune: the region of "${empty.concept}" is empty`);
  for (const key of ["steps", "batch"] as const) {
    if (Number.isInteger(config[key]) && config[key] >= 1) continue;
    throw new RangeError(`Cannot tune: ${key} is ${config[key]}, want a whole number from 1`);
  }
  if (!(config.learningRate > 0)) {
    throw new RangeError(`Cannot tune: learningRate is ${config.learningRate}, want more than 0`);
  }
  if (!(config.pFull >= 0 && config.pFull <= 1)) {
    throw new RangeError(`Cannot tune: pFull is ${config.pFull}, want a probability`);
  }
}
