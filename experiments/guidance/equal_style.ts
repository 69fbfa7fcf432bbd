import { Random } from "../../lib/engine/random.ts";
import { interval95, mean } from "../../lib/score/statistics.ts";
import { type CellScores, promptGroups } from "../study/summary.ts";
import { alongFrontier, commonLevels, frontierOf } from "./frontier.ts";

/** What is compared at equal Style. */
export const AT_EQUAL_STYLE = ["text", "drawn", "oracle", "leakage"] as const;

/** One of {@linkcode AT_EQUAL_STYLE}. */
export type EqualMeasure = typeof AT_EQUAL_STYLE[number];

/** A value and its 95 % bootstrap interval. */
export interface Value {
  readonly mean: number;
  readonly ci95: readonly [number, number];
  /** Prompts times styles. */
  readonly n: number;
}

/** Two methods by one measure at one level; `difference` is the first less the second. */
export interface Pair {
  readonly finestyle: Value;
  readonly styledrop: Value;
  readonly difference: Value;
}

/** Two methods at a level of Style. */
export interface EqualLevel extends Readonly<Record<EqualMeasure, Pair>> {
  /** Style of both. */
  readonly style: Value;
}

/** Two methods along their frontiers of Text and Style. */
export interface EqualStyle {
  readonly levels: readonly EqualLevel[];
  /** The mean over all levels. */
  readonly overall: EqualLevel;
}

const LEVELS = 5, DRAWS = 2000;
const MEASURES = ["style", ...AT_EQUAL_STYLE] as const;

/** The cells of one lambda pair, one per style; all methods and pairs have the same prompts. */
type PointCells = readonly CellScores[];

/**
 * Compares FineStyle with StyleDrop at equal Style: each along its own frontier of Text and Style,
 * at levels of Style that both reach. Methods compared at one setting each differ in strength, and the
 * stronger one wins Style and loses Text whatever it is.
 *
 * Intervals: styles are drawn with replacement, then prompts of each, the same for both methods; every
 * draw has its own frontiers and levels, so that the choice of their points is a part of them.
 *
 * @param seed Seed of the bootstrap.
 */
export function equalStyle(
  finestyle: readonly PointCells[],
  styledrop: readonly PointCells[],
  seed: number,
): EqualStyle {
  const scores = [finestyle, styledrop].map((points) => points.map(unitScores));
  const units = scores[0]![0]!.map((style) => style.length);
  const n = units.reduce((a, b) => a + b, 0);
  const all = units.map((n) => Array.from({ length: n }, (_, i) => i));
  const seen = compared(scores, units.map((_, s) => [s, all[s]!]));
  const random = new Random(seed).split("equal style");
  const draws = Array.from({ length: DRAWS }, () => compared(scores, resample(units, random)));
  const value = (of: (row: Row) => number): Value => ({
    mean: of(seen),
    ci95: interval95(draws.map(of).sort((a, b) => a - b)),
    n,
  });
  const levels = Array.from({ length: LEVELS }, (_, i) => levelOf((of) => value((r) => of(r[i]!))));
  const overall = levelOf((of) => value((row) => mean(row.map(of))));
  return { levels, overall };
}

/** [style][prompt][measure] of one lambda pair. */
type UnitScores = readonly (readonly (readonly number[])[])[];

function unitScores(cells: PointCells): UnitScores {
  return cells.map((cell) => {
    const groups = MEASURES.map((measure) => promptGroups([cell], (image) => image[measure]));
    return groups[0]!.map((_, prompt) => groups.map((group) => mean(group[prompt]!)));
  });
}

/** Styles of a resample, each with its prompts. */
type Picks = readonly (readonly [style: number, prompts: readonly number[]])[];

function resample(units: readonly number[], random: Random): Picks {
  return units.map(() => {
    const style = random.below(units.length), n = units[style]!;
    return [style, Array.from({ length: n }, () => random.below(n))] as const;
  });
}

/** Both methods at every level: Style, and [finestyle, styledrop] of each measure. */
type Row = readonly {
  readonly style: number;
  readonly values: readonly (readonly [number, number])[];
}[];

function compared(scores: readonly (readonly UnitScores[])[], picks: Picks): Row {
  const [a, b] = scores.map((points) => {
    const means = points.map((point) => meansOf(point, picks));
    const front = frontierOf(means.map(([style, text]) => ({ style: style!, text: text! })));
    return MEASURES.map((_, m) => front.map((i) => means[i]![m]!));
  });
  return commonLevels(a![0]!, b![0]!, LEVELS).map((style) => ({
    style,
    values: AT_EQUAL_STYLE.map((_, m) =>
      [alongFrontier(a![0]!, a![m + 1]!, style), alongFrontier(b![0]!, b![m + 1]!, style)] as const
    ),
  }));
}

/** Mean of every measure over the picked prompts. */
function meansOf(point: UnitScores, picks: Picks): number[] {
  const sums = MEASURES.map(() => 0);
  let n = 0;
  for (const [style, prompts] of picks) {
    for (const prompt of prompts) {
      const unit = point[style]![prompt]!;
      for (let m = 0; m < sums.length; m++) sums[m]! += unit[m]!;
      n++;
    }
  }
  return sums.map((sum) => sum / n);
}

function levelOf(value: (of: (level: Row[number]) => number) => Value): EqualLevel {
  const pair = (m: number): Pair => ({
    finestyle: value(({ values }) => values[m]![0]),
    styledrop: value(({ values }) => values[m]![1]),
    difference: value(({ values }) => values[m]![0] - values[m]![1]),
  });
  const pairs = AT_EQUAL_STYLE.map((measure, m) => [measure, pair(m)]);
  return { style: value(({ style }) => style), ...Object.fromEntries(pairs) };
}
