import type { BarChart } from "../../lib/show/figure.ts";
import { intervalOf, shareRange } from "../recipe/estimates.ts";
import { type Quality, type QualityRow, type SwitchRow, tunedOf } from "./rows.ts";
import { SWITCHES } from "./variants.ts";

/** Shares of pictures with each concept, on and off, by the tuned methods. */
export function switchChart(
  title: string,
  [on, off]: readonly [string, string],
  rows: readonly SwitchRow[],
): BarChart {
  const shown = tunedOf(rows);
  return {
    kind: "bar",
    title,
    categories: [...SWITCHES],
    y: {
      title: "share of the pictures",
      range: shareRange(shown.flatMap(([, own]) => own.flatMap((row) => [row.on, row.off]))),
    },
    series: shown.flatMap(([method, own]) => [
      { name: `${method}, ${on}`, values: own.map((row) => intervalOf(row.on)) },
      { name: `${method}, ${off}`, values: own.map((row) => intervalOf(row.off)) },
    ]),
  };
}

/** How much nearer to each concept's words the tuned methods are where it is on. */
export function closerChart(title: string, rows: readonly SwitchRow[]): BarChart {
  return {
    kind: "bar",
    title,
    categories: [...SWITCHES],
    y: { title: "difference of cosines" },
    series: tunedOf(rows).map(([name, own]) => ({
      name,
      values: own.map((row) => intervalOf(row.closer)),
    })),
  };
}

/** A measure of quality by variant. */
export function qualityChart(
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
