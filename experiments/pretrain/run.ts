/**
 * The training loop that the three embedded models share: resume, step, log, store.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { Random } from "../../lib/engine/random.ts";
import { writeAtomic } from "../../lib/io/files.ts";
import type { Weights } from "../../lib/models/weights.ts";
import type { Adam, Inputs } from "../../lib/train/adam.ts";
import { CheckpointWriter, loadCheckpoint } from "../../lib/train/checkpoint.ts";
import { Interruption } from "../../lib/show/interruption.ts";
import { warmupCosine } from "../../lib/train/schedule.ts";
import { canonicalJson } from "../study/cells.ts";
import { LossLog } from "./loss_log.ts";

/** What a run needs besides its loss. */
export interface RunConfig {
  readonly seed: number;
  readonly steps: number;
  readonly learningRate: number;
  readonly warmup: number;
  /** Seconds between checkpoints. */
  readonly saveEvery: number;
}

/** What is learned, and from what. */
export interface Lesson<I extends Inputs> {
  /** Pure: traced once. */
  readonly loss: (weights: Weights, batch: I) => tf.Scalar;
  /** The batch of a step, which the loop disposes. */
  readonly makeBatch: (random: Random, step: number) => I;
}

/** Where a run stands, as its callbacks see it. */
export interface Progress {
  readonly step: number;
  readonly loss: number;
  readonly seconds: number;
}

/**
 * Trains until `config.steps`, continuing from the last checkpoint of `folder`.
 *
 * Batch and masks of step `s` come from `Random(seed).split(s)`, so a resumed run sees what the
 * uninterrupted one sees.
 *
 * @throws {Interrupted} If a signal has come; the state is stored before.
 */
export async function train<I extends Inputs>(
  folder: string,
  adam: Adam,
  config: RunConfig,
  { loss, makeBatch }: Lesson<I>,
  onStep: (progress: Progress) => void | Promise<void>,
): Promise<void> {
  const stored = await loadCheckpoint(folder);
  if (stored) adam.restore(stored);
  using interruption = new Interruption("Stopped; the same command goes on from there");
  const random = new Random(config.seed);
  const started = performance.now();
  const checkpoints = new CheckpointWriter(folder, config.saveEvery);
  const log = await LossLog.open(folder, adam.steps);
  while (adam.steps < config.steps) {
    const step = adam.steps;
    const batch = makeBatch(random.split(step), step);
    const rate = warmupCosine(step, config.steps, config.learningRate, config.warmup);
    const value = await adam.step(loss, batch, rate);
    tf.dispose(batch);
    await log.add({ step: step + 1, loss: value });
    await onStep({ step: step + 1, loss: value, seconds: (performance.now() - started) / 1000 });
    const store = (now: boolean) => checkpoints.offer(() => adam.state(), now);
    await store(adam.steps === config.steps);
    await interruption.check(() => store(true));
  }
}

/** A recipe's numbers, any of which may be changed. */
export type Recipe<T> = { readonly [K in keyof T]: number };

/**
 * Notes in a folder what its contents are made by, or holds them to what is noted there.
 *
 * @throws {RangeError} if the folder holds what another recipe made
 */
export async function holdToRecipe(folder: string, recipe: unknown): Promise<void> {
  const path = `${folder}/recipe.json`, wanted = canonicalJson(recipe);
  const noted = await Deno.readTextFile(path).catch((error) => {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  });
  if (noted === undefined) return await writeAtomic(path, wanted);
  if (noted === wanted) return;
  throw new RangeError(
    `Cannot go on in "${folder}": another recipe made what it holds; remove it, or name another --work`,
  );
}
