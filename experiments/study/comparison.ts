import {
  detectableDifference,
  holm,
  pairedTest,
  promptsNeeded,
  standardError,
  type Summary,
} from "../../lib/score/statistics.ts";

/** The difference whose cost in prompts is told, for cosines and rates alike. */
export const PLANNED_DIFFERENCE = 0.05;

/** A method against another on the same prompts and seeds. */
export interface Comparison<Measure extends string = string> {
  readonly method: string;
  readonly against: string;
  readonly measure: Measure;
  /**
   * Mean difference `method - against`, its interval, the sign-flip p value, and the same by Holm's
   * correction for all comparisons of the study.
   */
  readonly difference: Summary & { readonly p: number; readonly pHolm: number };
  /** What a single test at 5 % sees in 80 % of studies; none for fewer than two prompts. */
  readonly power?: {
    /** Prompts needed to see a difference of {@linkcode PLANNED_DIFFERENCE}. */
    readonly prompts: number;
    /** The smallest difference that this study's prompts could show. */
    readonly detectable: number;
  };
}

/** Two methods and a measure of both: one value per prompt, in the same order. */
export interface Contrast<Measure extends string = string> {
  readonly method: string;
  readonly against: string;
  readonly measure: Measure;
  readonly ours: readonly number[];
  readonly theirs: readonly number[];
}

/** All comparisons of a study, their p values also corrected for one another. */
export function compare<Measure extends string>(
  contrasts: readonly Contrast<Measure>[],
  seed: number,
): Comparison<Measure>[] {
  const tests = contrasts.map(({ ours, theirs }) => pairedTest(ours, theirs, seed));
  const adjusted = holm(tests.map(({ p }) => p));
  return contrasts.map(({ ours, theirs, ...names }, i) => ({
    ...names,
    difference: { ...tests[i]!, pHolm: adjusted[i]! },
    ...powerOf(ours.map((value, i) => value - theirs[i]!)),
  }));
}

function powerOf(differences: readonly number[]): Pick<Comparison, "power"> {
  const n = differences.length;
  if (n < 2) return {};
  const spread = standardError(differences) * Math.sqrt(n);
  const detectable = detectableDifference(spread, n);
  return { power: { prompts: promptsNeeded(spread, PLANNED_DIFFERENCE), detectable } };
}

/** Which differences from `against` the study could see, and what 0.05 would cost; "" if none. */
export function powerWords(all: readonly Comparison[], against = "styledrop"): string {
  const words = all.flatMap(({ against: id, measure, power }) =>
    id === against && power ? [`${measure} ${power.detectable.toFixed(2)} (${power.prompts})`] : []
  );
  if (words.length === 0) return "";
  return `Smallest difference from ${against} seen at 80 % power, and prompts needed for one of ` +
    `${PLANNED_DIFFERENCE}: ${words.join(", ")}`;
}
