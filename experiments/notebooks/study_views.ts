import { markdownRows } from "../../lib/show/table.ts";
import type { Comparison } from "../study/comparison.ts";

const signed = (x: number) => `${x < 0 ? "-" : "+"}${Math.abs(x).toFixed(3)}`;
// runs from before the correction have none
const pValue = (p: number | undefined) =>
  p === undefined ? "-" : p < 0.001 ? "< 0.001" : p.toFixed(3);

/** One method against the others by some measures, prompt by prompt, as Markdown. */
export function comparisonTable(
  all: readonly Comparison[],
  measures: readonly string[],
): string {
  const shown = all.filter(({ measure }) => measures.includes(measure));
  return markdownRows([
    ["difference", "in", "mean", "95 % interval", "p", "p by Holm", "n"],
    ...shown.map(({ method, against, measure, difference }) => {
      const { mean, ci95: [low, high], p, pHolm, n } = difference;
      return [
        ...[`${method} - ${against}`, measure, signed(mean)],
        ...[`${signed(low)} to ${signed(high)}`, pValue(p), pValue(pHolm), String(n)],
      ];
    }),
  ], [true, true, false, false, false, false, false]);
}
