import { summarise } from "../../lib/score/statistics.ts";
import type { Axis, BarChart, Chart, ScatterChart } from "../../lib/show/figure.ts";
import { type Estimate, type TableRow } from "../../lib/show/table.ts";
import type { ComparedStyle } from "../comparison.ts";
import { type Drawings, TRUTH } from "../recipe/drawings.ts";
import { crossTable, estimateText, intervalOf, shareRange } from "../recipe/estimates.ts";
import type { RecipeOptions, RecipeResult } from "../recipe/recipe.ts";
import { comparisons, promptGroups, tableRow, verdict } from "../study/summary.ts";
import { comparisonSheet, sneakerSheet } from "./sheets.ts";

/** Leakage into the one plain prompt on one reference, or on all. */
export interface SneakerRow {
  readonly reference: string;
  readonly method: string;
  readonly leakage: Estimate;
}

const PANEL = ["styledrop", "finestyle"];
const ALL = "all references";

/** Tables, figures and both sheets. */
export function summariseComparison(
  styles: readonly ComparedStyle[],
  { methods, seed }: Pick<RecipeOptions, "methods" | "seed">,
): RecipeResult {
  const prompts = styles.map((style) => style.prompts);
  const sneakers = styles.map((style) => style.sneaker);
  const ids = methods.map(({ method }) => method.id);
  const cells = new Map(ids.map((id) => [id, prompts.map(({ of }) => of.get(id)!.cell)]));
  const rows = methods.map((entry) => tableRow(entry, cells.get(entry.method.id)!, seed));
  const paired = comparisons(cells, seed);
  const panel = PANEL.filter((id) => ids.includes(id));
  const sneaker = sneakerRows(sneakers, [...panel, TRUTH], seed);
  return {
    lists: { rows, sneaker, comparisons: paired },
    tables: [
      {
        caption: "Every system over the same prompts and seeds: mean and 95 % interval",
        rows: methodTable(rows),
      },
      {
        caption: '"a sneaker": share of the reference\'s unwanted concepts that are found',
        rows: crossTable("reference", sneaker, {
          line: (row) => row.reference,
          column: (row) => row.method,
          cell: (row) => estimateText(row.leakage),
        }),
      },
    ],
    sheets: { sheet: comparisonSheet(prompts, ids), sneaker: sneakerSheet(sneakers, panel) },
    figures: figuresOf(rows, sneaker, styles.length),
    verdict: verdict(rows, paired),
  };
}

/** On each reference the pictures are the units, over all of them the references. */
function sneakerRows(
  sneakers: readonly Drawings[],
  methods: readonly string[],
  seed: number,
): SneakerRow[] {
  const values = (drawings: Drawings, id: string) =>
    promptGroups([drawings.of.get(id)!.cell], (image) => image.leakage).flat();
  const row = (reference: string, method: string, groups: readonly number[][]): SneakerRow => ({
    ...{ reference, method, leakage: summarise(groups, seed) },
  });
  return [
    ...sneakers.flatMap((drawings) =>
      methods.map((id) => row(drawings.task.style, id, values(drawings, id).map((v) => [v])))
    ),
    ...methods.map((id) => row(ALL, id, sneakers.map((drawings) => values(drawings, id)))),
  ];
}

function methodTable(rows: readonly TableRow[]): string[][] {
  const columns = {
    "Text cos ↑": (r: TableRow) => r.text,
    "Style cos ↑": (r: TableRow) => r.style,
    "Leakage rate ↓": (r: TableRow) => r.leakage,
    "Oracle cos ↑": (r: TableRow) => r.oracle!,
    "Drawn rate ↑": (r: TableRow) => r.drawn!,
    "Style named ↑": (r: TableRow) => r.styleNamed!,
  };
  const values = Object.values(columns);
  return [
    ["method", ...Object.keys(columns)],
    ...rows.map((row) => [row.id, ...values.map((of) => estimateText(of(row)))]),
  ];
}

function figuresOf(
  rows: readonly TableRow[],
  sneaker: readonly SneakerRow[],
  styles: number,
): Record<string, Chart> {
  const subtitle = styles === 1 ? "one style" : `${styles} styles`;
  const bars = (axis: Axis, of: (row: TableRow) => Estimate): BarChart => ({
    kind: "bar",
    title: `${axis.title}, ${subtitle}`,
    categories: rows.map(({ id }) => id),
    y: axis,
    series: [{ name: axis.title, values: rows.map((row) => intervalOf(of(row))) }],
  });
  const leakage = { title: "Leakage", unit: "share of unwanted concepts found" };
  const oracle = { title: "Oracle", unit: "raw cosine with the true picture" };
  const leakageUpTo = (all: readonly { readonly leakage: Estimate }[]): Axis => ({
    ...leakage,
    range: shareRange(all.map((row) => row.leakage)),
  });
  const both: ScatterChart = {
    kind: "scatter",
    title: `Leakage and Oracle, ${subtitle}`,
    x: leakage,
    y: oracle,
    points: rows.map(({ id, leakage, oracle }) => ({
      ...{ name: id, x: intervalOf(leakage), y: intervalOf(oracle!) },
    })),
  };
  const references = [...new Set(sneaker.map(({ reference }) => reference))];
  const methods = [...new Set(sneaker.map(({ method }) => method))];
  return {
    "leakage-oracle": both,
    "leakage": bars(leakageUpTo(rows), (row) => row.leakage),
    "oracle": bars(oracle, (row) => row.oracle!),
    "sneaker": {
      kind: "bar",
      title: 'Leakage into "a sneaker"',
      categories: references,
      y: leakageUpTo(sneaker),
      series: methods.map((name) => ({
        name,
        values: sneaker.filter(({ method }) => method === name)
          .map((row) => intervalOf(row.leakage)),
      })),
    },
  };
}
