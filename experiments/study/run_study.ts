import { writeAtomic, writeJson } from "../../lib/io/files.ts";
import { type Image, writeImage } from "../../lib/io/image.ts";
import type { Muse } from "../../lib/models/muse.ts";
import type { Judge } from "../../lib/score/judge.ts";
import type { World } from "../../lib/world/mod.ts";
import { cachedCell, pathOfCell } from "./cells.ts";
import { clipFeedback } from "../../lib/score/feedback.ts";
import { type Cell, cellOf, makeImages, type OnWork, preparation } from "./cell.ts";
import { type Made, type Yardstick, yardstick } from "./evaluate.ts";
import type { StudyMethod } from "./methods.ts";
import type { StudyConfig } from "./presets.ts";
import type { Hashes } from "./run_folder.ts";
import { drawSheets } from "./sheets.ts";
import { imagesOf, openTask, slug, type Task } from "./task.ts";
import { metricLines, type Study, writeStudy } from "./write_study.ts";

/** What a study is made of. */
export interface StudyOptions {
  readonly muse: Muse;
  readonly judge: Judge;
  readonly world: World;
  /** The first one must be the untuned model, which the leakage of the others is measured against. */
  readonly methods: readonly StudyMethod[];
  readonly config: StudyConfig;
  readonly styles: readonly string[];
  readonly seed: number;
  /** Names for the table. */
  readonly model: string;
  readonly engine: string;
  readonly preset: string;
  /** Hashes of the model's files: they name the cells and go into the manifest. */
  readonly inputs: Hashes;
  /** Folder of the run. */
  readonly out: string;
  /** Takes finished cells from an earlier run in the same folder. */
  readonly resume: boolean;
  /** Told of work done, in units of {@linkcode studyWork}. */
  readonly onWork?: OnWork;
}

/** The work of a study: one unit per tuning step and per image. */
export function studyWork({ methods, config, styles }: StudyOptions): number {
  const images = config.prompts * config.imagesPerPrompt;
  return styles.length *
    methods.reduce((sum, { method }) => sum + preparation(method) + images, 0);
}

/**
 * Runs every method on the reference of every style with the same prompts and seeds, scores the
 * images and writes the run's folder: `config.json`, `metrics.jsonl`,
 * `table.{json,md,csv}`, `comparisons.json`, `images/`, `figures/`, `cells/`, `manifest.json`.
 */
export async function runStudy(options: StudyOptions): Promise<Study> {
  const { out, styles, methods, seed, config, model, engine, preset } = options;
  await writeJson(`${out}/config.json`, {
    study: { model, engine, preset, seed, styles },
    config,
    methods: methods.map(({ method, settings }) => ({ id: method.id, settings })),
  });
  const cells = new Map<string, Cell[]>(methods.map(({ method }) => [method.id, []]));
  const lines: string[] = [];
  for (const style of styles) {
    const task = await openTask(options.muse, options.world, style, config.prompts, seed);
    const made = await runStyle(options, task, cells);
    for (const [id, of] of cells) lines.push(...metricLines(id, task, of.at(-1)!, seed));
    await writeAtomic(`${out}/metrics.jsonl`, lines.join("\n") + "\n");
    await drawSheets(`${out}/images/${slug(style)}`, options, task, made);
  }
  return await writeStudy(options, cells);
}

/** All methods on one style; returns the images of each by row id. */
async function runStyle(
  options: StudyOptions,
  task: Task,
  cells: Map<string, Cell[]>,
): Promise<Map<string, readonly Image[]>> {
  const to = await yardstick(options.judge, task);
  const images = new Map<string, readonly Image[]>();
  let untuned: Made | undefined;
  for (const entry of options.methods) {
    const { cell, made } = await runCell(options, entry, task, to, untuned);
    untuned ??= made;
    cells.get(entry.method.id)!.push(cell);
    images.set(entry.method.id, made.images);
    await writeFirstImages(options, task.style, entry.method.id, made.images);
  }
  return images;
}

/** Up to so many styles the pictures are written one by one too; of more, only the sheets. */
const FEW_STYLES = 3;

type CellConditions = Pick<StudyOptions, "inputs" | "engine" | "seed" | "config">;

function cellKey(
  out: string,
  { inputs, engine, seed, config }: CellConditions,
  style: string,
  { method, settings }: StudyMethod,
) {
  const key = { version: 2, inputs, engine, seed, style, config, method: method.id, settings };
  return { folder: `${out}/cells`, name: `${slug(style)}-${method.id}`, key };
}

/** The file that keeps what one method gave in one style. */
export function cellPath(...of: Parameters<typeof cellKey>): string {
  const { folder, name, key } = cellKey(...of);
  return pathOfCell(folder, name, key);
}

/** One method on one style: from the cache, or tuned, generated and scored. */
async function runCell(
  options: StudyOptions,
  entry: StudyMethod,
  task: Task,
  to: Yardstick,
  untuned: Made | undefined,
): Promise<{ cell: Cell; made: Made }> {
  const { muse, config, seed } = options;
  const { style } = task;
  const { method } = entry;
  const count = config.prompts * config.imagesPerPrompt;
  let fresh: Made | undefined;
  const { folder, name, key } = cellKey(options.out, options, style, entry);
  const { result, reused } = await cachedCell(
    folder,
    name,
    key,
    options.resume,
    async (): Promise<Cell> => {
      const rate = clipFeedback(options.judge);
      const made = await makeImages(muse, method, task, config, seed, options.onWork, rate);
      fresh = made;
      return await cellOf(options.judge, to, task, method, made, untuned ?? made);
    },
  );
  if (reused) {
    await options.onWork?.(count + preparation(method), `${style}: ${method.id} from disk`);
  }
  const ids = Int32Array.from(result.ids);
  return { cell: result, made: fresh ?? { ids, images: await imagesOf(muse, ids) } };
}

/** The first image of each prompt as a PNG; the tokens of all are in `cells/`. */
async function writeFirstImages(
  { out, config, styles }: StudyOptions,
  style: string,
  method: string,
  images: readonly Image[],
): Promise<void> {
  if (styles.length > FEW_STYLES) return;
  for (let i = 0; i < images.length; i += config.imagesPerPrompt) {
    const name = String(i / config.imagesPerPrompt).padStart(3, "0");
    await writeImage(`${out}/images/${slug(style)}/${method}/${name}.png`, images[i]!);
  }
}
