import { mean, pairedTest, summarise } from "../../lib/score/statistics.ts";
import type { Estimate } from "../../lib/show/table.ts";
import { TRUTH } from "../recipe/drawings.ts";
import { crossTable, differenceText, estimateText, percent } from "../recipe/estimates.ts";
import type { RecipeResult, TextTable } from "../recipe/recipe.ts";
import { slug } from "../study/task.ts";
import { closerChart, qualityChart, switchChart } from "./charts.ts";
import type { StylePictures, SwitchedPicture } from "./pictures.ts";
import { QUALITY, type Quality, type QualityRow, type SwitchRow, tunedOf } from "./rows.ts";
import { referenceSheet, wordSheet } from "./sheets.ts";
import { type Switch, SWITCHES } from "./variants.ts";

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
        "Found though no prompt names it",
        ["in the reference", "taken out"],
        rows,
      ),
      "leakage-closeness": closerChart(
        "Cosine with a concept's words: tuned with it less without it",
        rows,
      ),
      words: switchChart("Found when the prompt names it, and when it leaves it out", [
        "in the prompt",
        "left out",
      ], words),
      "style-named": qualityChart("Style named", "share of the pictures", quality, "styleNamed"),
      oracle: qualityChart(
        "Oracle",
        "raw cosine with the true picture",
        quality.filter(({ method }) => method !== TRUTH),
        "oracle",
      ),
    },
    verdict: verdict(rows, words),
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
      const groups = (without: readonly Switch[], value: (picture: SwitchedPicture) => number) =>
        all.flatMap((style) => {
          const place = style.variants.findIndex((v) => v.without.join() === without.join());
          return units(style[list][place]!.get(method)!, list).map((group) => group.map(value));
        });
      const both = (value: (picture: SwitchedPicture) => number) =>
        [groups([], value), groups([concept], value)] as const;
      const paired = ([on, off]: ReturnType<typeof both>) =>
        pairedTest(on.map(mean), off.map(mean), seed);
      const found = both((picture) => Number(picture.found[concept]));
      return {
        ...{ concept, method, on: summarise(found[0], seed), off: summarise(found[1], seed) },
        difference: paired(found),
        closer: paired(both((picture) => picture.closeness[concept])),
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
    { ...row, line: `${row.concept}, cosine with it`, text: differenceText(row.closer) },
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

function verdict(rows: readonly SwitchRow[], words: readonly SwitchRow[]): string {
  const shares = (of: readonly SwitchRow[]) =>
    tunedOf(of).map(([method, own]) =>
      `${method} ${
        own.map(({ concept, on, off }) => `${concept} ${percent(on.mean)} / ${percent(off.mean)}`)
          .join(", ")
      }`
    ).join("; ");
  return "Found though no prompt names it, when it stood in the reference / when not: " +
    `${
      shares(rows)
    }. Found by the whole reference's adapters, when the prompt names it / when not: ` +
    shares(words);
}
