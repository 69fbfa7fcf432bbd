import type {
  BarChart,
  Chart,
  HeatChart,
  LineChart,
  ScatterChart,
  ScatterPoint,
} from "../../lib/show/figure.ts";
import type { Estimate } from "../../lib/show/table.ts";
import { AT_EQUAL_STYLE, type EqualMeasure, type EqualStyle, type Value } from "./equal_style.ts";
import { frontierOf } from "./frontier.ts";
import { GUIDED } from "./grid.ts";
import type { GuidanceRow, GuidanceTable } from "./table.ts";

const UNITS = {
  style: { title: "Style", unit: "raw cosine with the reference" },
  text: { title: "Text", unit: "raw cosine with the prompt" },
  leakage: { title: "Leakage", unit: "share of unwanted concepts found" },
  oracle: { title: "Oracle", unit: "raw cosine with the true picture" },
  drawn: { title: "Drawn", unit: "share of the prompt's concepts found" },
} as const;

/** The study's figures by file name. */
export function guidanceFigures(table: GuidanceTable, equal: EqualStyle): Record<string, Chart> {
  const { styles } = table;
  const subtitle = styles.length === 1 ? styles[0]! : `${styles.length} styles`;
  const heats = (["style", "text", "leakage", "oracle"] as const).map((measure) =>
    [`finestyle-${measure}`, heatMap(table, measure, subtitle)] as const
  );
  const levels = AT_EQUAL_STYLE.map((measure) =>
    [`equal-style-${measure}`, levelChart(equal, measure, subtitle)] as const
  );
  return {
    ...Object.fromEntries(heats),
    "frontier": frontier(table.rows, subtitle),
    ...Object.fromEntries(levels),
    "equal-style-difference": differences(equal, subtitle),
  };
}

/** A measure of FineStyle over both coefficients; rows as on the sheet. */
function heatMap(
  { grid, rows }: GuidanceTable,
  measure: "style" | "text" | "leakage" | "oracle",
  subtitle: string,
): HeatChart {
  const { title, unit } = UNITS[measure];
  return {
    kind: "heat",
    title: `FineStyle's ${title} by guidance, ${subtitle}`,
    width: grid.lambda1.length,
    height: grid.lambda2.length,
    values: rows.filter(({ method }) => method === "finestyle").map((row) => row[measure]!.mean),
    decimals: measure === "leakage" ? 3 : 2,
    scale: { title: unit },
    x: { title: "λ1, style guidance", labels: grid.lambda1.map(String) },
    y: { title: "λ2, semantic guidance", labels: grid.lambda2.map(String) },
  };
}

/** Text over Style: every pair a point, each method's frontier a line. */
function frontier(rows: readonly GuidanceRow[], subtitle: string): ScatterChart {
  const point = ({ mean }: Estimate) => ({ value: mean, low: mean, high: mean });
  const untuned = rows.filter(({ method }) => method === "muse");
  const methods = GUIDED.map((id) => rows.filter(({ method }) => method === id));
  const lines = methods.map((of) =>
    frontierOf(of.map(({ style, text }) => ({ style: style.mean, text: text.mean })))
      .map((i) => of[i]!)
  );
  const points = [...methods, untuned].flatMap((of, group) =>
    of.map((row): ScatterPoint => {
      const place = { x: point(row.style), y: point(row.text), group };
      if (row.lambda1 === null) return { name: "", ...place };
      return lines[group]!.includes(row)
        ? { name: `${row.lambda1}, ${row.lambda2}`, ...place }
        : { name: "", ...place, minor: true };
    })
  );
  return {
    kind: "scatter",
    title: `Text against Style at every λ1, λ2; ${subtitle}`,
    ...{ x: UNITS.style, y: UNITS.text, points },
    groups: [
      ...GUIDED.map((name, i) => ({
        name: `${name}, frontier`,
        line: lines[i]!.map(({ style, text }) => [style.mean, text.mean] as const),
      })),
      { name: "muse, untuned" },
    ],
  };
}

/** A measure of both methods along their frontiers; StyleDrop's points stand a little to the right. */
function levelChart(equal: EqualStyle, measure: EqualMeasure, subtitle: string): LineChart {
  const { title, unit } = UNITS[measure];
  const styles = equal.levels.map(({ style }) => style.mean);
  const aside = (styles.at(-1)! - styles[0]!) / 100;
  return {
    kind: "line",
    title: `${title} at equal Style, ${subtitle}`,
    x: UNITS.style,
    y: { title, unit },
    series: GUIDED.map((name, i) => ({
      name,
      x: styles.map((style) => style + i * aside),
      y: equal.levels.map((level) => level[measure][name].mean),
      intervals: equal.levels.map((level) => level[measure][name].ci95),
    })),
  };
}

/** How far FineStyle is above StyleDrop at each level of Style. */
function differences({ levels }: EqualStyle, subtitle: string): BarChart {
  const interval = ({ mean, ci95: [low, high] }: Value) => ({ value: mean, low, high });
  return {
    kind: "bar",
    title: `FineStyle minus StyleDrop at equal Style, ${subtitle}`,
    categories: AT_EQUAL_STYLE.map((measure) => UNITS[measure].title),
    y: { title: "difference", unit: "cosine or share" },
    series: levels.map((level) => ({
      name: `Style ${level.style.mean.toFixed(3)}`,
      values: AT_EQUAL_STYLE.map((measure) => interval(level[measure].difference)),
    })),
  };
}
