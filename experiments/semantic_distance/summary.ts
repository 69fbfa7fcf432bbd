import { mean, summarise } from "../../lib/score/statistics.ts";
import type { Axis, LineChart } from "../../lib/show/figure.ts";
import type { Estimate } from "../../lib/show/table.ts";
import { type Drawings, TRUTH } from "../recipe/drawings.ts";
import { crossTable, estimateText, percent, shareRange } from "../recipe/estimates.ts";
import type { RecipeResult } from "../recipe/recipe.ts";
import { compare, type Comparison } from "../study/comparison.ts";
import type { ImageScore } from "../study/summary.ts";
import { slug } from "../study/task.ts";
import { distanceSheet } from "./sheet.ts";
import type { DistantSubject } from "./subjects.ts";

/** What is measured by distance. */
const MEASURES = {
  style: { title: "Style", unit: "raw cosine with the reference" },
  drawn: { title: "Subject drawn", unit: "share of the pictures", range: [0, 1] },
  leakage: { title: "Leakage", unit: "share of the pictures with the reference's subject" },
  oracle: { title: "Oracle", unit: "raw cosine with the true picture" },
} as const satisfies Record<string, Axis>;

type Measure = keyof typeof MEASURES;
type Estimates = Readonly<Record<Measure, Estimate>>;
const NAMES = Object.keys(MEASURES) as Measure[];

/** One subject by one method; its pictures in all styles are the units. */
export interface SubjectRow extends DistantSubject, Estimates {
  readonly method: string;
}

/** A third of the subjects by one method; subjects in their styles are the units. */
export interface ThirdRow extends Estimates {
  readonly subjects: string;
  readonly method: string;
}

/** FineStyle less StyleDrop over a third, on the same prompts and seeds. */
export interface ThirdComparison extends Readonly<Record<Measure, Comparison["difference"]>> {
  readonly subjects: string;
}

const THIRDS = ["near", "middle", "far"] as const;
/** Which methods the figures show; Muse never sees the reference. */
const SHOWN = ["styledrop", "finestyle", TRUTH];

/** Tables, figures by distance, and a sheet per style; `all` are the styles' drawings. */
export function summariseDistance(
  subjects: readonly DistantSubject[],
  all: readonly Drawings[],
  seed: number,
): RecipeResult {
  const methods = [...all[0]!.of.keys()];
  const rows = subjects.flatMap((subject, place) =>
    methods.map((method): SubjectRow => ({
      ...subject,
      method,
      ...measured((measure) =>
        summarise(scoresOf(all, method, place).flat().map((score) => [score[measure]]), seed)
      ),
    }))
  );
  const thirds = THIRDS.flatMap((name, third) =>
    methods.map((method): ThirdRow => ({
      subjects: name,
      method,
      ...measured((measure) =>
        summarise(units(all, method, measure, thirdOf(subjects.length, third)), seed)
      ),
    }))
  );
  const comparisons = compareThirds(all, subjects.length, seed);
  const sheets = all.map((drawings, i) => [
    i === 0 ? "sheet" : `sheet-${slug(drawings.task.style)}`,
    distanceSheet(subjects, drawings),
  ]);
  return {
    lists: { rows, thirds, comparisons },
    tables: NAMES.map((measure) => ({
      caption: `${MEASURES[measure].title}: ${MEASURES[measure].unit}`,
      rows: crossTable("subjects", thirds, {
        line: (row) => row.subjects,
        column: (row) => row.method,
        cell: (row) => estimateText(row[measure]),
      }),
    })),
    sheets: Object.fromEntries(sheets),
    figures: Object.fromEntries(NAMES.map((measure) => [measure, chart(rows, measure)])),
    verdict: verdict(thirds),
  };
}

function compareThirds(
  all: readonly Drawings[],
  count: number,
  seed: number,
): ThirdComparison[] {
  const [method, against] = ["finestyle", "styledrop"] as const;
  if (![method, against].every((id) => all[0]!.of.has(id))) return [];
  const contrasts = THIRDS.flatMap((_, third) =>
    NAMES.map((measure) => {
      const means = (id: string) => units(all, id, measure, thirdOf(count, third)).map(mean);
      return { method, against, measure, ours: means(method), theirs: means(against) };
    })
  );
  const compared = compare(contrasts, seed); // in the order of the contrasts
  return THIRDS.map((subjects, third) => ({
    subjects,
    ...measured((measure) => compared[third * NAMES.length + NAMES.indexOf(measure)]!.difference),
  }));
}

/** The places of a third of `count` subjects. */
function thirdOf(count: number, third: number): number[] {
  const places = Array.from({ length: count }, (_, i) => i);
  return places.filter((i) => Math.floor(3 * i / count) === third);
}

function measured<T>(of: (measure: Measure) => T): Record<Measure, T> {
  return Object.fromEntries(NAMES.map((name) => [name, of(name)])) as Record<Measure, T>;
}

/** A method's scores of one subject, a list per style. */
function scoresOf(all: readonly Drawings[], method: string, place: number): ImageScore[][] {
  return all.map(({ of }) => of.get(method)!.cell.images.filter(({ prompt }) => prompt === place));
}

/** A group of values for each style and each of the subjects. */
function units(
  all: readonly Drawings[],
  method: string,
  measure: Measure,
  places: readonly number[],
): number[][] {
  return places.flatMap((place) =>
    scoresOf(all, method, place).map((scores) => scores.map((score) => score[measure]))
  );
}

/** A measure over distance; neighbouring methods stand a little apart, so that intervals are seen. */
function chart(rows: readonly SubjectRow[], measure: Measure): LineChart {
  const shown = SHOWN.filter((id) =>
    rows.some(({ method }) => method === id) && !(id === TRUTH && measure === "oracle")
  );
  const distances = rows.map(({ distance }) => distance);
  const [low, high] = [Math.min(...distances), Math.max(...distances)];
  const aside = (high - low) / 200, margin = (high - low) / 30;
  return {
    kind: "line",
    title: `${MEASURES[measure].title} by distance from the reference's subject`,
    x: {
      ...{ title: "distance", unit: "1 - cosine of the judge's text embeddings" },
      range: [low - margin, high + margin],
    },
    y: measure === "leakage"
      ? { ...MEASURES.leakage, range: shareRange(rows.map(({ leakage }) => leakage)) }
      : MEASURES[measure],
    series: shown.map((id, i) => {
      const own = rows.filter(({ method }) => method === id);
      return {
        name: id,
        x: own.map(({ distance }) => distance + i * aside),
        y: own.map((row) => row[measure].mean),
        intervals: own.map((row) => row[measure].ci95),
      };
    }),
  };
}

function verdict(thirds: readonly ThirdRow[]): string {
  const tuned = [...Map.groupBy(thirds, ({ method }) => method)]
    .filter(([method]) => SHOWN.includes(method) && method !== TRUTH);
  const parts = tuned.map(([method, [near, , far]]) =>
    `${method}: Oracle ${near!.oracle.mean.toFixed(2)} and ${far!.oracle.mean.toFixed(2)}, ` +
    `the reference's subject found in ${percent(near!.leakage.mean)} and ${
      percent(far!.leakage.mean)
    }`
  );
  return `The nearest third of the subjects and the farthest; ${parts.join("; ")}`;
}
