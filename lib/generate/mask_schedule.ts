/**
 * How many tokens stay masked after each step of parallel decoding, and how many are masked in
 * training (MaskGIT section 3.3; method.md 3.1 and 3.3).
 *
 * @module
 */

/** The shape of the schedule: MaskGIT's cosine, or a straight line. */
export type MaskSchedule = "cosine" | "linear";

/**
 * Share of tokens that are masked at a point of the way, from 1 at the start to 0 at the end.
 *
 * @param progress in [0, 1]: `(step + 1) / steps` while decoding, uniform random in training
 * @throws {RangeError} if progress is outside [0, 1]
 */
export function maskRatio(progress: number, schedule: MaskSchedule = "cosine"): number {
  if (!(progress >= 0 && progress <= 1)) {
    throw new RangeError(`Cannot take the mask ratio at ${progress}: progress lies in [0, 1]`);
  }
  if (progress === 1) return 0; // cos(pi / 2) is 6e-17 in floating point
  // in 32 bits, as AmusedScheduler: two thirds of the way 127 of 256 tokens are masked, not 128
  const ratio = Math.fround(progress);
  if (schedule === "linear") return Math.fround(1 - ratio);
  const angle = Math.fround(Math.fround(ratio * Math.fround(Math.PI)) / 2);
  return Math.fround(Math.cos(angle));
}

/**
 * Number of tokens still masked after `step` of `steps`: `max(1, floor(length * ratio))`, and 0 after
 * the last step. The decoder also masks at least one token fewer than before (method.md 3.3).
 *
 * @param step 0 .. steps - 1
 * @param length number of tokens to decode
 */
export function maskedCount(
  step: number,
  steps: number,
  length: number,
  schedule: MaskSchedule = "cosine",
): number {
  if (step >= steps - 1) return 0;
  return Math.max(1, Math.floor(Math.fround(length * maskRatio((step + 1) / steps, schedule))));
}

/**
 * Number of tokens to mask in one training example: `round(length * cos(pi u / 2))`, at least 1.
 *
 * @param u uniform in [0, 1)
 */
export function trainingMaskCount(u: number, length: number): number {
  return Math.max(1, Math.round(length * maskRatio(u)));
}
