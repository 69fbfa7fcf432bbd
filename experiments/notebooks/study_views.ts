import { markdownRows, signed } from "../../lib/show/table.ts";
import type { Cell } from "../study/cell.ts";
import type { Comparison } from "../study/comparison.ts";
import type { Yardstick } from "../study/evaluate.ts";
import { checkTable, type ValidationFile } from "../validate_scores/report.ts";

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

/** In how many pictures of each method the judge finds each unwanted concept, as Markdown. */
export function leakTable(cells: readonly Cell[], { prompts }: Yardstick): string {
  const unwanted = (i: number) => prompts[i]!.unwanted.map(({ phrase }) => phrase);
  const phrases = [...new Set(prompts.flatMap((_, i) => unwanted(i)))];
  return markdownRows([
    ["pictures with", ...phrases],
    ...cells.map(({ method, images }) => [
      method,
      ...phrases.map((phrase) => {
        const asked = images.filter(({ prompt }) => unwanted(prompt).includes(phrase));
        const found = asked.filter((image) => image.found.includes(phrase));
        return `${found.length} of ${asked.length}`;
      }),
    ]),
  ], [true, ...phrases.map(() => false)]);
}

/** What the scores failed to see, as Markdown. */
export function failedChecks({ sections }: ValidationFile): string {
  const checks = sections.flatMap((section) => section.checks);
  const failed = checks.filter(({ holds }) => !holds);
  if (failed.length === 0) return `All ${checks.length} checks hold.`;
  return `**${failed.length} of ${checks.length}** checks do not hold:\n\n${checkTable(failed)}`;
}
