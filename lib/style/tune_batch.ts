import * as tf from "@tensorflow/tfjs";
import type { Random } from "../engine/random.ts";
import { trainingMaskCount } from "../generate/mask_schedule.ts";
import { maskedCrossEntropy } from "../models/loss.ts";
import type { Muse } from "../models/muse.ts";
import { maskToken, type TextEncoding, uvit } from "../models/uvit.ts";
import { type Adapter, adapterHooks } from "./adapters.ts";
import type { Pair } from "./scaling.ts";

/** One batch on the host. */
export interface TuneBatch {
  /** Index of each example's pair. */
  readonly pairs: readonly number[];
  /** [B * L] what the model sees. */
  readonly ids: Int32Array;
  /** [B * L] what it should say. */
  readonly targets: Int32Array;
  /** [B * L] 1 at masked tokens that are asked for. */
  readonly weights: Float32Array;
}

/**
 * Draws pairs, their variants and their masks.
 *
 * @param heldOut by pair, [L]: 1 at tokens that are never asked for, masked or not; none unless given
 */
export function drawBatch(
  muse: Muse,
  pairs: readonly Pair[],
  { batch, pFull }: { readonly batch: number; readonly pFull: number },
  random: Random,
  heldOut?: readonly Uint8Array[],
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
    const pair = pairs[index]!, silent = heldOut?.[index];
    drawn.push(index);
    const tokens = stream.pick(pair.variants);
    targets.set(tokens, b * length);
    ids.set(tokens, b * length);
    for (const position of drawMask(length, pair.maskable, stream)) {
      ids[b * length + position] = mask;
      weights[b * length + position] = silent?.[position] ? 0 : 1;
    }
  }
  return { pairs: drawn, ids, targets, weights };
}

/** A full pair with probability `pFull`, else one of the others, each as likely. */
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
