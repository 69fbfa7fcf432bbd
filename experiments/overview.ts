/**
 * FineStyle in one picture: a reference taken apart, what its adapter is trained on, and what comes out.
 *
 * COMMAND   deno task overview [--style NAME] [--engine E] [--seed N] [--out FILE]
 * MINUTES   1 on 2 cores
 * WRITES    results/overview.png
 *
 * A row per concept of the reference: its words, where attention finds it, the region made of that, the
 * pair. Beside it a prompt that no one was tuned on, by the untuned model, StyleDrop and FineStyle with
 * the same seeds, and the true picture.
 *
 * @module
 */
import { type Image, writeImage } from "../lib/io/image.ts";
import { loadMuse, type Muse } from "../lib/models/muse.ts";
import { parseCommand, runCommand, UsageError } from "../lib/show/command.ts";
import { Interruption } from "../lib/show/interruption.ts";
import { Progress } from "../lib/show/progress.ts";
import { contactSheet, type Sheet } from "../lib/show/sheet.ts";
import { type Prepared, preparePairs } from "../lib/style/personalize.ts";
import {
  captionOf,
  conceptsOf,
  HELD_OUT_STYLES,
  openWorld,
  referenceScene,
  type World,
} from "../lib/world/mod.ts";
import { MODEL_FLAGS, startEngine, storedModel } from "./model_flags.ts";
import { imagesBy, type OnWork, tuneOn } from "./study/cell.ts";
import { ablationMethods, type StudyMethod } from "./study/methods.ts";
import { EMOJI_64_STUDY, type StudyConfig } from "./study/presets.ts";
import { conceptRow } from "./study/sheets.ts";
import { openTask, studyRandom, type Task } from "./study/task.ts";

/** The methods shown, by the heads of their columns. */
const SHOWN: Readonly<Record<string, string>> = {
  muse: "untuned",
  styledrop: "StyleDrop",
  finestyle: "FineStyle",
};

/** Runs the command; throws what `runCommand` turns into one sentence. */
export async function main(args: readonly string[]): Promise<void> {
  const { style, seed, out, ...flags } = parseCommand(args, {
    name: "overview",
    summary: "FineStyle in one picture",
    flags: {
      style: { type: "string", default: "glowing neon", help: "a held-out style" },
      ...MODEL_FLAGS,
      out: { type: "string", default: "results/overview.png", help: "the picture" },
    },
  });
  if (!HELD_OUT_STYLES.includes(style)) {
    throw new UsageError(`--style is "${style}", want one of ${HELD_OUT_STYLES.join(", ")}`);
  }
  const model = await storedModel(flags.model);
  await startEngine(flags.engine);
  using interruption = new Interruption("Nothing was written.");
  const muse = await loadMuse(model), world = await openWorld({ styles: [style] });
  const config = { ...EMOJI_64_STUDY, prompts: conceptsIn(style), imagesPerPrompt: 1 };
  const methods = shownMethods(config);
  const tuned = methods.filter(({ method }) => method.placement !== "none").length;
  const work = tuned * config.tune.steps + methods.length * config.prompts;
  const progress = new Progress("overview", work);
  const sheet = await overview({ muse, world, config, style, seed }, (units, note) => {
    progress.advance(note, units);
    return interruption.check();
  });
  progress.finish();
  await writeImage(out, await contactSheet(sheet));
  console.log(`Picture ${out}`);
}

/** Concepts of a style's reference: the picture's rows. */
function conceptsIn(style: string): number {
  const { subjects, backgrounds } = conceptsOf(referenceScene(style));
  return subjects.length + backgrounds.length;
}

function shownMethods(config: StudyConfig): StudyMethod[] {
  return ablationMethods(config).filter(({ method }) => method.id in SHOWN);
}

/** What the picture is made of; as many prompts as the reference has concepts. */
export interface OverviewOptions {
  readonly muse: Muse;
  /** With the style loaded. */
  readonly world: World;
  readonly config: StudyConfig;
  readonly style: string;
  readonly seed: number;
}

/** Takes the style's reference apart, tunes, draws. */
export async function overview(
  { muse, world, config, style, seed }: OverviewOptions,
  onWork?: OnWork,
): Promise<Sheet> {
  const task = await openTask(muse, world, style, config.prompts, seed);
  const random = studyRandom(seed, task).split("prepare"); // what personalize() draws from
  const prepared = await preparePairs(muse, task.reference, { scaling: config.scaling }, random);
  const drawn = new Map<string, readonly Image[]>();
  for (const { method } of shownMethods(config)) {
    const { tuned } = await tuneOn(muse, method, task, seed, onWork);
    try {
      const { images } = await imagesBy(tuned, task, config, seed, onWork);
      drawn.set(SHOWN[method.id]!, images);
    } finally {
      tuned.dispose();
    }
  }
  return overviewSheet(task, prepared, drawn);
}

/** A row per concept and prompt. */
function overviewSheet(
  task: Task,
  prepared: Prepared,
  drawn: ReadonlyMap<string, readonly Image[]>,
): Sheet {
  const { image, caption } = task.reference;
  return {
    columns: [
      ...["one reference", "its concepts", "attention", "region", "trained on", "new prompts"],
      ...drawn.keys(),
      "true picture",
    ],
    rows: prepared.maps.map((map, i) => {
      const concept = conceptRow(map, image, prepared);
      return {
        caption: "",
        images: [
          [image, caption][i],
          concept.caption,
          ...concept.images,
          captionOf(task.prompts[i]!),
          ...[...drawn.values()].map((images) => images[i]),
          task.truths[i],
        ],
      };
    }),
    scale: 2,
  };
}

if (import.meta.main) await runCommand(() => main(Deno.args));
