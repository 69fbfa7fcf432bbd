/**
 * Semantic distance: subjects from near to far of the reference's, and what a memorised reference does
 * to each.
 *
 * COMMAND   deno task semantic-distance [--style NAME,NAME|all] [--prompts N] [--images N] [--engine E]
 *           [--seed N] [--out DIR] [--resume]
 * MINUTES   3 on 2 cores
 * WRITES    config.json, table.{json,md}, sheet.png and one more per further style, figures/,
 *           manifest.json, cells/
 *
 * The paper tunes on a golden flower and asks for a rose, a mushroom and so on to a house. Here the
 * reference is a hibiscus, alone on a plain background, and only the subject changes; so the one thing
 * that can leak is the flower. Distance is 1 - cosine of the judge's text embeddings of the two words.
 *
 * @module
 */
import { runCommand } from "../lib/show/command.ts";
import type { Scene } from "../lib/world/mod.ts";
import { recipeMain } from "./recipe/command.ts";
import { type Drawings, onReference } from "./recipe/drawings.ts";
import type { Recipe, RecipeOptions, RecipeResult } from "./recipe/recipe.ts";
import { nearToFar } from "./semantic_distance/subjects.ts";
import { summariseDistance } from "./semantic_distance/summary.ts";
import { methodsNamed } from "./study/methods.ts";

/** The subject of the reference, as near to the paper's flower as EmojiWorld has it. */
const REFERENCE = "hibiscus";

/** What the command runs. */
export const SEMANTIC_DISTANCE: Recipe = {
  name: "semantic-distance",
  summary: "subjects from near to far of the reference's subject",
  styles: ["melting golden 3d rendering", "watercolor painting"],
  prompts: 15,
  imagesPerPrompt: 4,
  promptsHelp: "subjects from near to far",
  leastPrompts: 3,
  methods: (config) => methodsNamed(config, ["muse", "styledrop", "finestyle"]),
  references: 1,
  pictures: ({ prompts, imagesPerPrompt }) => prompts * imagesPerPrompt,
  run: semanticDistance,
};

/** Draws the subjects in every style and scores them by distance. */
export async function semanticDistance(options: RecipeOptions): Promise<RecipeResult> {
  const subjects = await nearToFar(options.judge, REFERENCE, options.config.prompts);
  const all: Drawings[] = [];
  for (const style of options.styles) {
    const scene = (subject: string): Scene => ({
      ...{ subject, pattern: "plain", colour: "white", decoration: "none", style },
    });
    const prompts = subjects.map(({ subject }) => scene(subject));
    all.push(await onReference(options, scene(REFERENCE), (draw) => draw(prompts)));
  }
  return summariseDistance(subjects, all, options.seed);
}

/** Runs the command; throws what `runCommand` turns into one sentence. */
export function main(args: readonly string[]): Promise<void> {
  return recipeMain(SEMANTIC_DISTANCE, args);
}

if (import.meta.main) await runCommand(() => main(Deno.args));
