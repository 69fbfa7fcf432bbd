import { signed } from "../../lib/show/table.ts";
import { harmonicMean } from "../../lib/score/clip.ts";
import { mean, summarise } from "../../lib/score/statistics.ts";
import type { BarChart, Chart, Interval, ScatterChart } from "../../lib/show/figure.ts";
import type { Estimate, TableRow } from "../../lib/show/table.ts";
import { compare, type Comparison } from "./comparison.ts";
import type { StudyMethod } from "./methods.ts";

/** Scores of one generated image. */
export interface ImageScore {
  /** Index of its prompt among the style's prompts. */
  readonly prompt: number;
  readonly text: number;
  readonly style: number;
  /** Share of the unwanted concepts that the judge finds. */
  readonly leakage: number;
  readonly leakageClip: number;
  readonly tokenCopy: number;
  readonly oracle: number;
  /** Share of the prompt's concepts that the judge finds. */
  readonly drawn: number;
  /** 1 if the judge names the prompt's style, else 0. */
  readonly styleNamed: number;
  /** Phrases of the unwanted concepts found. */
  readonly found: readonly string[];
}

/** What one cell of the study measured: one method in one style with one seed. */
export interface CellScores {
  readonly style: string;
  readonly method: string;
  readonly trainableParameters: number;
  /** Seconds of tuning. */
  readonly tuneSeconds: number;
  /** Seconds per image. */
  readonly sampleSeconds: number;
  readonly images: readonly ImageScore[];
}

type Value = (image: ImageScore) => number;
const harmonic: Value = (image) => harmonicMean(image.text, image.style);

/** The values of one measure, one group per (style, prompt): the units of the statistics. */
export function promptGroups(
  cells: readonly Pick<CellScores, "images">[],
  value: Value,
): number[][] {
  return cells.flatMap(({ images }) => {
    const groups = new Map<number, number[]>();
    for (const image of images) {
      groups.set(image.prompt, [...(groups.get(image.prompt) ?? []), value(image)]);
    }
    return [...groups.keys()].sort((a, b) => a - b).map((prompt) => groups.get(prompt)!);
  });
}

/** One line of the table: the row's cells of all styles together. */
export function tableRow(
  { family, method }: StudyMethod,
  cells: readonly CellScores[],
  seed: number,
): TableRow {
  const of = (value: Value): Estimate => summarise(promptGroups(cells, value), seed);
  return {
    id: method.id,
    method: family,
    placement: method.placement,
    dataScaling: method.dataScaling,
    text: of((i) => i.text),
    style: of((i) => i.style),
    harmonic: of(harmonic),
    leakage: of((i) => i.leakage),
    leakageClip: of((i) => i.leakageClip),
    tokenCopy: of((i) => i.tokenCopy),
    oracle: of((i) => i.oracle),
    drawn: of((i) => i.drawn),
    styleNamed: of((i) => i.styleNamed),
    trainableParameters: cells[0]?.trainableParameters ?? 0,
    tuneSeconds: mean(cells.map((c) => c.tuneSeconds)),
    sampleSeconds: mean(cells.map((c) => c.sampleSeconds)),
  };
}

const COMPARED = ["text", "style", "leakage", "oracle", "drawn", "styleNamed"] as const;

/** FineStyle against every other row, by each measure. */
export function comparisons(
  cellsOf: ReadonlyMap<string, readonly CellScores[]>,
  seed: number,
  method = "finestyle",
): Comparison<typeof COMPARED[number]>[] {
  const own = cellsOf.get(method);
  if (!own) return [];
  const values = (of: readonly CellScores[], measure: typeof COMPARED[number]) =>
    promptGroups(of, (image) => image[measure]).map(mean);
  const contrasts = [...cellsOf].filter(([id]) => id !== method).flatMap(([against, cells]) =>
    COMPARED.map((measure) => ({
      ...{ method, against, measure },
      ...{ ours: values(own, measure), theirs: values(cells, measure) },
    }))
  );
  return compare(contrasts, seed);
}

