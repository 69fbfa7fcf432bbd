import type { PairedTest } from "../../lib/score/statistics.ts";
import type { Interval } from "../../lib/show/figure.ts";
import type { Estimate } from "../../lib/show/table.ts";

/** `0.83 [0.67, 0.96]`: mean and 95 % interval. */
export function estimateText({ mean, ci95: [low, high] }: Estimate): string {
  return `${hundredths(mean)} [${hundredths(low)}, ${hundredths(high)}]`;
}

/** Two decimals; what rounds to 0 has no sign. */
function hundredths(value: number): string {
  return value.toFixed(2).replace("-0.00", "0.00");
}

/** `+0.08 [-0.02, 0.18], p 0.12`. */
export function differenceText(difference: PairedTest): string {
  const sign = difference.mean < 0 ? "" : "+";
  return `${sign}${estimateText(difference)}, p ${difference.p.toPrecision(2)}`;
}

/** The estimate as a chart draws it. */
export function intervalOf({ mean, ci95: [low, high] }: Estimate): Interval {
  return { value: mean, low, high };
}

/** Limits of an axis for shares of which most may be near 0: up to the highest, and to 0.1 at least. */
export function shareRange(estimates: readonly Estimate[]): [number, number] {
  return [0, Math.min(1, 1.05 * Math.max(0.095, ...estimates.map(({ ci95 }) => ci95[1])))];
}

/** A share as `62 %`. */
export function percent(share: number): string {
  return `${(100 * share).toFixed(0)} %`;
}

/**
 * Rows as a table with a line for each value of `line` and a column for each of `column`, in the order
 * in which they come first; the header is first.
 *
 * @param corner Stands above the lines' names.
 */
export function crossTable<T>(
  corner: string,
  rows: readonly T[],
  { line, column, cell }: {
    readonly line: (row: T) => string;
    readonly column: (row: T) => string;
    readonly cell: (row: T) => string;
  },
): string[][] {
  const columns = [...new Set(rows.map(column))];
  const lines = Map.groupBy(rows, line);
  return [
    [corner, ...columns],
    ...[...lines].map(([name, of]) => [
      name,
      ...columns.map((title) => {
        const row = of.find((row) => column(row) === title);
        return row === undefined ? "-" : cell(row);
      }),
    ]),
  ];
}
