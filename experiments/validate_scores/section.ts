import { summariseArea } from "../../lib/score/roc.ts";
import { pairedTest, summarise, type Summary } from "../../lib/score/statistics.ts";
import type { BarChart, Interval, LineChart } from "../../lib/show/figure.ts";

/** Something a score has to do, and whether it does. */
export interface Check {
  readonly score: string;
  readonly expected: string;
  readonly found: string;
  readonly holds: boolean;
}

/** A measured number with its name. */
export interface Measure extends Summary {
  readonly score: string;
  /** Of which images. */
  readonly of: string;
  /** `mean`, or `AUC`: the area under a ROC curve, whose units are the trials. */
  readonly measure: "mean" | "AUC";
}

/** What was found about one family of scores. */
export interface Section {
  readonly title: string;
  readonly checks: readonly Check[];
  readonly measures: readonly Measure[];
  /** Figures by file name. */
  readonly charts: Readonly<Record<string, LineChart | BarChart>>;
}

/** One value per trial. */
export type Values = readonly number[];

/** Mean of one value per trial. */
export function meanOf(score: string, of: string, values: Values, seed: number): Measure {
  return { score, of, measure: "mean", ...summarise(values.map((value) => [value]), seed) };
}

/** Area under the ROC curve of one positive and one negative value per trial. */
export function areaOf(
  score: string,
  of: string,
  positive: Values,
  negative: Values,
  seed: number,
): Measure {
  const contrasts = positive.map((p, i) => ({ positive: [p], negative: [negative[i]!] }));
  return { score, of, measure: "AUC", ...summariseArea(contrasts, seed) };
}

/** `0.123 [0.100, 0.150]`. */
export function shown({ mean, ci95: [low, high] }: Pick<Summary, "mean" | "ci95">): string {
  return `${mean.toFixed(3)} [${low.toFixed(3)}, ${high.toFixed(3)}]`;
}

/** A measure as a bar or a point. */
export function interval({ mean, ci95: [low, high] }: Summary): Interval {
  return { value: mean, low, high };
}

/** Measures at growing levels as a line with error bars. */
export function lineOf(
  name: string,
  levels: readonly number[],
  measures: readonly Summary[],
): LineChart["series"][number] {
  return {
    name,
    x: levels,
    y: measures.map((measure) => measure.mean),
    intervals: measures.map((measure) => measure.ci95),
  };
}

/**
 * Whether a score rises with what should raise it: no mean lower than the one before, and the last
 * one above the first by an interval without 0.
 *
 * @param levels What should raise the score, ascending.
 * @param values One list of values per level, trials in the same order.
 * @param unit Of the levels.
 */
export function risesWith(
  score: string,
  what: string,
  levels: readonly number[],
  values: readonly Values[],
  unit: string,
  seed: number,
): Check {
  const means = values.map((of) => summarise(of.map((v) => [v]), seed).mean);
  const falls = levels.filter((_, k) => k > 0 && means[k]! < means[k - 1]! - 1e-9);
  const gains = values.map((of) => pairedTest(of, values[0]!, seed));
  const first = levels.find((_, k) => gains[k]!.ci95[0] > 0);
  const parts = [
    `${means[0]!.toFixed(3)} to ${means.at(-1)!.toFixed(3)}`,
    first === undefined ? "never above its start" : `above its start from ${first}${unit} on`,
    ...(falls.length > 0 ? [`falls at ${falls.map((level) => `${level}${unit}`).join(", ")}`] : []),
  ];
  return {
    score,
    expected: `rises with ${what}`,
    found: parts.join("; "),
    holds: falls.length === 0 && gains.at(-1)!.ci95[0] > 0,
  };
}

/** Whether `a` is not above `b`: the interval of their mean difference is not wholly above 0. */
export function notAbove(
  score: string,
  expected: string,
  a: Values,
  b: Values,
  seed: number,
): Check {
  const difference = pairedTest(a, b, seed);
  return {
    ...{ score, expected },
    found: `difference ${shown(difference)}`,
    holds: difference.ci95[0] <= 0,
  };
}

/** Whether an area under the curve is above a bound with all its interval. */
export function areaAbove(measure: Measure, bound: number): Check {
  return {
    score: measure.score,
    expected: `tells ${measure.of}: AUC above ${bound}`,
    found: shown(measure),
    holds: measure.ci95[0] > bound,
  };
}
