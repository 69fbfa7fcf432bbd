import type { Image } from "../../lib/io/image.ts";
import type { Scene } from "../../lib/world/mod.ts";
import { type Cell, cellOf } from "../study/cell.ts";
import { type Made, yardstick } from "../study/evaluate.ts";
import { taskOf } from "../study/task.ts";
import type { Task } from "../study/task.ts";
import { Drawer, exactly } from "./drawer.ts";
import type { RecipeOptions } from "./recipe.ts";

/** The row of the exact renderings: what a method that does all it is asked would score. */
export const TRUTH = "true picture";

/** What one method drew, `imagesPerPrompt` of each prompt side by side, and its scores. */
export interface Drawing {
  readonly images: readonly Image[];
  readonly cell: Cell;
}

/** A list of prompts on one reference. */
export interface Drawings {
  readonly task: Task;
  readonly imagesPerPrompt: number;
  /** By the methods' ids, in their order; last {@linkcode TRUTH}. */
  readonly of: ReadonlyMap<string, Drawing>;
}

/**
 * Draws prompts by every method.
 *
 * @param prompts Scenes in the reference's style.
 * @param imagesPerPrompt The config's unless given.
 */
export type Draw = (prompts: readonly Scene[], imagesPerPrompt?: number) => Promise<Drawings>;

/**
 * Does what draws on one reference. Each method is tuned on it once, when its first pictures are asked
 * for, and draws any number of lists of prompts; it is freed at the end.
 */
export async function onReference<T>(
  options: RecipeOptions,
  reference: Scene,
  work: (draw: Draw) => Promise<T>,
): Promise<T> {
  const { muse, judge, world, config, methods } = options;
  const drawers = methods.map((entry) => new Drawer(options, entry));
  const draw: Draw = async (prompts, imagesPerPrompt = config.imagesPerPrompt) => {
    const task = await taskOf(muse, world, reference, prompts);
    const to = await yardstick(judge, task);
    const of = new Map<string, Drawing>();
    let untuned: Made | undefined;
    for (const drawer of drawers) {
      const made = await drawer.draw(task, imagesPerPrompt);
      untuned ??= made;
      const cell = await cellOf(judge, to, task, drawer.method, made, untuned);
      of.set(drawer.method.id, { images: made.images, cell });
    }
    const exact = await exactly(muse, task, imagesPerPrompt);
    const cell = await cellOf(judge, to, task, { id: TRUTH }, exact, untuned ?? exact);
    of.set(TRUTH, { images: exact.images, cell });
    return { task, imagesPerPrompt, of };
  };
  try {
    const result = await work(draw);
    for (const drawer of drawers) await drawer.finish();
    return result;
  } finally {
    drawers.forEach((drawer) => drawer.dispose());
  }
}
