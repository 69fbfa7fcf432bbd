import type { Tuned } from "../../lib/baselines/method.ts";
import { type Branch, branchWeights, type Guidance } from "../../lib/generate/guidance.ts";
import type { Image } from "../../lib/io/image.ts";
import { markdownRows } from "../../lib/show/table.ts";
import { type Grid, gridLambdas, guidanceOf } from "../guidance/grid.ts";
import { imagesBy, type OnWork } from "../study/cell.ts";
import type { StudyConfig } from "../study/presets.ts";
import type { Task } from "../study/task.ts";

const BRANCHES: Readonly<Record<Branch, string>> = {
  adaptedPrompt: "Ĝ(t)",
  basePrompt: "G(t)",
  adaptedNull: "Ĝ(n)",
  baseNull: "G(n)",
};

/** What each forward pass is multiplied with under some guidances, as Markdown. */
export function weightTable(guidances: readonly Guidance[]): string {
  const branches = Object.keys(BRANCHES) as Branch[];
  return markdownRows([
    ["guidance", ...branches.map((branch) => BRANCHES[branch])],
    ...guidances.map((guidance) => {
      const { kind, growth: _, ...lambdas } = guidance;
      const weights = branchWeights(guidance);
      const words = Object.entries(lambdas).map((entry) => entry.join(" "));
      return [
        `${kind}: ${words.join(", ")}`,
        ...branches.map((branch) => weights[branch] === 0 ? "-" : String(weights[branch])),
      ];
    }),
  ], [true, ...branches.map(() => false)]);
}

/**
 * All prompts of a task under every pair of a grid, with the same noise.
 *
 * @returns By prompt, the first image of each pair in the order of `gridLambdas`.
 */
export async function drawGrid(
  tuned: Tuned,
  task: Task,
  config: StudyConfig,
  grid: Grid,
  seed: number,
  onWork?: OnWork,
): Promise<Image[][]> {
  const drawn: Image[][] = task.prompts.map(() => []);
  for (const lambdas of gridLambdas(grid)) {
    const guidance = guidanceOf("finestyle", lambdas);
    const { images } = await imagesBy(tuned, task, config, seed, onWork, guidance);
    drawn.forEach((of, prompt) => of.push(images[prompt * config.imagesPerPrompt]!));
  }
  return drawn;
}
