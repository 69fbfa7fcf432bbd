import { Random } from "../../lib/engine/random.ts";
import { writeAtomic, writeJson } from "../../lib/io/files.ts";
import { type Image, writeImage } from "../../lib/io/image.ts";
import type { Muse } from "../../lib/models/muse.ts";
import type { Judge } from "../../lib/score/judge.ts";
import { writeFigure } from "../../lib/show/figure_files.ts";
import { csvTable, markdownTable, type Table } from "../../lib/show/table.ts";
import { captionOf, type World } from "../../lib/world/mod.ts";
import { cachedCell } from "./cells.ts";
import { type Made, scoreImages, type Yardstick, yardstick } from "./evaluate.ts";
import type { StudyMethod } from "./methods.ts";
import type { StudyConfig } from "./presets.ts";
import { type Hashes, writeManifest } from "./run_folder.ts";
import { drawSheets } from "./sheets.ts";
import { type CellScores, type Comparison, comparisons, figures, tableRow } from "./summary.ts";
import { imagesOf, openTask, type Task } from "./task.ts";

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
  readonly onWork?: (units: number, note: string) => void;
}

/** A finished cell: its scores, tokens and losses. */
interface Cell extends CellScores {
  readonly losses: readonly number[];
  /** [N * L] */
  readonly ids: readonly number[];
}

/** The table and the paired comparisons of a finished study. */
export interface Study {
  readonly table: Table;
  readonly comparisons: readonly Comparison[];
}

/** The work of a study: one unit per tuning step and per image. */
export function studyWork({ methods, config, styles }: StudyOptions): number {
  const images = config.prompts * config.imagesPerPrompt;
  const tuned = methods.filter(({ family }) => family !== "muse").length;
  return styles.length * (methods.length * images + tuned * config.tune.steps);
}

/**
 * Runs every method on the reference of every style with the same prompts and seeds, scores the
 * images and writes the run's folder (design.md, Commands): `config.json`, `metrics.jsonl`,
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
  return await finish(options, cells);
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

/** One method on one style: from the cache, or tuned, generated and scored. */
async function runCell(
  options: StudyOptions,
  { method, settings }: StudyMethod,
  task: Task,
  to: Yardstick,
  untuned: Made | undefined,
): Promise<{ cell: Cell; made: Made }> {
  const { muse, config, seed, engine, inputs } = options;
  const { style } = task;
  const key = { version: 1, inputs, engine, seed, style, config, method: method.id, settings };
  const count = config.prompts * config.imagesPerPrompt;
  let fresh: Made | undefined;
  const name = `${slug(style)}-${method.id}`;
  const { result, reused } = await cachedCell(
    `${options.out}/cells`,
    name,
    key,
    options.resume,
    async (): Promise<Cell> => {
      const { made, ...costs } = await makeImages(options, method, task);
      fresh = made;
      const images = await scoreImages(options.judge, to, made, untuned ?? made);
      return { style, method: method.id, ...costs, images, ids: [...made.ids] };
    },
  );
  if (reused) {
    const steps = method.placement === "none" ? 0 : config.tune.steps;
    options.onWork?.(count + steps, `${style}: ${method.id} from disk`);
  }
  const ids = Int32Array.from(result.ids);
  return { cell: result, made: fresh ?? { ids, images: await imagesOf(muse, ids) } };
}

/** Tunes a method on the task's reference and generates all prompts. */
async function makeImages(
  { muse, config, seed, onWork }: StudyOptions,
  method: StudyMethod["method"],
  task: Task,
) {
  const losses: number[] = [];
  const note = `${task.style}: ${method.id}`;
  const tuned = await method.prepare(task.reference, muse, studyRandom(seed, task), ({ loss }) => {
    losses.push(loss);
    onWork?.(1, `${note}, loss ${loss.toFixed(2)}`);
  });
  try {
    const started = performance.now();
    let reported = 0;
    const made = await tuned.generate({
      ...config.sampling,
      prompts: task.prompts.map(captionOf),
      imagesPerPrompt: config.imagesPerPrompt,
      seed,
      onProgress: (done) => {
        onWork?.(done - reported, note);
        reported = done;
      },
    });
    const seconds = (performance.now() - started) / 1000;
    return {
      made,
      losses,
      trainableParameters: tuned.trainableParameters,
      tuneSeconds: tuned.tuneSeconds,
      sampleSeconds: seconds / made.images.length,
    };
  } finally {
    tuned.dispose();
  }
}

/** The stream that tunes a style: the same for every method, so that batches and masks agree. */
export function studyRandom(seed: number, task: Task): Random {
  return new Random(seed).split("tune").split(task.style);
}

/** One line of `metrics.jsonl` per image. */
function metricLines(method: string, task: Task, cell: Cell, seed: number): string[] {
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

/** The first image of each prompt as a PNG; the tokens of all are in `cells/`. */
async function writeFirstImages(
  { out, config }: StudyOptions,
  style: string,
  method: string,
  images: readonly Image[],
): Promise<void> {
  for (let i = 0; i < images.length; i += config.imagesPerPrompt) {
    const name = String(i / config.imagesPerPrompt).padStart(3, "0");
    await writeImage(`${out}/images/${slug(style)}/${method}/${name}.png`, images[i]!);
  }
}

async function finish(options: StudyOptions, cells: Map<string, Cell[]>): Promise<Study> {
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
  const subtitle = styles.length === 1 ? styles[0]! : `${styles.length} held-out styles`;
  for (const [name, chart] of Object.entries(figures(table.rows, subtitle))) {
    await writeFigure(`${out}/figures`, name, chart);
  }
  await writeFigure(`${out}/figures`, "loss", lossChart(cells, styles[0]!));
  await writeManifest(out, options.inputs);
  return { table, comparisons: paired };
}

/** Tuning losses of one style, each the mean of a window of a twentieth of the steps. */
function lossChart(cells: ReadonlyMap<string, readonly Cell[]>, style: string) {
  const series = [...cells].flatMap(([name, [cell]]) => {
    if (!cell || cell.losses.length === 0) return [];
    const window = Math.max(1, Math.round(cell.losses.length / 20));
    const y = cell.losses.map((_, i) => {
      const part = cell.losses.slice(Math.max(0, i + 1 - window), i + 1);
      return part.reduce((a, b) => a + b, 0) / part.length;
    });
    return [{ name, x: y.map((_, i) => i + 1), y }];
  });
  return {
    kind: "line" as const,
    title: `Tuning, ${style}`,
    x: { title: "step" },
    y: { title: "cross-entropy of masked tokens", unit: "nats" },
    series,
  };
}

/** A name as part of a path: `glossy-3d-rendering`. */
export function slug(name: string): string {
  return name.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-");
}
