import * as tf from "@tensorflow/tfjs";
import { replayed } from "../engine/replay.ts";
import type { Random } from "../engine/random.ts";
import type { Muse } from "../models/muse.ts";
import type { TextEncoding } from "../models/uvit.ts";
import { fromWeights, type RawTensors, toWeights, type Weights } from "../models/weights.ts";
import type { Adapter } from "./adapters.ts";
import { drawHeldOut, drawLooks, type Look } from "./held_out.ts";
import type { Pair } from "./scaling.ts";
import { type TuneInputs, tuneInputs, tuneLoss } from "./tune_batch.ts";

/** When tuning ends before its last step; the defaults are {@linkcode EARLY_STOP}. */
export interface EarlyStop {
  /** Share of each pair's tokens that are never asked for while tuning, in (0, 1). */
  readonly share: number;
  /** Steps from one look at them to the next. */
  readonly every: number;
  /** Looks in a row without a lower loss after which tuning ends. */
  readonly patience: number;
}

/**
 * A fifth of the tokens, looked at every ten steps. Off unless asked for: on the styles that settings are
 * chosen on, the loss was lowest after 90 to 120 of 200 steps for StyleDrop's adapter, with an Oracle no
 * worse; for FineStyle's it still fell after 400, because crops go on being learned when subjects are
 * already lost. The held-out tokens are the reference's: they do not tell what else was forgotten.
 */
export const EARLY_STOP: EarlyStop = Object.freeze({ share: 0.2, every: 10, patience: 3 });

/** Names of the parts of the state; adapters' tensors are named after modules. */
const LOOKS = "early.looks", BEST = "early.best.";

/** What decides which tokens are held out, and how their loss is computed. */
interface HeldOutConfig {
  readonly batch: number;
  readonly pFull: number;
  readonly earlyStop: EarlyStop;
}

/**
 * Tokens of the reference and its crops that tuning never asks for, and the adapter that guesses them
 * best. Which ones, and under which masks they are guessed, is drawn once: looks differ by the adapter
 * alone. They are masked while tuning as often as others are. Crops show the reference again, enlarged,
 * so a token held out in one pair may be seen by its pixels in another.
 */
export class HeldOutTokens {
  /** By pair, [L]: 1 where a token is held out. */
  readonly masks: readonly Uint8Array[];
  /** Whether the loss has not fallen for so many looks that tuning ends. */
  get stopped(): boolean {
    return this.#since >= this.#config.earlyStop.patience;
  }
  readonly #config: HeldOutConfig;
  readonly #batches: readonly Look[];
  readonly #pairs: readonly Pair[];
  readonly #loss: (inputs: readonly tf.Tensor[]) => Promise<tf.Tensor[]>;
  #best: RawTensors = new Map();
  #lowest = Infinity;
  #since = 0;
  #bestStep = 0;

  /**
   * @param model what is tuned: the adapter, and the texts of all pairs
   * @throws {RangeError} if the pairs have too few tokens to hold one out
   */
  constructor(
    muse: Muse,
    pairs: readonly Pair[],
    config: HeldOutConfig,
    random: Random,
    { adapter, texts }: { readonly adapter: Adapter; readonly texts: TextEncoding },
  ) {
    this.#config = config;
    this.#pairs = pairs;
    this.masks = pairs.map((pair, i) => drawHeldOut(pair, config.earlyStop.share, random.split(i)));
    if (!this.masks.some((mask) => mask.includes(1))) {
      throw new RangeError(
        `Cannot tune: earlyStop.share is ${config.earlyStop.share}, which holds out no token`,
      );
    }
    this.#batches = drawLooks(muse, pairs, this.masks, config, random.split("masks"));
    const names = [...adapter.tensors.keys()];
    this.#loss = replayed((all) => {
      const tensors = new Map(names.map((name, i) => [name, all[i]!]));
      const [ids, targets, weights, micro, rows] = all.slice(names.length);
      const inputs = { ids, targets, weights, micro, rows } as TuneInputs;
      return [tuneLoss(muse, { ...adapter, tensors }, texts, inputs, 0)];
    });
  }

  /**
   * Takes a look after the steps where one is due.
   *
   * @returns the mean cross-entropy of held-out tokens, nats; `undefined` where no look is due
   */
  async look(
    { steps, weights }: { readonly steps: number; readonly weights: Weights },
  ): Promise<number | undefined> {
    if (steps % this.#config.earlyStop.every !== 0) return;
    let sum = 0, total = 0;
    for (const { batch, weight } of this.#batches) {
      const { ids, targets, weights: holes, micro, rows } = tuneInputs(this.#pairs, batch);
      const inputs = [ids, targets, holes, micro, rows];
      const [loss] = await this.#loss([...weights.values(), ...inputs]);
      sum += weight * (await loss!.data())[0]!;
      total += weight;
      tf.dispose([loss!, inputs]);
    }
    const loss = Math.fround(sum / total); // as the state keeps it
    if (loss < this.#lowest) {
      [this.#lowest, this.#since, this.#bestStep] = [loss, 0, steps];
      this.#best = await fromWeights(weights);
    } else this.#since++;
    return loss;
  }

  /** Steps to the lowest loss; `undefined` before the first look. */
  get bestStep(): number | undefined {
    return this.#best.size === 0 ? undefined : this.#bestStep;
  }

  /** The adapter's tensors of the lowest loss, which the caller disposes. */
  best(): Map<string, tf.Tensor> | undefined {
    return this.#best.size === 0 ? undefined : toWeights(this.#best);
  }

  /** What a resumed run needs to stop where this one would. */
  state(): RawTensors {
    const looks = Float32Array.of(this.#lowest, this.#since, this.#bestStep);
    const state: RawTensors = new Map([[LOOKS, { shape: [3], data: looks }]]);
    this.#best.forEach((raw, name) => state.set(BEST + name, raw));
    return state;
  }

  /**
   * Goes on from a {@linkcode state}.
   *
   * @throws {TypeError} if the tensors hold none, or that of another adapter
   */
  restore(tensors: RawTensors, weights: Weights): void {
    const looks = tensors.get(LOOKS);
    if (looks?.shape.join() !== "3") {
      throw new TypeError(`Cannot resume: "${LOOKS}" is [${looks?.shape ?? "missing"}], want [3]`);
    }
    const [lowest, since, bestStep] = looks.data;
    [this.#lowest, this.#since, this.#bestStep] = [lowest!, since!, bestStep!];
    if (bestStep === 0) return;
    this.#best = new Map([...weights].map(([name, { shape }]) => {
      const raw = tensors.get(BEST + name);
      if (raw?.shape.join() === shape.join()) return [name, raw];
      const found = raw?.shape ?? "missing";
      throw new TypeError(`Cannot resume: "${BEST}${name}" is [${found}], want [${shape}]`);
    }));
  }
}

/** @throws {RangeError} if a setting is out of range */
export function checkEarlyStop({ share, every, patience }: EarlyStop): void {
  if (!(share > 0 && share < 1)) {
    throw new RangeError(
      `Cannot tune: earlyStop.share is ${share}, want more than 0 and less than 1`,
    );
  }
  for (const [name, value] of Object.entries({ every, patience })) {
    if (Number.isInteger(value) && value >= 1) continue;
    throw new RangeError(`Cannot tune: earlyStop.${name} is ${value}, want a whole number from 1`);
  }
}
