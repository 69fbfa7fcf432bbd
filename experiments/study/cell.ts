import type { Rate } from "../../lib/baselines/feedback.ts";
import type { Method, Tuned } from "../../lib/baselines/method.ts";
import type { Guidance } from "../../lib/generate/guidance.ts";
import type { Muse } from "../../lib/models/muse.ts";
import type { Judge } from "../../lib/score/judge.ts";
import { captionOf } from "../../lib/world/mod.ts";
import { type Made, scoreImages, type Yardstick } from "./evaluate.ts";
import type { StudyMethod } from "./methods.ts";
import type { StudyConfig } from "./presets.ts";
import type { CellScores } from "./summary.ts";
import { studyRandom, type Task } from "./task.ts";

/** A finished cell: its scores, tokens and losses. */
export interface Cell extends CellScores {
  readonly losses: readonly number[];
  /** [N * L] */
  readonly ids: readonly number[];
}

/** A method's images of a task, and what they cost. */
export interface MethodImages extends Made {
  /** Cross-entropy of masked tokens per tuning step, nats. */
  readonly losses: readonly number[];
  readonly trainableParameters: number;
  readonly tuneSeconds: number;
  /** Seconds per image. */
  readonly sampleSeconds: number;
}

/** Told of work done since the last call: one unit per tuning step and per image. */
export type OnWork = (units: number, note: string) => void | Promise<void>;

/** The work of preparing a method, in the units of {@linkcode OnWork}. */
export function preparation({ steps = 0, samples = 0 }: Pick<Method, "steps" | "samples">): number {
  return steps + samples;
}

/**
 * Tunes a method on the task's reference. The same seed gives every method the same batches and masks.
 *
 * @param rate Rates a method's own samples, where it is tuned on some of them.
 * @returns The tuned method, which the caller disposes, and the losses of {@linkcode MethodImages}.
 */
export async function tuneOn(
  muse: Muse,
  method: Method,
  task: Task,
  seed: number,
  onWork: OnWork = () => {},
  rate?: Rate,
): Promise<{ tuned: Tuned; losses: number[] }> {
  const losses: number[] = [];
  let left = preparation(method);
  const onPrepared = (units: number, note = "") => {
    left -= units;
    return onWork(units, `${task.style}: ${method.id}${note}`);
  };
  const onStep = ({ loss }: { readonly loss: number }) => {
    losses.push(loss);
    return onPrepared(1, `, loss ${loss.toFixed(2)}`);
  };
  const tuned = await method.prepare(task.reference, muse, studyRandom(seed, task), onStep, {
    onSamples: (count) => onPrepared(count, ", samples"),
    ...(rate && { rate }),
  });
  if (left > 0) await onPrepared(left); // it stopped early
  return { tuned, losses };
}

/**
 * All prompts of the task by a tuned method. The same seed gives every method and every guidance the
 * same sampling noise.
 *
 * @param guidance The method's own unless given.
 */
export async function imagesBy(
  tuned: Tuned,
  task: Task,
  config: StudyConfig,
  seed: number,
  onWork: OnWork = () => {},
  guidance?: Guidance,
): Promise<Made & Pick<MethodImages, "sampleSeconds">> {
  const started = performance.now();
  let reported = 0;
  const made = await tuned.generate({
    ...config.sampling,
    prompts: task.prompts.map(captionOf),
    imagesPerPrompt: config.imagesPerPrompt,
    seed,
    ...(guidance && { guidance }),
    onProgress: (done) => {
      const units = done - reported;
      reported = done;
      return onWork(units, `${task.style}: ${tuned.method.id}`);
    },
  });
  const seconds = (performance.now() - started) / 1000;
  return { ...made, sampleSeconds: seconds / made.images.length };
}

/** Tunes a method on the task's reference and generates all its prompts. */
export async function makeImages(
  muse: Muse,
  method: Method,
  task: Task,
  config: StudyConfig,
  seed: number,
  onWork?: OnWork,
  rate?: Rate,
): Promise<MethodImages> {
  const { tuned, losses } = await tuneOn(muse, method, task, seed, onWork, rate);
  try {
    const made = await imagesBy(tuned, task, config, seed, onWork);
    const { trainableParameters, tuneSeconds } = tuned;
    return { ...made, losses, trainableParameters, tuneSeconds };
  } finally {
    tuned.dispose();
  }
}

/** {@linkcode makeImages} of several methods in turn, by row id. */
export async function makeAll(
  muse: Muse,
  methods: readonly StudyMethod[],
  task: Task,
  config: StudyConfig,
  seed: number,
  onWork?: OnWork,
): Promise<Map<string, MethodImages>> {
  const made = new Map<string, MethodImages>();
  for (const { method } of methods) {
    made.set(method.id, await makeImages(muse, method, task, config, seed, onWork));
  }
  return made;
}

/** Scores a method's images; `untuned` are the untuned model's of the same prompts and seeds. */
export async function cellOf(
  judge: Judge,
  to: Yardstick,
  task: Task,
  { id }: Pick<Method, "id">,
  made: MethodImages,
  untuned: Made,
): Promise<Cell> {
  const { images: _, ids, ...costs } = made;
  const scores = await scoreImages(judge, to, made, untuned);
  return { style: task.style, method: id, ...costs, images: scores, ids: [...ids] };
}
