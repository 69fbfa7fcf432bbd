import { Random } from "../engine/random.ts";

/** A mean with its uncertainty. */
export interface Summary {
  readonly mean: number;
  /** Standard error of the mean over the groups. */
  readonly se: number;
  /** Percentile bootstrap interval of the mean. */
  readonly ci95: readonly [number, number];
  /** Number of single values behind the mean. */
  readonly n: number;
}

/** The difference of two methods measured on the same prompts and seeds. */
export interface PairedTest extends Summary {
  /** Two-sided sign-flip p value, in (0, 1]. */
  readonly p: number;
}

const DRAWS = 2000;

/** Arithmetic mean; NaN for no values. */
export function mean(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]!;
  return sum / values.length;
}

/** Standard error `s / sqrt(n)` with the n - 1 denominator; 0 for fewer than two values. */
export function standardError(values: ArrayLike<number>): number {
  const n = values.length;
  if (n < 2) return 0;
  const m = mean(values);
  let squares = 0;
  for (let i = 0; i < n; i++) squares += (values[i]! - m) ** 2;
  return Math.sqrt(squares / (n - 1) / n);
}

/**
 * Value below which the share `q` of the sorted values lies, with linear interpolation.
 *
 * @param sorted Values in ascending order.
 * @param q Share in [0, 1].
 * @throws {RangeError} if there is no value or `q` is outside [0, 1].
 */
export function quantile(sorted: ArrayLike<number>, q: number): number {
  if (sorted.length === 0) throw new RangeError("Cannot take a quantile of no values");
  if (!(q >= 0 && q <= 1)) {
    throw new RangeError(`Cannot take a quantile: share is ${q}, wanted 0 to 1`);
  }
  const at = q * (sorted.length - 1);
  const low = Math.floor(at);
  const high = Math.min(low + 1, sorted.length - 1);
  return sorted[low]! + (at - low) * (sorted[high]! - sorted[low]!);
}

/**
 * A statistic of resamples with replacement.
 *
 * @param n Number of independent units.
 * @param statistic Of one resample, given the n places of the units in it.
 * @param random Source of the resampling; equal seeds give equal values.
 * @param draws Number of resamples.
 * @returns The values in ascending order, [draws].
 */
export function bootstrap(
  n: number,
  statistic: (picks: Int32Array) => number,
  random: Random,
  draws = DRAWS,
): Float64Array {
  const picks = new Int32Array(n);
  const values = new Float64Array(draws);
  for (let d = 0; d < draws; d++) {
    for (let i = 0; i < n; i++) picks[i] = random.below(n);
    values[d] = statistic(picks);
  }
  return values.sort();
}

/** Percentile interval of the sorted values of {@linkcode bootstrap}. */
export function interval95(sorted: ArrayLike<number>): [number, number] {
  return [quantile(sorted, 0.025), quantile(sorted, 0.975)];
}

/**
 * 95 % percentile bootstrap interval of the mean.
 *
 * @param values One value per independent unit.
 * @param random Source of the resampling; equal seeds give equal intervals.
 * @param draws Number of resamples.
 */
export function bootstrapInterval(
  values: ArrayLike<number>,
  random: Random,
  draws = DRAWS,
): [number, number] {
  const n = values.length;
  if (n === 0) return [NaN, NaN];
  const meanOf = (picks: Int32Array) => {
    let sum = 0;
    for (let i = 0; i < n; i++) sum += values[picks[i]!]!;
    return sum / n;
  };
  return interval95(bootstrap(n, meanOf, random, draws));
}

/**
 * Mean of values that come in groups. Images of one prompt are not independent, so the groups (the
 * prompts) are the units of the standard error and of the bootstrap; each group weighs the same.
 *
 * @param groups The values of each prompt; empty groups are left out.
 * @param seed Seed of the bootstrap.
 */
