import type { Guidance } from "../../lib/generate/guidance.ts";
import { cachedCell } from "../study/cells.ts";
import { imagesBy, tuneOn } from "../study/cell.ts";
import { type Made, scoreImages, type Yardstick } from "../study/evaluate.ts";
import { ablationMethods, type StudyMethod } from "../study/methods.ts";
import type { StudyConfig } from "../study/presets.ts";
import type { StudyOptions } from "../study/run_study.ts";
import type { CellScores, ImageScore } from "../study/summary.ts";
import { slug, type Task } from "../study/task.ts";
import { type Grid, gridLambdas, type GridRow, guidanceOf, type Lambdas } from "./grid.ts";

/** What the study is made of; its methods are fixed. */
export interface GuidanceOptions extends Omit<StudyOptions, "methods"> {
  readonly grid: Grid;
}

/** A method's images under one guidance. */
export interface GridPoint {
  /** Absent of the untuned model, which has one coefficient. */
  readonly lambdas?: Lambdas;
  /** Seconds per image. */
  readonly sampleSeconds: number;
  readonly images: readonly ImageScore[];
  /** [N * L] */
  readonly ids: readonly number[];
}

/** A method tuned once in one style, and its images under every guidance. */
export interface GridCell extends Pick<CellScores, "style" | "method"> {
  readonly trainableParameters: number;
  readonly tuneSeconds: number;
  /** Of the untuned model one; of the others in the order of `gridLambdas`. */
  readonly points: readonly GridPoint[];
}

/** The row of the other studies that the grid varies, or the untuned model's. */
export function guidedRow(config: StudyConfig, id: GridRow | "muse"): StudyMethod {
  return ablationMethods(config).find(({ method }) => method.id === id)!;
}

/** The work of a cell: one unit per tuning step and per image. */
export function cellWork(config: StudyConfig, grid: Grid, id: GridRow | "muse"): number {
  const images = config.prompts * config.imagesPerPrompt;
  return id === "muse" ? images : gridLambdas(grid).length * images + config.tune.steps;
}

/**
 * A method in one style: from the cache, or tuned once, then generated and scored under every pair of
 * the grid with the same prompts and seeds.
 *
 * @param untuned The untuned model's images; absent where this is the untuned model.
 */
export async function gridCell(
  options: GuidanceOptions,
  id: GridRow | "muse",
  task: Task,
  to: Yardstick,
  untuned?: Made,
): Promise<GridCell> {
  const { out, inputs, engine, seed, config, grid, resume, onWork } = options;
  const { style } = task;
  const row = guidedRow(config, id);
  const key = { version: 1, inputs, engine, seed, style, config, method: id };
  const { result, reused } = await cachedCell(
    `${out}/cells`,
    `${slug(style)}-${id}`,
    { ...key, settings: row.settings, ...(id !== "muse" && { grid }) },
    resume,
    () => tunedCell(options, row, id, task, to, untuned),
  );
  if (reused) await onWork?.(cellWork(config, grid, id), `${style}: ${id} from disk`);
  return result;
}

async function tunedCell(
  { muse, judge, config, seed, grid, onWork }: GuidanceOptions,
  { method }: StudyMethod,
  id: GridRow | "muse",
  task: Task,
  to: Yardstick,
  untuned?: Made,
): Promise<GridCell> {
  const { tuned } = await tuneOn(muse, method, task, seed, onWork);
  const points: GridPoint[] = [];
  const add = async (lambdas?: Lambdas, guidance?: Guidance) => {
    const made = await imagesBy(tuned, task, config, seed, onWork, guidance);
    const images = await scoreImages(judge, to, made, untuned ?? made);
    const { sampleSeconds } = made;
    points.push({ ...(lambdas && { lambdas }), sampleSeconds, images, ids: [...made.ids] });
  };
  try {
    if (id === "muse") await add();
    else for (const lambdas of gridLambdas(grid)) await add(lambdas, guidanceOf(id, lambdas));
  } finally {
    tuned.dispose();
  }
  const { trainableParameters, tuneSeconds } = tuned;
  return { style: task.style, method: method.id, trainableParameters, tuneSeconds, points };
}
