import { cosine } from "./clip.ts";
import type { Reading } from "./judge.ts";
import { mean } from "./statistics.ts";

/** Heads of the judge that can find a leaked concept. */
export type LeakageHead = "concepts" | "colour" | "decoration";

/** A concept of the reference that the prompt does not ask for. */
export interface UnwantedConcept {
  /** Its phrase as it stands in the reference's caption. */
  readonly phrase: string;
  readonly head: LeakageHead;
  /** Its place in the output of that head. */
  readonly index: number;
}

/** Probability from which a head counts as having found a concept. */
export type Thresholds = Readonly<Record<LeakageHead, number>>;

/**
 * Half for the softmaxes. The concept head is less certain of small things: from 0.1 on it is wrong
 * about 1 % of the absent concepts of scenes of two, and finds 90 % of the present ones (99 % of single
 * objects).
 */
export const DEFAULT_THRESHOLDS: Thresholds = Object.freeze({
  concepts: 0.1,
  colour: 0.5,
  decoration: 0.5,
});

/**
 * Leakage (a), detector rate: share of the unwanted concepts that the judge finds, in [0, 1];
 * 0 when nothing is unwanted (method.md 5.3).
 */
export function detectorRate(
  reading: Reading,
  unwanted: readonly UnwantedConcept[],
  thresholds: Thresholds = DEFAULT_THRESHOLDS,
): number {
  return unwanted.length === 0
    ? 0
    : foundConcepts(reading, unwanted, thresholds).length / unwanted.length;
}

/**
 * The unwanted concepts that the judge finds in one image.
 *
 * @throws {RangeError} if a concept's index lies outside its head.
 */
export function foundConcepts(
  reading: Reading,
  unwanted: readonly UnwantedConcept[],
  thresholds: Thresholds = DEFAULT_THRESHOLDS,
): UnwantedConcept[] {
  return unwanted.filter(({ head, index, phrase }) => {
    const probability = reading[head][index];
    if (probability === undefined) {
      throw new RangeError(
        `Cannot look for "${phrase}": index ${index} is outside the ${
          reading[head].length
        } outputs of the ${head} head`,
      );
    }
    return probability >= thresholds[head];
  });
}

/**
 * Leakage (b), CLIP excess: mean over the unwanted concepts of how much closer the image is to the
 * concept's words than the untuned model's image of the same prompt and seed, never negative
 * (method.md 5.3); 0 when nothing is unwanted.
 *
 * @param image Embedding of the tuned model's image, [D].
 * @param untuned Embedding of the untuned model's image, [D].
 * @param concepts Embeddings of the unwanted concepts' words, c x [D].
 */
export function clipExcess(
  image: Float32Array,
  untuned: Float32Array,
  concepts: readonly Float32Array[],
): number {
  if (concepts.length === 0) return 0;
  return mean(concepts.map((c) => Math.max(0, cosine(image, c) - cosine(untuned, c))));
}

/**
 * Share of the positions that hold the reference's token, in [0, 1].
 *
 * @param ids Tokens of an image, [L].
 * @param reference Tokens of the reference, [L].
 * @throws {TypeError} if the lengths differ.
 */
export function tokenMatchRate(ids: ArrayLike<number>, reference: ArrayLike<number>): number {
  if (ids.length !== reference.length) {
    throw new TypeError(
      `Cannot compare tokens: ${ids.length} of the image, ${reference.length} of the reference`,
    );
  }
  let same = 0;
  for (let i = 0; i < ids.length; i++) if (ids[i] === reference[i]) same++;
  return same / ids.length;
}

/**
 * Leakage (c), token-copy rate: `tokenMatchRate` of the tuned model's image less that of the
 * untuned model's image of the same prompt and seed, in [-1, 1] (method.md 5.3).
 */
export function tokenCopyRate(
  ids: ArrayLike<number>,
  untuned: ArrayLike<number>,
  reference: ArrayLike<number>,
): number {
  return tokenMatchRate(ids, reference) - tokenMatchRate(untuned, reference);
}