export function summarise(groups: readonly (readonly number[])[], seed = 0): Summary {
  const filled = groups.filter((group) => group.length > 0);
  const means = filled.map(mean);
  return {
    mean: mean(means),
    se: standardError(means),
    ci95: bootstrapInterval(means, new Random(seed).split("bootstrap")),
    n: filled.reduce((n, group) => n + group.length, 0),
  };
}

/**
 * Compares two methods on the same prompts: mean difference `a - b`, its bootstrap interval, and
 * the sign-flip p value (the share of random sign patterns with a mean at least as far from 0).
 *
 * @param a One value per prompt.
 * @param b One value per prompt, in the same order.
 * @param seed Seed of the bootstrap and of the signs.
 * @throws {TypeError} if the counts differ.
 */
export function pairedTest(
  a: readonly number[],
  b: readonly number[],
  seed = 0,
): PairedTest {
  if (a.length !== b.length) {
    throw new TypeError(`Cannot pair methods: ${a.length} values beside ${b.length}`);
  }
  const differences = a.map((value, i) => value - b[i]!);
  return {
    ...summarise(differences.map((d) => [d]), seed),
    p: signFlip(differences, new Random(seed).split("signs")),
  };
}

function signFlip(differences: readonly number[], random: Random): number {
  const n = differences.length;
  const seen = Math.abs(mean(differences));
  const exact = n <= 11; // 2^11 patterns cost no more than the random ones
  const patterns = exact ? 2 ** n : DRAWS;
  let extreme = 0;
  for (let pattern = 0; pattern < patterns; pattern++) {
    let sum = 0;
    for (let i = 0; i < n; i++) {
      const flip = exact ? (pattern >> i) & 1 : random.below(2);
      sum += flip ? -differences[i]! : differences[i]!;
    }
    if (Math.abs(sum / n) >= seen - 1e-12) extreme++;
  }
  return exact ? extreme / patterns : (extreme + 1) / (patterns + 1);
}

/**
 * Holm's correction for several comparisons: p values that may be read at the usual level although the
 * reader picks the smallest of them. The chance of one false finding among all stays below the level,
 * whatever the dependence between the tests (Holm 1979).
 *
 * @param ps The p values of all tests of the family, in any order.
 * @returns The adjusted p values in the same order, in [p, 1].
 */
export function holm(ps: readonly number[]): number[] {
  const order = ps.map((_, i) => i).sort((a, b) => ps[a]! - ps[b]!);
  const adjusted = new Array<number>(ps.length);
  let largest = 0;
  order.forEach((place, rank) => {
    largest = Math.max(largest, Math.min(1, (ps.length - rank) * ps[place]!));
    adjusted[place] = largest;
  });
  return adjusted;
}

// Quantiles of the normal distribution: two-sided level 5 %, power 80 %.
const Z_LEVEL = 1.959964, Z_POWER = 0.841621;

/**
 * Prompts that a paired comparison needs to find a true difference in 80 % of studies, at the
 * two-sided level of 5 % for a single test: `((z_a + z_b) s / d)^2 + z_a^2 / 2` (Guenther 1981).
 *
 * @param spread Standard deviation `s` of the differences between paired prompts.
 * @param difference The true mean difference `d`, other than 0.
 * @returns A whole number from 2.
 * @throws {RangeError} if the difference is 0 or the spread is negative.
 */
export function promptsNeeded(spread: number, difference: number): number {
  const size = Math.abs(difference);
  if (!(size > 0 && spread >= 0)) {
    throw new RangeError(
      `Cannot plan a study: difference is ${difference} and spread ${spread}, ` +
        `wanted a difference other than 0 and a spread from 0`,
    );
  }
  return Math.ceil(((Z_LEVEL + Z_POWER) * spread / size) ** 2 + Z_LEVEL ** 2 / 2);
}

/** The smallest true difference that `n` paired prompts find as {@linkcode promptsNeeded} says. */
export function detectableDifference(spread: number, n: number): number {
  const left = n - Z_LEVEL ** 2 / 2;
  return left > 0 ? (Z_LEVEL + Z_POWER) * spread / Math.sqrt(left) : Infinity;
}
