import { writeAtomic, writeJson } from "../../lib/io/files.ts";
import { writeImage } from "../../lib/io/image.ts";
import { writeFigure } from "../../lib/show/figure_files.ts";
import { contactSheet } from "../../lib/show/sheet.ts";
import { captionOf } from "../../lib/world/mod.ts";
import { yardstick } from "../study/evaluate.ts";
import { writeManifest } from "../study/run_folder.ts";
import { imagesOf, openTask, slug, type Task } from "../study/task.ts";
import { type EqualStyle, equalStyle } from "./equal_style.ts";
import { guidanceFigures } from "./figures.ts";
import { GUIDED, UNSCALED } from "./grid.ts";
import { cellWork, type GridCell, gridCell, type GuidanceOptions, guidedRow } from "./grid_cell.ts";
import { scalingEffects } from "./scaling_effect.ts";
import { gridSheet } from "./sheet.ts";
import {
  guidanceCsv,
  guidanceMarkdown,
  type GuidanceTable,
  guidanceTable,
  pointScores,
} from "./table.ts";
import { trends } from "./trends.ts";

/** The table of a finished study, and the methods at equal Style. */
export interface GuidanceStudy {
  readonly table: GuidanceTable;
  readonly equal: EqualStyle;
}

const TUNED = [...GUIDED, UNSCALED] as const, ROWS = ["muse", ...TUNED] as const;

/** The work of the study: one unit per tuning step and per image. */
export function guidanceWork({ config, grid, styles }: GuidanceOptions): number {
  return styles.length * ROWS.reduce((sum, id) => sum + cellWork(config, grid, id), 0);
}

/**
 * Tunes FineStyle, with and without data scaling, and StyleDrop once on the reference of every style,
 * generates the same prompts and seeds under every pair of coefficients, and scores them as the other
 * studies do. Writes `config.json`, `metrics.jsonl`, `table.{json,md,csv}`, `equal_style.json`,
 * `trends.json`, `scaling.json`, `images/`, `figures/`, `cells/`, `manifest.json`.
 */
export async function runGuidance(options: GuidanceOptions): Promise<GuidanceStudy> {
  const { out, styles, seed, config, grid, model, engine, preset } = options;
  await writeJson(`${out}/config.json`, {
    study: { model, engine, preset, seed, styles },
    ...{ config, grid },
    settings: Object.fromEntries(ROWS.map((id) => [id, guidedRow(config, id).settings])),
  });
  const cells = new Map<string, GridCell[]>(ROWS.map((id) => [id, []]));
  const lines: string[] = [];
  for (const style of styles) {
    const task = await openTask(options.muse, options.world, style, config.prompts, seed);
    const done = await runStyle(options, task);
    for (const cell of done) {
      cells.get(cell.method)!.push(cell);
      lines.push(...metricLines(cell, task, seed));
    }
    await writeAtomic(`${out}/metrics.jsonl`, lines.join("\n") + "\n");
    await drawSheets(options, task, done);
  }
  return await writeStudy(options, cells);
}

/** The untuned model, which the others' leakage is measured against, then every tuned row. */
async function runStyle(options: GuidanceOptions, task: Task): Promise<GridCell[]> {
  const to = await yardstick(options.judge, task);
  const muse = await gridCell(options, "muse", task, to);
  const ids = Int32Array.from(muse.points[0]!.ids);
  const untuned = { ids, images: await imagesOf(options.muse, ids) };
  const done = [muse];
  for (const id of TUNED) done.push(await gridCell(options, id, task, to, untuned));
  return done;
}

/** One line of `metrics.jsonl` per image. */
function metricLines({ method, points }: GridCell, task: Task, seed: number): string[] {
  return points.flatMap(({ lambdas, images }) =>
    images.map((scores, image) => {
      const text = captionOf(task.prompts[scores.prompt]!);
      return JSON.stringify({ style: task.style, method, ...lambdas, seed, text, image, scores });
    })
  );
}

/** The first image of the first prompt under every pair. */
async function drawSheets(
  { muse, grid, out }: GuidanceOptions,
  task: Task,
  cells: readonly GridCell[],
): Promise<void> {
  const length = task.ids.length;
  const [base, ...drawn] = await Promise.all(
    cells.map(({ points }) =>
      imagesOf(muse, Int32Array.from(points.flatMap(({ ids }) => ids.slice(0, length))))
    ),
  );
  for (const [i, method] of GUIDED.entries()) {
    const sheet = gridSheet(task, method, grid, drawn[i]!, base![0]!, 0);
    const name = method === "finestyle" ? "sheet" : `sheet-${method}`;
    await writeImage(`${out}/images/${slug(task.style)}/${name}.png`, await contactSheet(sheet));
  }
}

/** Writes tables, figures and, last, the manifest. */
async function writeStudy(
  options: GuidanceOptions,
  cells: ReadonlyMap<string, readonly GridCell[]>,
): Promise<GuidanceStudy> {
  const { out, seed } = options;
  const points = new Map([...cells].map(([id, of]) => [id, pointScores(of)]));
  const table = guidanceTable(options, points);
  const [finestyle, styledrop] = GUIDED.map((id) => points.get(id)!.map((point) => point.cells));
  const equal = equalStyle(finestyle!, styledrop!, seed);
  await writeJson(`${out}/table.json`, table);
  const scaling = scalingEffects(points.get("finestyle")!, points.get(UNSCALED)!, seed);
  await writeAtomic(`${out}/table.md`, guidanceMarkdown(table, equal, scaling));
  await writeAtomic(`${out}/table.csv`, guidanceCsv(table));
  await writeJson(`${out}/equal_style.json`, equal);
  await writeJson(`${out}/scaling.json`, scaling);
  await writeJson(`${out}/trends.json`, trends(options.grid, points, seed));
  for (const [name, chart] of Object.entries(guidanceFigures(table, equal))) {
    await writeFigure(`${out}/figures`, name, chart);
  }
  await writeManifest(out, options.inputs);
  return { table, equal };
}
