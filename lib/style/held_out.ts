import type { Random } from "../engine/random.ts";
import { maskRatio } from "../generate/mask_schedule.ts";
import type { Muse } from "../models/muse.ts";
import { maskToken } from "../models/uvit.ts";
import type { Pair } from "./scaling.ts";
import type { TuneBatch } from "./tune_batch.ts";

/** Masked shares under which held-out tokens are guessed: quartiles of the training schedule. */
const MASKED = [maskRatio(0.25), maskRatio(0.75)];

/** Held-out tokens of some pairs under one mask each. */
export interface Look {
  readonly batch: TuneBatch;
  /** Sum of the batch's weights. */
  readonly weight: number;
}

/** 1 at the tokens of a pair that are held out, [L]. */
export function drawHeldOut(
  { variants, maskable }: Pair,
  share: number,
  random: Random,
): Uint8Array {
  const mask = new Uint8Array(variants[0]!.length);
  const allowed = positions(mask.length, (i) => maskable?.[i] !== 0);
  const count = Math.floor(share * allowed.length);
  for (const position of random.shuffle(allowed).slice(0, count)) mask[position] = 1;
  return mask;
}

/** Every pair under every share of {@linkcode MASKED}, weighted as tuning draws the pairs. */
export function drawLooks(
  muse: Muse,
  pairs: readonly Pair[],
  heldOut: readonly Uint8Array[],
  { batch, pFull }: { readonly batch: number; readonly pFull: number },
  random: Random,
): Look[] {
  const rows = pairs.flatMap((pair, index) => {
    const weight = probabilityOf(pair, pairs, pFull) / MASKED.length;
    return MASKED.map((share, i) => {
      const stream = random.split(index).split(i);
      return { index, weight, ...lookRow(muse, pair, heldOut[index]!, share, stream) };
    });
  }).filter(({ weight, asked }) => weight > 0 && asked.length > 0);
  const length = heldOut[0]!.length, looks: Look[] = [];
  for (let start = 0; start < rows.length; start += batch) {
    const part = rows.slice(start, start + batch);
    const weights = new Float32Array(batch * length);
    const filled = Array.from({ length: batch }, (_, b) => part[b] ?? part[0]!); // equal shapes
    part.forEach(({ asked, weight }, b) =>
      asked.forEach((position) => weights[b * length + position] = weight / asked.length)
    );
    const join = (of: (row: typeof rows[number]) => Int32Array) =>
      Int32Array.from(filled.flatMap((row) => [...of(row)]));
    looks.push({
      weight: part.reduce((sum, { weight }) => sum + weight, 0),
      batch: {
        pairs: filled.map(({ index }) => index),
        ids: join(({ ids }) => ids),
        targets: join(({ index }) => pairs[index]!.variants[0]!),
        weights,
      },
    });
  }
  return looks;
}

/** What the model sees of a pair when its held-out tokens are asked for, and where those are. */
function lookRow(
  muse: Muse,
  { variants, maskable }: Pair,
  heldOut: Uint8Array,
  share: number,
  random: Random,
): { ids: Int32Array; asked: number[] } {
  const ids = variants[0]!.slice();
  const asked = positions(ids.length, (i) => heldOut[i] === 1);
  const others = positions(ids.length, (i) => maskable?.[i] !== 0 && !heldOut[i]);
  const hidden = random.shuffle(others).slice(0, Math.round(share * others.length));
  for (const position of [...asked, ...hidden]) ids[position] = maskToken(muse.transformer.config);
  return { ids, asked };
}

/** How often tuning draws a pair: see `drawBatch`. */
function probabilityOf(pair: Pair, pairs: readonly Pair[], pFull: number): number {
  const alike = pairs.filter(({ kind }) => (kind === "full") === (pair.kind === "full")).length;
  if (alike === pairs.length) return 1 / alike;
  return (pair.kind === "full" ? pFull : 1 - pFull) / alike;
}

function positions(length: number, where: (position: number) => boolean): number[] {
  return Array.from({ length }, (_, i) => i).filter(where);
}