/** One sentence on what the table says about leakage and style. */
export function verdict(rows: readonly TableRow[], all: readonly Comparison[]): string {
  const fine = rows.find((r) => r.id === "finestyle");
  const drop = rows.find((r) => r.id === "styledrop");
  if (!fine || !drop) return "Scores are raw cosines; rates are shares";
  const { difference } = all.find((c) => c.against === "styledrop" && c.measure === "leakage")!;
  const percent = (share: number) => `${(100 * share).toFixed(0)} %`;
  return `FineStyle shows ${percent(fine.leakage.mean)} of the reference's unwanted concepts, ` +
    `StyleDrop ${percent(drop.leakage.mean)} (difference ${
      signed(difference.mean)
    }, 95 % interval ` +
    `${signed(difference.ci95[0])} to ${signed(difference.ci95[1])}, p ${pValue(difference.p)}, ` +
    `${pValue(difference.pHolm)} corrected for ${all.length} comparisons)`;
}

const pValue = (p: number) => p < 0.001 ? "< 0.001" : `= ${p.toFixed(3)}`;

/** Every row in every style on its own, as CSV. */
export function stylesCsv(
  cellsOf: ReadonlyMap<string, readonly CellScores[]>,
  seed: number,
): string {
  const measures = [...COMPARED, "leakageClip", "tokenCopy"] as const;
  const lines = ["style,id,measure,mean,se,ci95_low,ci95_high,n"];
  for (const [id, cells] of cellsOf) {
    for (const cell of cells) {
      for (const measure of measures) {
        const { mean, se, ci95, n } = summarise(promptGroups([cell], (i) => i[measure]), seed);
        lines.push([cell.style, id, measure, mean, se, ...ci95, n].join(","));
      }
    }
  }
  return lines.join("\n") + "\n";
}

/** Leakage in each style on its own, for the three methods of the paper. */
export function leakageByStyle(
  cellsOf: ReadonlyMap<string, readonly CellScores[]>,
  seed: number,
): BarChart {
  const shown = ["muse", "styledrop", "finestyle"].filter((id) => cellsOf.has(id));
  const of = (cell: CellScores) =>
    interval(summarise(promptGroups([cell], (i) => i.leakage), seed));
  return {
    kind: "bar",
    title: "Leakage in each style",
    categories: cellsOf.get(shown[0]!)!.map((cell) => cell.style),
    y: { title: "Leakage", unit: "share of unwanted concepts found" },
    series: shown.map((id) => ({ name: id, values: cellsOf.get(id)!.map(of) })),
  };
}

const interval = (e: Estimate): Interval => ({ value: e.mean, low: e.ci95[0], high: e.ci95[1] });

/** The study's figures by file name; every interval is the 95 % bootstrap interval of the mean. */
export function figures(rows: readonly TableRow[], subtitle: string): Record<string, Chart> {
  const bars = (
    title: string,
    y: string,
    unit: string,
    of: (r: TableRow) => Estimate,
  ): BarChart => ({
    kind: "bar",
    title: `${title}, ${subtitle}`,
    categories: rows.map((r) => r.id),
    y: { title: y, unit },
    series: [{ name: y, values: rows.map((r) => interval(of(r))) }],
  });
  const scatter: ScatterChart = {
    kind: "scatter",
    title: `Text and Style, ${subtitle}`,
    x: { title: "Text", unit: "raw cosine with the prompt" },
    y: { title: "Style", unit: "raw cosine with the reference" },
    points: rows.map((r) => ({ name: r.id, x: interval(r.text), y: interval(r.style) })),
  };
  return {
    "text-style": scatter,
    "leakage": bars("Leakage", "Leakage", "share of unwanted concepts found", (r) => r.leakage),
    "oracle": bars("Oracle", "Oracle", "raw cosine with the true picture", (r) => r.oracle!),
  };
}
