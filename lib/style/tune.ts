import * as tf from "@tensorflow/tfjs";
import type { Random } from "../engine/random.ts";
import type { Muse } from "../models/muse.ts";
import type { RawTensors, Weights } from "../models/weights.ts";
import { ADAM, Adam, type AdamConfig } from "../train/adam.ts";
import { type Adapter, initAdapter } from "./adapters.ts";
import { checkEarlyStop, type EarlyStop, HeldOutTokens } from "./early_stop.ts";
import { ADAPTER_DEFAULTS, type AdapterConfig } from "./placements.ts";
import type { Pair } from "./scaling.ts";
import { drawBatch, type TuneInputs, tuneInputs, tuneLoss } from "./tune_batch.ts";

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
  /** Ends tuning before `steps` where held-out tokens are no longer learned; never unless given. */
  readonly earlyStop?: EarlyStop;
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
  /** Adapter and optimizer; what early stopping has seen. */
  readonly tensors: RawTensors;
}

/** Told after each step. */
export interface TuneStep {
  /** Steps taken, 1 .. steps */
  readonly step: number;
  readonly steps: number;
  /** Cross-entropy of masked tokens, nats per token. */
  readonly loss: number;
  /** Cross-entropy of held-out tokens, after the steps that early stopping looks at. */
  readonly heldOut?: number;
  /** The state to resume from; read it before returning. */
  readonly state: () => Promise<TuneState>;
}

/** What {@linkcode tune} is given besides data and config. */
export interface TuneOptions {
  readonly random: Random;
  readonly onStep?: (step: TuneStep) => void | Promise<void>;
  readonly resume?: TuneState;
}

/** What tuning gives. */
export interface TuneResult {
  /** The caller disposes it. */
  readonly adapter: Adapter;
  /** Loss of every step taken. */
  readonly losses: number[];
  /** Steps after which the adapter stood so: all, or those to the lowest held-out loss. */
  readonly bestStep: number;
}

/**
 * Tunes an adapter on the pairs: cross-entropy over masked tokens only, mask ratio cos(pi u / 2), the
 * base model frozen (method.md 1.5 and 3.7). Every step draws from its own random stream, so a resumed
 * run equals one that was never interrupted, early stopping included.
 *
 * @throws {RangeError} if the config is out of range, there is no full pair, or the loss diverges
 */
export async function tune(
  muse: Muse,
  pairs: readonly Pair[],
  config: TuneConfig,
  { random, onStep, resume }: TuneOptions,
): Promise<TuneResult> {
  checkConfig(pairs, config);
  const adapter = initAdapter(muse.transformer.config, config.adapter, random.split("adapter"));
  const adam = new Adam(adapter.tensors, config.optimizer);
  const texts = muse.encodeText(pairs.map((pair) => pair.text));
  const { steps, learningRate, labelSmoothing, earlyStop } = config;
  const loss = (tensors: Weights, inputs: TuneInputs) =>
    tuneLoss(muse, { ...adapter, tensors }, texts, inputs, labelSmoothing);
  const heldOut = earlyStop &&
    new HeldOutTokens(muse, pairs, { ...config, earlyStop }, random.split("held out"), {
      ...{ adapter, texts },
    });
  const losses: number[] = [];
  try {
    if (resume) adam.restore(resume);
    if (resume) heldOut?.restore(resume.tensors, adam.weights);
    while (adam.steps < steps && !heldOut?.stopped) {
      const stream = random.split("step").split(adam.steps);
      const inputs = tuneInputs(pairs, drawBatch(muse, pairs, config, stream, heldOut?.masks));
      const value = await adam.step(loss, inputs, learningRate);
      tf.dispose(inputs);
      losses.push(value);
      const seen = await heldOut?.look(adam);
      await onStep?.({
        ...{ step: adam.steps, steps, loss: value },
        ...(seen !== undefined && { heldOut: seen }),
        state: async () => {
          const { tensors } = await adam.state();
          return { steps: adam.steps, tensors: new Map([...tensors, ...heldOut?.state() ?? []]) };
        },
      });
    }
    const bestStep = heldOut?.bestStep ?? adam.steps;
    const tensors = heldOut?.best() ??
      new Map([...adam.weights].map(([name, tensor]) => [name, tf.clone(tensor)]));
    return { adapter: { ...adapter, tensors }, losses, bestStep };
  } finally {
    adam.dispose();
    tf.dispose([texts.sequence, texts.pooled]);
  }
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
  if (config.earlyStop) checkEarlyStop(config.earlyStop);
}
