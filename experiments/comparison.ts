/**
 * Five styles, every system: what each draws of the same prompts, and what of the reference comes along.
 *
 * COMMAND   deno task comparison [--style NAME,NAME|all] [--prompts N] [--images N] [--engine E]
 *           [--seed N] [--out DIR] [--resume]
 * MINUTES   5 on 2 cores
 * WRITES    config.json, table.{json,md}, sheet.png, sneaker.png, figures/, manifest.json, cells/
 *
 * The paper's figure has five styles and a last column of unwanted concepts: what stands in the
 * reference's caption and not in the prompt. Here the judge looks for them in every picture. The
 * second sheet is the paper's example of leakage: one plain prompt, "a sneaker", on every reference,
 * by StyleDrop and by FineStyle.
 *
 * @module
 */
import { runCommand } from "../lib/show/command.ts";
import { evaluationPrompts, referenceScene, type Scene } from "../lib/world/mod.ts";
import { summariseComparison } from "./comparison/summary.ts";
import { recipeMain } from "./recipe/command.ts";
import { type Drawings, onReference } from "./recipe/drawings.ts";
import type { Recipe, RecipeOptions, RecipeResult } from "./recipe/recipe.ts";
import { clipTableMethods } from "./study/methods.ts";

/** Pictures of the sneaker on each reference. */
const SNEAKERS = 4;

/** The methods in the paper's order; FineStyle's variants are the CLIP table's. */
const ORDER = ["muse", "styledrop", "stylealigned", "ipadapter", "finestyle"];

/** What the command runs. */
export const COMPARISON: Recipe = {
  name: "comparison",
  summary: "five styles by every system, with the concepts that nobody asked for",
  // those that are called most like the paper's
  styles: [
    "glossy 3d rendering",
    "outlined cartoon with shadow",
    "watercolor painting",
    "glowing neon",
    "melting golden 3d rendering",
  ],
  prompts: 6,
  imagesPerPrompt: 1,
  promptsHelp: "prompts in each style",
  methods: (config) =>
    clipTableMethods(config)
      .filter(({ family, method }) => method.id === family)
      .sort((a, b) => ORDER.indexOf(a.family) - ORDER.indexOf(b.family)),
  references: 1,
  pictures: ({ prompts, imagesPerPrompt }) => prompts * imagesPerPrompt + SNEAKERS,
  run: comparison,
};

/** One style: the evaluation prompts, and the sneaker. */
export interface ComparedStyle {
  readonly prompts: Drawings;
  readonly sneaker: Drawings;
}

/** Draws and scores all prompts in every style. */
export async function comparison(options: RecipeOptions): Promise<RecipeResult> {
  const { styles, config, seed } = options;
  const compared: ComparedStyle[] = [];
  for (const style of styles) {
    const prompts = evaluationPrompts(style, config.prompts, seed);
    compared.push(
      await onReference(options, referenceScene(style), async (draw) => ({
        prompts: await draw(prompts),
        sneaker: await draw([sneakerIn(style)], SNEAKERS),
      })),
    );
  }
  return summariseComparison(compared, options);
}

function sneakerIn(style: string): Scene {
  return { subject: "sneaker", pattern: "plain", colour: "white", decoration: "none", style };
}

/** Runs the command; throws what `runCommand` turns into one sentence. */
export function main(args: readonly string[]): Promise<void> {
  return recipeMain(COMPARISON, args);
}

if (import.meta.main) await runCommand(() => main(Deno.args));
