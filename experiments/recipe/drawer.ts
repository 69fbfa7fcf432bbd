import type { Method, Tuned } from "../../lib/baselines/method.ts";
import type { Muse } from "../../lib/models/muse.ts";
import { captionOf } from "../../lib/world/mod.ts";
import { cachedCell } from "../study/cells.ts";
import { imagesBy, type MethodImages, tuneOn } from "../study/cell.ts";
import type { StudyMethod } from "../study/methods.ts";
import { imagesOf, slug, type Task } from "../study/task.ts";
import type { RecipeOptions } from "./recipe.ts";

/** One method on one reference: tuned when it must draw, and kept for the prompts to come. */
export class Drawer {
  readonly method: Method;
  readonly #options: RecipeOptions;
  readonly #settings: unknown;
  #tuned: { tuned: Tuned; losses: number[] } | undefined;

  constructor(options: RecipeOptions, { method, settings }: StudyMethod) {
    this.method = method;
    this.#options = options;
    this.#settings = settings;
  }

  /** Draws the task's prompts, or takes them from the store. All tasks must have one reference. */
  async draw(task: Task, imagesPerPrompt: number): Promise<MethodImages> {
    const { muse, cells, onWork } = this.#options;
    if (!cells) return await this.#make(task, imagesPerPrompt);
    const name = `${slug(task.style)}-${this.method.id}`;
    const key = this.#key(task, imagesPerPrompt);
    let fresh: MethodImages | undefined;
    const { result } = await cachedCell(cells.folder, name, key, cells.resume, async () => {
      fresh = await this.#make(task, imagesPerPrompt);
      const { images: _, ids, ...costs } = fresh;
      return { ...costs, ids: [...ids] };
    });
    if (fresh) return fresh;
    const ids = Int32Array.from(result.ids);
    const images = await imagesOf(muse, ids);
    await onWork?.(images.length, `${task.style}: ${this.method.id} from disk`);
    return { ...result, ids, images };
  }

  /** Counts the tuning as done where all pictures came from the store. */
  async finish(): Promise<void> {
    const { config, onWork } = this.#options;
    if (this.#tuned || this.method.placement === "none") return;
    await onWork?.(config.tune.steps, `${this.method.id} from disk`);
  }

  /** Frees the adapter. */
  dispose(): void {
    this.#tuned?.tuned.dispose();
  }

  async #make(task: Task, imagesPerPrompt: number): Promise<MethodImages> {
    const { muse, seed, onWork } = this.#options;
    const config = { ...this.#options.config, imagesPerPrompt };
    this.#tuned ??= await tuneOn(muse, this.method, task, seed, onWork);
    const { tuned, losses } = this.#tuned;
    const made = await imagesBy(tuned, task, config, seed, onWork);
    const { trainableParameters, tuneSeconds } = tuned;
    return { ...made, losses, trainableParameters, tuneSeconds };
  }

  #key({ scene, prompts }: Task, imagesPerPrompt: number) {
    const { config: { sampling }, seed, cells } = this.#options;
    return {
      ...{ version: 1, run: cells?.key, seed, method: this.method.id, settings: this.#settings },
      ...{ reference: scene, sampling, imagesPerPrompt, prompts: prompts.map(captionOf) },
    };
  }
}

/** The exact renderings of a task's prompts, as often as each prompt is drawn. */
export async function exactly(
  muse: Muse,
  { truths }: Task,
  imagesPerPrompt: number,
): Promise<MethodImages> {
  const images = truths.flatMap((truth) => Array.from({ length: imagesPerPrompt }, () => truth));
  const tokens = muse.encodeImage(images);
  const ids = await tokens.data() as Int32Array;
  tokens.dispose();
  return { images, ids, losses: [], trainableParameters: 0, tuneSeconds: 0, sampleSeconds: 0 };
}
