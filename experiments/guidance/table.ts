import {
  alignCells,
  type Estimate,
  markdownRows,
  signed,
  type Table,
  type TableRow,
} from "../../lib/show/table.ts";
import { type CellScores, tableRow } from "../study/summary.ts";
import {
  AT_EQUAL_STYLE,
  type EqualMeasure,
  type EqualStyle,
  type Pair,
  type Value,
} from "./equal_style.ts";
import type { Grid, Lambdas } from "./grid.ts";
import { type GridCell, type GuidanceOptions, guidedRow } from "./grid_cell.ts";
import { type ScalingEffect, scalingMarkdown } from "./scaling_effect.ts";

/** A method under one guidance, all styles together. */
export interface GuidanceRow extends TableRow {
  /** `muse`, `finestyle`, `styledrop`, `finestyle-no-scaling`. */
  readonly method: string;
  /** FineStyle's lambda1 or StyleDrop's lambdaA; null of the untuned model. */
  readonly lambda1: number | null;
  /** FineStyle's lambda2 or StyleDrop's lambdaB; null of the untuned model. */
  readonly lambda2: number | null;
}

/** The content of `table.json`. */
export interface GuidanceTable extends Omit<Table, "schema" | "rows"> {
  readonly schema: "finestyle.guidance/1";
  readonly grid: Grid;
  readonly rows: readonly GuidanceRow[];
}

/** All styles of a method under one guidance. */
export interface PointScores {
  readonly lambdas: Lambdas | undefined;
  readonly cells: readonly CellScores[];
}

/** The cells of a method, one per style, turned to one entry per guidance. */
export function pointScores(cells: readonly GridCell[]): PointScores[] {
  return cells[0]!.points.map(({ lambdas }, i) => ({
    lambdas,
    cells: cells.map(({ points, ...cell }) => ({ ...cell, ...points[i]! })),
  }));
}

/** The table of a finished study: the untuned model, then each method in the order of its grid. */
export function guidanceTable(
  { model, engine, preset, seed, styles, config, grid }: Omit<GuidanceOptions, "muse" | "judge">,
  points: ReadonlyMap<GridCell["method"], readonly PointScores[]>,
): GuidanceTable {
  const rows = [...points].flatMap(([id, of]) =>
    of.map(({ lambdas, cells }): GuidanceRow => {
      const row = tableRow(guidedRow(config, id as Parameters<typeof guidedRow>[1]), cells, seed);
      if (!lambdas) return { ...row, lambda1: null, lambda2: null };
      const name = `${id}-${lambdas.lambda1}-${lambdas.lambda2}`;
      return { ...row, id: name, method: id, ...lambdas };
    })
  );
  return {
    schema: "finestyle.guidance/1",
    ...{ model, engine, preset, seed, styles },
    prompts: config.prompts,
    imagesPerPrompt: config.imagesPerPrompt,
    ...{ grid, rows },
  };
}

const MEASURES = {
  text: "Text cos ↑",
  style: "Style cos ↑",
  harmonic: "Harmonic ↑",
  leakage: "Leakage rate ↓",
  oracle: "Oracle cos ↑",
  drawn: "Drawn rate ↑",
} as const;
const NAMES = Object.keys(MEASURES) as (keyof typeof MEASURES)[];

const within = (v: Value, text = (x: number) => x.toFixed(3)) =>
  `${text(v.mean)} [${text(v.ci95[0])}, ${text(v.ci95[1])}]`;

/** The tables in Markdown: every guidance, the methods at equal Style, data scaling over the grid. */
export function guidanceMarkdown(
  { rows }: GuidanceTable,
  equal: EqualStyle,
  scaling: readonly ScalingEffect[],
): string {
  const estimate = (e: Estimate | undefined) =>
    e ? `${e.mean.toFixed(3)} ±${e.se.toFixed(3)}` : "-";
  const grid = markdownRows([
    ["method", "λ1 (λA)", "λ2 (λB)", ...NAMES.map((name) => MEASURES[name])],
    ...rows.map((row) => [
      row.method,
      ...[row.lambda1, row.lambda2].map((lambda) => lambda === null ? "-" : String(lambda)),
      ...NAMES.map((name) => estimate(row[name])),
    ]),
  ], [true]);
  return `${grid}\nMean ±standard error over prompts.\n\n## At equal Style\n\n` +
    `${equalMarkdown(equal)}\nEach method along its frontier of Text and Style; 95 % bootstrap ` +
    `intervals over styles and prompts (${equal.overall.style.n} prompts), Δ is FineStyle minus StyleDrop.\n\n` +
    `## Data scaling over the whole grid\n\n${
      scalingMarkdown(scaling)
    }\nFineStyle with data scaling ` +
    `minus FineStyle on the full pair alone; every pair of coefficients together.\n`;
}

/** The methods at equal Style, in Markdown. */
function equalMarkdown(equal: EqualStyle): string {
  const columns = AT_EQUAL_STYLE.flatMap((measure) => {
    const name = nameOf(measure);
    return [`${name} finestyle`, `${name} styledrop`, `Δ ${name}`];
  });
  return markdownRows([
    ["Style", ...columns],
    ...equalRows(equal, ({ finestyle, styledrop, difference }) => [
      ...[finestyle, styledrop].map(({ mean }) => mean.toFixed(3)),
      within(difference, signed),
    ]),
  ], [true]);
}

/** The differences at equal Style, for a terminal. */
export function equalTerminal(equal: EqualStyle): string {
  return alignCells([
    ["Style", ...AT_EQUAL_STYLE.map((measure) => `Δ ${nameOf(measure)}`)],
    ...equalRows(equal, ({ difference }) => [within(difference, signed)]),
  ], [true]);
}

const nameOf = (measure: EqualMeasure) => MEASURES[measure].replace(/ .*/, "");

function equalRows({ levels, overall }: EqualStyle, cells: (pair: Pair) => string[]): string[][] {
  return [
    ...levels.map((level) => ({ name: within(level.style), level })),
    { name: "mean of all", level: overall },
  ].map(({ name, level }) => [name, ...AT_EQUAL_STYLE.flatMap((m) => cells(level[m]))]);
}

/** Every guidance as CSV: each estimate in five columns, full precision. */
export function guidanceCsv({ rows }: GuidanceTable): string {
  const parts = ["mean", "se", "ci95_low", "ci95_high", "n"];
  const header = ["method", "lambda1", "lambda2"].concat(
    NAMES.flatMap((name) => parts.map((part) => `${name}_${part}`)),
  );
  const lines = rows.map((row) => [
    ...[row.method, row.lambda1 ?? "", row.lambda2 ?? ""],
    ...NAMES.flatMap((name) => {
      const { mean, se, ci95, n } = row[name]!;
      return [mean, se, ...ci95, n];
    }),
  ]);
  return [header, ...lines].map((line) => line.join(",")).join("\n") + "\n";
}
