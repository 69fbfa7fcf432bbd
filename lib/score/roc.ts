import { Random } from "../engine/random.ts";
import { bootstrap, interval95, standardError, type Summary } from "./statistics.ts";

/** What a score gives, within one independent unit, to images that have a property or lack it. */
export interface Contrast {
  /** Scores that should be high. */
  readonly positive: readonly number[];
  /** Scores that should be low. */
  readonly negative: readonly number[];
}

/** One threshold of a receiver operating characteristic; both rates are shares in [0, 1]. */
export interface RocPoint {
  readonly falsePositive: number;
  readonly truePositive: number;
  /** Scores from here on count as positive. */
  readonly threshold: number;
}

/**
 * Area under the ROC curve, in [0, 1]: the share of pairs in which the positive score is the higher
 * one, ties counting half (Mann and Whitney 1947). 0.5 is chance.
 *
 * @throws {RangeError} if either side is empty.
 */
export function areaUnderCurve(positive: readonly number[], negative: readonly number[]): number {
  checkSides(positive, negative);
  const [p, n] = [Float64Array.from(positive).sort(), Float64Array.from(negative).sort()];
  let below = 0, upTo = 0, pairs = 0; // negatives below the positive, and those with its ties
  for (const score of p) {
    while (below < n.length && n[below]! < score) below++;
    while (upTo < n.length && n[upTo]! <= score) upTo++;
    pairs += (below + upTo) / 2;
  }
  return pairs / (p.length * n.length);
}

/**
 * The ROC curve from (0, 0) to (1, 1), one point per distinct score, the highest threshold first.
 *
 * @throws {RangeError} if either side is empty.
 */
export function rocCurve(positive: readonly number[], negative: readonly number[]): RocPoint[] {
  checkSides(positive, negative);
  const thresholds = [...new Set([...positive, ...negative])].sort((a, b) => b - a);
  const [p, n] = [positive, negative].map((side) => [...side].sort((a, b) => b - a)) as [
    number[],
    number[],
  ];
  const points: RocPoint[] = [{ falsePositive: 0, truePositive: 0, threshold: Infinity }];
  let hits = 0, alarms = 0;
  for (const threshold of thresholds) {
    while (hits < p.length && p[hits]! >= threshold) hits++;
    while (alarms < n.length && n[alarms]! >= threshold) alarms++;
    const falsePositive = alarms / n.length, truePositive = hits / p.length;
    points.push({ falsePositive, truePositive, threshold });
  }
  return points;
}

/**
 * The area under the ROC curve with its uncertainty. The units are resampled whole, since the
 * positive and the negative scores of one unit are not independent.
 *
 * @param contrasts The scores of each unit.
 * @param seed Seed of the bootstrap.
 * @returns `mean` is the area over all units, `se` its bootstrap standard error, `n` the number of
 *   units.
 * @throws {RangeError} if there is no positive or no negative score.
 */
export function summariseArea(contrasts: readonly Contrast[], seed = 0): Summary {
  const area = (units: readonly Contrast[]) =>
    areaUnderCurve(units.flatMap((u) => u.positive), units.flatMap((u) => u.negative));
  const whole = area(contrasts);
  const draws = bootstrap(
    contrasts.length,
    (picks) => area(Array.from(picks, (i) => contrasts[i]!)),
    new Random(seed).split("roc"),
    1000,
  );
  return {
    mean: whole,
    se: standardError(draws) * Math.sqrt(draws.length), // the draws' spread
    ci95: interval95(draws),
    n: contrasts.length,
  };
}

function checkSides(positive: readonly number[], negative: readonly number[]): void {
  if (positive.length > 0 && negative.length > 0) return;
  throw new RangeError(
    `Cannot draw a ROC curve of ${positive.length} positive and ${negative.length} negative ` +
      `scores: wanted some of both`,
  );
}
