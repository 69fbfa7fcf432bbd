import type { Image } from "../../lib/io/image.ts";
import type { Sheet } from "../../lib/show/sheet.ts";
import { captionOf } from "../../lib/world/mod.ts";
import type { Task } from "../study/task.ts";
import { type Grid, gridLambdas, type GuidedMethod } from "./grid.ts";

const NAMES = {
  finestyle: ["FineStyle", "λ1", "λ2"],
  styledrop: ["StyleDrop", "λA", "λB"],
} as const;

/**
 * One prompt at every pair of the grid, with the same sampling noise: columns of equal lambda1, rows of
 * equal lambda2 (figure 9 of the paper).
 *
 * @param images In the order of `gridLambdas`.
 * @param prompt Its place among the task's prompts.
 */
export function gridSheet(
  task: Task,
  method: GuidedMethod,
  grid: Grid,
  images: readonly Image[],
  untuned: Image,
  prompt: number,
): Sheet {
  const [name, first, second] = NAMES[method];
  const beside = [task.reference.image, task.truths[prompt], untuned];
  const pairs = gridLambdas(grid);
  const rows = grid.lambda2.map((lambda2, r) => ({
    caption: `${second} = ${lambda2}`,
    images: [...images.filter((_, i) => pairs[i]!.lambda2 === lambda2), beside[r]],
  }));
  return {
    title: `${name}: ${captionOf(task.prompts[prompt]!)}`,
    columns: [
      ...grid.lambda1.map((lambda1) => `${first} = ${lambda1}`),
      "from the top: reference, true picture, untuned",
    ],
    rows,
    scale: 2,
  };
}
