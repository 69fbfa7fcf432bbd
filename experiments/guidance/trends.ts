import { mean, type PairedTest, pairedTest } from "../../lib/score/statistics.ts";
import { promptGroups } from "../study/summary.ts";
import { type Grid, GUIDED, type GuidedMethod } from "./grid.ts";
import type { PointScores } from "./table.ts";

/** What is followed over the coefficients. */
export const TREND_MEASURES = ["text", "style", "leakage", "oracle", "drawn"] as const;

/** How a measure changes with one coefficient, all values of the other together. */
export interface Trend {
  readonly method: GuidedMethod;
  readonly coefficient: keyof Grid;
  readonly measure: typeof TREND_MEASURES[number];
  /**
   * Rise of each prompt's least-squares line over the steps of the grid, from the coefficient's first
   * value to its last, with its interval over prompts and its sign-flip p value.
   */
  readonly change: PairedTest;
}

/**
 * The trends of both methods over both coefficients.
 *
 * @param points Of each method, in the order of `gridLambdas`.
 * @param seed Seed of the bootstrap.
 */
export function trends(
  grid: Grid,
  points: ReadonlyMap<string, readonly PointScores[]>,
  seed: number,
): Trend[] {
  return GUIDED.flatMap((method) =>
    (["lambda1", "lambda2"] as const).flatMap((coefficient) =>
      TREND_MEASURES.map((measure): Trend => {
        const steps = grid[coefficient].map((value) => {
          const held = points.get(method)!.filter(({ lambdas }) => lambdas![coefficient] === value);
          const values = held.map(({ cells }) => promptGroups(cells, (i) => i[measure]).map(mean));
          return values[0]!.map((_, prompt) => mean(values.map((of) => of[prompt]!)));
        });
        const rises = steps[0]!.map((_, prompt) => rise(steps.map((step) => step[prompt]!)));
        return {
          ...{ method, coefficient, measure },
          change: pairedTest(rises, rises.map(() => 0), seed),
        };
      })
    )
  );
}

/** Rise of the least-squares line through equally spaced values, from the first place to the last. */
export function rise(values: readonly number[]): number {
  const middle = (values.length - 1) / 2;
  let products = 0, squares = 0;
  values.forEach((value, i) => {
    products += (i - middle) * value;
    squares += (i - middle) ** 2;
  });
  return squares === 0 ? 0 : (values.length - 1) * products / squares;
}
