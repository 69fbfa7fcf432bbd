import { mean, summarise } from "../../lib/score/statistics.ts";
import type { BarChart } from "../../lib/show/figure.ts";
import type { Estimate } from "../../lib/show/table.ts";
import { shows } from "../recipe/attributes.ts";
import {
  crossTable,
  differenceText,
  estimateText,
  intervalOf,
  percent,
} from "../recipe/estimates.ts";
import type { RecipeResult } from "../recipe/recipe.ts";
import { compare, type Comparison } from "../study/comparison.ts";
import { PAIRS, SEVERAL } from "./pairs.ts";
import type { SubjectPictures } from "./pictures.ts";
import { pairSheet, severalSheet } from "./sheets.ts";

/** How often a method's pictures of one pair, or of all, are as asked. */
export interface PairRow {
  readonly pair: string;
  readonly method: string;
  /** Of the first prompt's pictures, and of the second's. */
  readonly first: Estimate;
  readonly second: Estimate;
  /** Of the pictures of both prompts, paired by number. What is never drawn cannot count here. */
  readonly both: Estimate;
}

/** How often a method gives all the attributes that one prompt asks for. */
export interface SeveralRow {
  readonly asked: string;
  /** What it asks for beside the row before. */
  readonly added: string;
  readonly method: string;
  readonly all: Estimate;
}

const ALL = "all nine";

/** Counts, tables, figures and sheets; the subjects are the units of the statistics. */
export function summariseControl(subjects: readonly SubjectPictures[], seed: number): RecipeResult {
  const rows = pairRows(subjects, seed), several = severalRows(subjects, seed);
  const comparisons = comparisonsOf(subjects, seed);
  return {
    lists: { rows, several, comparisons },
    tables: [
      {
        caption: "Pairs of pictures of which both are as asked, by what the two prompts differ in",
        rows: pairTable(rows, ({ both }) => estimateText(both)),
      },
      {
        caption: "Pictures that are as asked: of the first prompt / of the second",
        rows: pairTable(rows, (row) => `${share(row.first)} / ${share(row.second)}`),
      },
      {
        caption: "Pictures with all that one prompt asks for",
        rows: crossTable("asked at once", several, {
          line: (row) => row.asked,
          column: (row) => row.method,
          cell: (row) => estimateText(row.all),
        }),
      },
    ],
    sheets: { sheet: pairSheet(subjects[0]!), several: severalSheet(subjects[0]!) },
    figures: {
      pairs: bars("Pairs of pictures that are both as asked", "share of the pairs", rows, {
        category: (row) => row.pair,
        value: (row) => row.both,
      }),
      several: bars(
        "Pictures with all that one prompt asks for",
        "share of the pictures",
        several,
        {
          category: (row) => row.added,
          value: (row) => row.all,
        },
      ),
    },
    verdict: verdict(rows, comparisons),
  };
}

function pairTable(rows: readonly PairRow[], cell: (row: PairRow) => string): string[][] {
  return crossTable("prompts differ in", rows, {
    ...{ line: (row) => row.pair, column: (row) => row.method, cell },
  });
}

const share = ({ mean }: Estimate) => mean.toFixed(2);

function pairRows(subjects: readonly SubjectPictures[], seed: number): PairRow[] {
  const row = (pair: string, method: string, places: readonly number[]): PairRow => {
    const outcomes = subjects.map((of) => places.flatMap((place) => outcome(of, method, place)));
    const estimate = (value: (outcome: Outcome) => boolean) =>
      summarise(outcomes.map((of) => of.map((one) => Number(value(one)))), seed);
    return {
      ...{ pair, method },
      first: estimate(([first]) => first),
      second: estimate(([, second]) => second),
      both: estimate(([first, second]) => first && second),
    };
  };
  const { methods } = subjects[0]!;
  return [
    ...PAIRS.flatMap(({ title }, place) => methods.map((method) => row(title, method, [place]))),
    ...methods.map((method) => row(ALL, method, [...PAIRS.keys()])),
  ];
}

/** Whether the pictures of both prompts that have one number are as asked. */
type Outcome = readonly [first: boolean, second: boolean];

function outcome({ prompts, of }: SubjectPictures, method: string, place: number): Outcome[] {
  const { attribute } = PAIRS[place]!, [a, b] = prompts.pairs[place]!;
  const second = of(method, b);
  return of(method, a).map(({ sight }, i) => [
    shows(attribute, a, sight, b),
    shows(attribute, b, second[i]!.sight, a),
  ]);
}

function severalRows(subjects: readonly SubjectPictures[], seed: number): SeveralRow[] {
  return SEVERAL.flatMap((attributes, level) =>
    subjects[0]!.methods.map((method) => {
      const values = subjects.map((of) => allShown(of, method, level));
      const asked = attributes.join(", ");
      const added = level === 0 ? attributes.join(" and ") : `+ ${attributes.at(-1)}`;
      return { asked, added, method, all: summarise(values, seed) };
    })
  );
}

/** 1 for each picture of a level of {@linkcode SEVERAL} that shows all its attributes, else 0. */
function allShown({ prompts, of }: SubjectPictures, method: string, level: number): number[] {
  const scene = prompts.several[level]!;
  return of(method, scene).map(({ sight }) =>
    Number(SEVERAL[level]!.every((name) => shows(name, scene, sight)))
  );
}

/** FineStyle less the other methods: `both` over all pairs, then `several` over all its levels. */
function comparisonsOf(subjects: readonly SubjectPictures[], seed: number): Comparison[] {
  const { methods } = subjects[0]!;
  if (!methods.includes("finestyle")) return [];
  const others = ["styledrop", "muse"].filter((id) => methods.includes(id));
  const measures = {
    both: (of: SubjectPictures, method: string) =>
      [...PAIRS.keys()].flatMap((place) => outcome(of, method, place))
        .map(([first, second]) => Number(first && second)),
    several: (of: SubjectPictures, method: string) =>
      [...SEVERAL.keys()].flatMap((level) => allShown(of, method, level)),
  };
  return compare(
    Object.entries(measures).flatMap(([measure, outcomes]) => {
      const values = (method: string) => subjects.map((of) => mean(outcomes(of, method)));
      return others.map((against) => ({
        ...{ method: "finestyle", against, measure },
        ...{ ours: values("finestyle"), theirs: values(against) },
      }));
    }),
    seed,
  );
}

/** A group of bars per category, a bar per method. */
function bars<T extends { readonly method: string }>(
  title: string,
  y: string,
  rows: readonly T[],
  { category, value }: {
    readonly category: (row: T) => string;
    readonly value: (row: T) => Estimate;
  },
): BarChart {
  return {
    kind: "bar",
    title,
    categories: [...new Set(rows.map(category))],
    y: { title: y, range: [0, 1] },
    series: [...Map.groupBy(rows, ({ method }) => method)].map(([name, own]) => ({
      name,
      values: own.map((row) => intervalOf(value(row))),
    })),
  };
}

function verdict(rows: readonly PairRow[], comparisons: readonly Comparison[]): string {
  const over = rows.filter(({ pair }) => pair === ALL);
  const shares = over.map(({ method, both }) => `${method} ${percent(both.mean)}`);
  const [first] = comparisons;
  const difference = first
    ? `; finestyle less ${first.against} ${differenceText(first.difference)}`
    : "";
  return `Both prompts as asked, over all nine pairs: ${shares.join(", ")}${difference}`;
}
