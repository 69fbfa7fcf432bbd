import { mean, type PairedTest, pairedTest, summarise } from "../../lib/score/statistics.ts";
import type { BarChart } from "../../lib/show/figure.ts";
import type { Estimate } from "../../lib/show/table.ts";
import {
  crossTable,
  differenceText,
  estimateText,
  intervalOf,
  percent,
} from "../recipe/estimates.ts";
import type { RecipeResult, TextTable } from "../recipe/recipe.ts";
import { slug } from "../study/task.ts";
import type { StylePictures, SwitchedPicture } from "./pictures.ts";
import { referenceSheet, wordSheet } from "./sheets.ts";
import { type Switch, SWITCHES } from "./variants.ts";

/** How often a concept is found where it is on, in the reference or in the words, and where it is off. */
export interface SwitchRow {
  readonly concept: Switch;
  readonly method: string;
  readonly on: Estimate;
  readonly off: Estimate;
  /** On less off, on the same prompts. */
  readonly difference: PairedTest;
}

const QUALITY = {
  style: "Style cos ↑",
  styleNamed: "Style named ↑",
  drawn: "Drawn rate ↑",
  oracle: "Oracle cos ↑",
} as const;
type Quality = keyof typeof QUALITY;

/** How good the pictures of one variant's adapters are. */
export interface QualityRow extends Readonly<Record<Quality, Estimate>> {
  readonly reference: string;
  readonly method: string;
}

/** Rates, tables, figures and two sheets per style. */
export function summariseVariation(all: readonly StylePictures[], seed: number): RecipeResult {
  const rows = switchRows(all, "byReference", seed);
  const words = switchRows(all, "byWords", seed);
  const quality = qualityRows(all, seed);
  const sheets = all.flatMap((style, i) => {
    const name = i === 0 ? "" : `-${slug(style.variants[0]!.scene.style)}`;
    return [[`sheet${name}`, referenceSheet(style)], [`words${name}`, wordSheet(style)]];
  });
  return {
    lists: { rows, words, quality },
    tables: [
      switchTable(
        "How often a concept of the reference is found in pictures whose prompt does not name it",
        ["in the reference", "taken out"],
        rows,
      ),
      switchTable(
        "How often it is found in pictures by the whole reference's adapters",
        ["in the prompt", "left out"],
        words,
      ),
      ...Object.entries(QUALITY).map(([measure, caption]) => ({
        caption: `${caption}, by what is tuned on`,
        rows: crossTable("reference", quality, {
          line: (row) => row.reference,
          column: (row) => row.method,
          cell: (row) => estimateText(row[measure as Quality]),
        }),
      })),
    ],
    sheets: Object.fromEntries(sheets),
    figures: {
      leakage: switchChart(
        "Found, though not in the prompt",
        ["in the reference", "taken out"],
        rows,
      ),
      words: switchChart("Found, by the words of the prompt", ["in the prompt", "left out"], words),
      "style-named": qualityChart("Style named", "share of the pictures", quality, "styleNamed"),
      oracle: qualityChart("Oracle", "raw cosine with the true picture", quality, "oracle"),
    },
    verdict: verdict(rows),
  };
}

/** The variants are compared in pairs that differ in one concept: the whole one, and one without it. */
function switchRows(
  all: readonly StylePictures[],
  list: "byReference" | "byWords",
  seed: number,
): SwitchRow[] {
  return SWITCHES.flatMap((concept) =>
    methodsOf(all).map((method): SwitchRow => {
      const groups = (without: readonly Switch[]) =>
        all.flatMap((style) => {
          const place = style.variants.findIndex((v) => v.without.join() === without.join());
          return units(style[list][place]!.get(method)!, list)
            .map((group) => group.map(({ found }) => Number(found[concept])));
        });
      const [on, off] = [groups([]), groups([concept])];
      return {
        ...{ concept, method, on: summarise(on, seed), off: summarise(off, seed) },
        difference: pairedTest(on.map(mean), off.map(mean), seed),
      };
    })
  );
}

/** Pictures in independent groups: those of one prompt; each one where the variant has one caption. */
function units(
  pictures: readonly SwitchedPicture[],
  list: "byReference" | "byWords",
): SwitchedPicture[][] {
  if (list === "byWords") return pictures.map((picture) => [picture]);
  return [...Map.groupBy(pictures, ({ score }) => score.prompt).values()];
}

function qualityRows(all: readonly StylePictures[], seed: number): QualityRow[] {
  return all[0]!.variants.flatMap(({ name: reference }, place) =>
    methodsOf(all).map((method) => {
      const estimate = (measure: Quality) =>
        summarise(
          all.flatMap(({ byReference }) => units(byReference[place]!.get(method)!, "byReference"))
            .map((group) => group.map(({ score }) => score[measure])),
          seed,
        );
      const names = Object.keys(QUALITY) as Quality[];
      const estimates = Object.fromEntries(names.map((name) => [name, estimate(name)]));
      return { reference, method, ...estimates as Record<Quality, Estimate> };
    })
  );
}

function methodsOf([style]: readonly StylePictures[]): string[] {
  return [...style!.byReference[0]!.keys()];
}

function switchTable(
  caption: string,
  [on, off]: readonly [string, string],
  rows: readonly SwitchRow[],
): TextTable {
  const lines = rows.flatMap((row) => [
    { ...row, line: `${row.concept}, ${on}`, text: estimateText(row.on) },
    { ...row, line: `${row.concept}, ${off}`, text: estimateText(row.off) },
    { ...row, line: `${row.concept}, difference`, text: differenceText(row.difference) },
  ]);
  return {
    caption,
    rows: crossTable("concept", lines, {
      line: (row) => row.line,
      column: (row) => row.method,
      cell: (row) => row.text,
    }),
  };
}

function switchChart(
  title: string,
  [on, off]: readonly [string, string],
  rows: readonly SwitchRow[],
): BarChart {
  const methods = Map.groupBy(rows, ({ method }) => method);
  return {
    kind: "bar",
    title,
    categories: [...SWITCHES],
    y: { title: "share of the pictures", range: [0, 1] },
    series: [...methods].flatMap(([method, own]) => [
      { name: `${method}, ${on}`, values: own.map((row) => intervalOf(row.on)) },
      { name: `${method}, ${off}`, values: own.map((row) => intervalOf(row.off)) },
    ]),
  };
}

function qualityChart(
  title: string,
  unit: string,
  rows: readonly QualityRow[],
  measure: Quality,
): BarChart {
  return {
    kind: "bar",
    title: `${title}, by what is tuned on`,
    categories: [...new Set(rows.map(({ reference }) => reference))],
    y: { title, unit },
    series: [...Map.groupBy(rows, ({ method }) => method)].map(([name, own]) => ({
      name,
      values: own.map((row) => intervalOf(row[measure])),
    })),
  };
}

function verdict(rows: readonly SwitchRow[]): string {
  const tuned = [...Map.groupBy(rows, ({ method }) => method)]
    .filter(([method]) => ["styledrop", "finestyle"].includes(method));
  const parts = tuned.map(([method, own]) => {
    const shares = own.map(({ concept, on, off }) =>
      `${concept} ${percent(on.mean)} against ${percent(off.mean)}`
    );
    return `${method}: ${shares.join(", ")}`;
  });
  return `Found in pictures though no prompt names it, when it stood in the reference and when not: ` +
    parts.join("; ");
}
