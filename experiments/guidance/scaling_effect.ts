import { mean, type PairedTest, pairedTest } from "../../lib/score/statistics.ts";
import { markdownRows, signed } from "../../lib/show/table.ts";
import { promptGroups } from "../study/summary.ts";
import type { PointScores } from "./table.ts";
import { TREND_MEASURES } from "./trends.ts";

/** What data scaling changes in a measure, over all pairs of coefficients together. */
export interface ScalingEffect {
  readonly measure: typeof TREND_MEASURES[number];
  /** Means over prompts with and without it. */
  readonly scaled: number;
  readonly unscaled: number;
  /** Scaled less unscaled: each prompt's mean over the grid, compared prompt by prompt. */
  readonly difference: PairedTest;
}

/**
 * FineStyle with and without data scaling over the whole grid: at one careful pair of coefficients little
 * may leak with either, and then nothing can be told.
 *
 * @param scaled All pairs in the order of `gridLambdas`.
 * @param unscaled The same without data scaling.
 * @param seed Seed of the bootstrap.
 */
export function scalingEffects(
  scaled: readonly PointScores[],
  unscaled: readonly PointScores[],
  seed: number,
): ScalingEffect[] {
  return TREND_MEASURES.map((measure) => {
    const [on, off] = [scaled, unscaled].map((points) => {
      const values = points.map(({ cells }) => promptGroups(cells, (i) => i[measure]).map(mean));
      return values[0]!.map((_, prompt) => mean(values.map((of) => of[prompt]!)));
    }) as [number[], number[]];
    const difference = pairedTest(on, off, seed);
    return { measure, scaled: mean(on), unscaled: mean(off), difference };
  });
}

/** The effects as Markdown. */
export function scalingMarkdown(effects: readonly ScalingEffect[]): string {
  return markdownRows([
    ["measure", "scaled", "full pair alone", "difference", "p"],
    ...effects.map(({ measure, scaled, unscaled, difference: { mean, ci95, p } }) => [
      ...[measure, scaled.toFixed(3), unscaled.toFixed(3)],
      `${signed(mean)} [${ci95.map(signed).join(", ")}]`,
      p.toFixed(3),
    ]),
  ], [true]);
}
