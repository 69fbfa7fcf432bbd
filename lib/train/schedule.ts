/**
 * The learning rate of a step: linear warm-up, then a cosine down to the floor.
 *
 * @param step Steps already taken, from 0.
 * @param steps Steps in all.
 * @param peak The highest rate.
 * @param warmup Steps of warm-up.
 * @param floor The rate at the end, as a share of the peak.
 */
export function warmupCosine(
  step: number,
  steps: number,
  peak: number,
  warmup: number,
  floor = 0.02,
): number {
  if (step < warmup) return (peak * (step + 1)) / warmup;
  const progress = Math.min(1, (step - warmup) / Math.max(1, steps - warmup));
  return peak * (floor + (1 - floor) * 0.5 * (1 + Math.cos(Math.PI * progress)));
}
