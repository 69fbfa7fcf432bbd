import type { Summary } from "../../lib/score/statistics.ts";
import type { BarChart } from "../../lib/show/figure.ts";

/** The row of an arm. */
export interface Row {
  readonly id: string;
  readonly subjectPointing: Summary;
  readonly backgroundPointing: Summary;
  readonly cellIoU: Summary;
  readonly boxIoU: Summary;
}

/** The content of `regions.json`. */
export interface RegionsFile {
  readonly schema: "finestyle.regions/1";
  readonly model: string;
  readonly engine: string;
  readonly seed: number;
  readonly styles: readonly string[];
  readonly rows: readonly Row[];
  readonly scenes: number;
}

/** The rows as cells, the header first. */
export function regionCells(rows: readonly Row[]): string[][] {
  const cell = ({ mean, ci95 }: Summary) =>
    `${mean.toFixed(2)} [${ci95[0].toFixed(2)}, ${ci95[1].toFixed(2)}]`;
  return [
    ["options", "subject pointing ↑", "background pointing ↑", "region IoU ↑", "box IoU ↑"],
    ...rows.map((row) => [
      row.id,
      ...[row.subjectPointing, row.backgroundPointing, row.cellIoU, row.boxIoU].map(cell),
    ]),
  ];
}

/** How often each arm's maps point at the right place, and how well its boxes fit. */
export function regionChart({ rows, scenes }: Pick<RegionsFile, "rows" | "scenes">): BarChart {
  const bars = (name: string, of: (row: Row) => Summary) => ({
    name,
    values: rows.map((row) => {
      const { mean, ci95: [low, high] } = of(row);
      return { value: mean, low, high };
    }),
  });
  return {
    kind: "bar",
    title: `What the maps find, ${scenes} scenes`,
    categories: rows.map(({ id }) => id),
    y: { title: "share", unit: "1 is best", range: [0, 1] },
    series: [
      bars("subject pointing", (row) => row.subjectPointing),
      bars("box IoU", (row) => row.boxIoU),
    ],
  };
}
