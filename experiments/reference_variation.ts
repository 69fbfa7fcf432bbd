/**
 * Variation of one reference: what comes out when single concepts are taken out of what is tuned on, and
 * when they are left out of the prompt.
 *
 * COMMAND   deno task reference-variation [--style NAME,NAME|all] [--prompts N] [--images N] [--engine E]
 *           [--seed N] [--out DIR] [--resume]
 * MINUTES   5 on 2 cores
 * WRITES    config.json, table.{json,md}, sheet.png, words.png (one of each per further style),
 *           figures/, manifest.json, cells/
 *
 * By reference: adapters are tuned on five variants of a style's reference, with and without its second
 * object, its decoration and its pattern; all draw the same prompts, which name none of these. So a
 * concept that is found more often when it stood in the reference has leaked, and the difference is
 * the leakage of exactly that concept.
 *
 * By words, as in the paper's figure of trees, mountains and a village: the adapter of the whole
 * reference draws the variants' own captions. What is left out of the words should be gone.
 *
 * @module
 */
import { runCommand } from "../lib/show/command.ts";
import { evaluationPrompts, referenceScene } from "../lib/world/mod.ts";
import { recipeMain } from "./recipe/command.ts";
import { type Drawings, onReference } from "./recipe/drawings.ts";
import type { Recipe, RecipeOptions, RecipeResult } from "./recipe/recipe.ts";
import { summariseVariation } from "./reference_variation/summary.ts";
import { type StylePictures, stylePictures } from "./reference_variation/pictures.ts";
import { variantsOf } from "./reference_variation/variants.ts";
import { methodsNamed } from "./study/methods.ts";

/** Variants of a reference. */
const VARIANTS = 5;

/** What the command runs. */
export const REFERENCE_VARIATION: Recipe = {
  name: "reference-variation",
  summary: "one reference with single concepts taken out, of the picture or of the words",
  styles: ["watercolor painting"],
  prompts: 12,
  imagesPerPrompt: 1,
  promptsHelp: "prompts by every adapter, and pictures of each caption",
  methods: (config) => methodsNamed(config, ["muse", "styledrop", "finestyle"]),
  references: VARIANTS,
  pictures: ({ prompts, imagesPerPrompt }) => VARIANTS * prompts * (imagesPerPrompt + 1),
  run: referenceVariation,
};

/** Draws by all variants, and all captions by the whole one. */
export async function referenceVariation(options: RecipeOptions): Promise<RecipeResult> {
  const { styles, config, seed } = options;
  const all: StylePictures[] = [];
  for (const style of styles) {
    const variants = variantsOf(referenceScene(style));
    const prompts = evaluationPrompts(style, config.prompts, seed);
    const byReference: Drawings[] = [];
    let byWords: Drawings | undefined;
    for (const { scene } of variants) {
      await onReference(options, scene, async (draw) => {
        byReference.push(await draw(prompts));
        byWords ??= await draw(variants.map((variant) => variant.scene), config.prompts);
      });
    }
    all.push(await stylePictures(options, variants, byReference, byWords!));
  }
  return summariseVariation(all, seed);
}

/** Runs the command; throws what `runCommand` turns into one sentence. */
export function main(args: readonly string[]): Promise<void> {
  return recipeMain(REFERENCE_VARIATION, args);
}

if (import.meta.main) await runCommand(() => main(Deno.args));
