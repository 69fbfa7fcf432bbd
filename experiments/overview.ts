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
import { writeImage } from "../lib/io/image.ts";
import { loadMuse, type Muse } from "../lib/models/muse.ts";
import { parseCommand, runCommand, UsageError } from "../lib/show/command.ts";
import { Interruption } from "../lib/show/interruption.ts";
import { Progress } from "../lib/show/progress.ts";
import { contactSheet, type Sheet } from "../lib/show/sheet.ts";
import { type Prepared, preparePairs } from "../lib/style/personalize.ts";
import {
  captionOf,
  conceptsOf,
  evaluationPrompts,
  HELD_OUT_STYLES,
  openWorld,
  referenceScene,
} from "../lib/world/mod.ts";
import { MODEL_FLAGS, startEngine, storedModel } from "./model_flags.ts";
import { imagesBy, type MethodImages, type OnWork, tuneOn } from "./study/cell.ts";
import { ablationMethods, type StudyMethod } from "./study/methods.ts";
import { EMOJI_64_STUDY } from "./study/presets.ts";
import { conceptRow } from "./study/sheets.ts";
import { studyRandom, type Task, taskOf } from "./study/task.ts";

/** The methods shown, by the heads of their columns. */
const SHOWN: Readonly<Record<string, string>> = {
  muse: "untuned",
  styledrop: "StyleDrop",
  finestyle: "FineStyle",
};

/** What a method drew, a picture per prompt. */
type Drawn = Pick<MethodImages, "images">;

/** Runs the command; throws what `runCommand` turns into one sentence. */
export async function main(args: readonly string[]): Promise<void> {
  const { style, seed, out, ...flags } = parseCommand(args, {
    name: "overview",
    summary: "FineStyle in one picture",
    flags: {
      style: { type: "string", default: "glossy 3d rendering", help: "a held-out style" },
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
  const scene = referenceScene(style), { subjects, backgrounds } = conceptsOf(scene);
  const count = subjects.length + backgrounds.length;
  const config = { ...EMOJI_64_STUDY, prompts: count, imagesPerPrompt: 1 };
  const task = await taskOf(muse, world, scene, evaluationPrompts(style, count, seed));
  const methods = ablationMethods(config).filter(({ method }) => method.id in SHOWN);
  const progress = new Progress("overview", 2 * config.tune.steps + methods.length * count);
  const onWork: OnWork = (units, note) => {
    progress.advance(note, units);
    return interruption.check();
  };
  const random = studyRandom(seed, task).split("prepare"); // what personalize() draws from
  const prepared = await preparePairs(muse, task.reference, { scaling: config.scaling }, random);
  const made = new Map<string, Drawn>();
  for (const entry of methods) {
    made.set(entry.method.id, await drawnBy(muse, entry, task, config, seed, onWork));
  }
  progress.finish();
  await writeImage(out, await contactSheet(overviewSheet(task, prepared, made)));
  console.log(`Picture ${out}`);
}

async function drawnBy(
  muse: Muse,
  { method }: StudyMethod,
  task: Task,
  config: typeof EMOJI_64_STUDY,
  seed: number,
  onWork: OnWork,
): Promise<Drawn> {
  const { tuned } = await tuneOn(muse, method, task, seed, onWork);
  try {
    return await imagesBy(tuned, task, config, seed, onWork);
  } finally {
    tuned.dispose();
  }
}

/** A row per concept and prompt. */
export function overviewSheet(
  task: Task,
  prepared: Prepared,
  made: ReadonlyMap<string, Drawn>,
): Sheet {
  const { image, caption } = task.reference;
  return {
    columns: [
      ...["one reference", "its concepts", "attention", "region", "trained on", "new prompts"],
      ...[...made.keys()].map((id) => SHOWN[id]!),
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
          ...[...made.values()].map(({ images }) => images[i]),
          task.truths[i],
        ],
      };
    }),
    scale: 2,
  };
}

if (import.meta.main) await runCommand(() => main(Deno.args));
