import { writeAtomic, writeJson } from "../../lib/io/files.ts";
import { mean } from "../../lib/score/statistics.ts";
import type { LineChart } from "../../lib/show/figure.ts";
import { writeFigure } from "../../lib/show/figure_files.ts";
import { csvTable, markdownTable, type Table } from "../../lib/show/table.ts";
import { captionOf } from "../../lib/world/mod.ts";
import type { Cell } from "./cell.ts";
import type { Comparison } from "./comparison.ts";
import { writeManifest } from "./run_folder.ts";
import type { StudyOptions } from "./run_study.ts";
import { comparisons, figures, leakageByStyle, stylesCsv, tableRow } from "./summary.ts";
import type { Task } from "./task.ts";

/** The table and the paired comparisons of a finished study. */
export interface Study {
  readonly table: Table;
  readonly comparisons: readonly Comparison[];
}

/** One line of `metrics.jsonl` per image. */
export function metricLines(method: string, task: Task, cell: Cell, seed: number): string[] {
  return cell.images.map((score, i) =>
    JSON.stringify({
      style: task.style,
      method,
      seed,
      text: captionOf(task.prompts[score.prompt]!),
      image: i,
      scores: score,
    })
  );
}

/** Writes tables, comparisons, figures and, last, the manifest of a finished study. */
export async function writeStudy(
  options: StudyOptions,
  cells: ReadonlyMap<string, readonly Cell[]>,
): Promise<Study> {
  const { out, model, engine, preset, seed, styles, config, methods } = options;
  const table: Table = {
    schema: "finestyle.table/1",
    model,
    engine,
    preset,
    seed,
    styles,
    prompts: config.prompts,
    imagesPerPrompt: config.imagesPerPrompt,
    rows: methods.map((entry) => tableRow(entry, cells.get(entry.method.id)!, seed)),
  };
  const paired = comparisons(cells, seed);
  await writeJson(`${out}/table.json`, table);
  await writeAtomic(`${out}/table.md`, markdownTable(table));
  await writeAtomic(`${out}/table.csv`, csvTable(table));
  await writeJson(`${out}/comparisons.json`, paired);
  await writeAtomic(`${out}/styles.csv`, stylesCsv(cells, seed));
  const subtitle = styles.length === 1 ? styles[0]! : `${styles.length} styles`;
  for (const [name, chart] of Object.entries(figures(table.rows, subtitle))) {
    await writeFigure(`${out}/figures`, name, chart);
  }
  if (styles.length > 1) {
    await writeFigure(`${out}/figures`, "leakage-by-style", leakageByStyle(cells, seed));
  }
  const losses = [...cells].map(([id, of]): [string, readonly number[]] => [id, of[0]!.losses]);
  await writeFigure(`${out}/figures`, "loss", lossChart(`Tuning, ${styles[0]}`, losses));
  await writeManifest(out, options.inputs);
  return { table, comparisons: paired };
}

/**
 * Tuning losses by method; each point is the mean of the last twentieth of the steps, since single
 * steps differ most by how much was masked.
 */
export function lossChart(title: string, losses: Iterable<[string, readonly number[]]>): LineChart {
  const series = [...losses].filter(([, values]) => values.length > 0).map(([name, values]) => {
    const window = Math.max(1, Math.round(values.length / 20));
    const y = values.map((_, i) => mean(values.slice(Math.max(0, i + 1 - window), i + 1)));
    return { name, x: y.map((_, i) => i + 1), y };
  });
  return {
    kind: "line",
    title,
    x: { title: "step" },
    y: { title: "cross-entropy of masked tokens", unit: "nats" },
    series,
  };
}
