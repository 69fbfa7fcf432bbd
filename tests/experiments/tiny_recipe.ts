import { methodsNamed } from "../../experiments/study/methods.ts";
import type { RecipeOptions } from "../../experiments/recipe/recipe.ts";
import type { Muse } from "../../lib/models/muse.ts";
import { openWorld } from "../../lib/world/mod.ts";
import { COLOUR_JUDGE } from "./tiny_muse.ts";
import { TINY_CONFIG } from "./tiny_study.ts";

/** A recipe's options in one style that needs no drawing of glyphs: three methods, two steps. */
export async function tinyRecipe(
  muse: Muse,
  size: { readonly prompts: number; readonly imagesPerPrompt: number },
): Promise<RecipeOptions> {
  const config = { ...TINY_CONFIG, ...size };
  return {
    muse,
    judge: COLOUR_JUDGE,
    world: await openWorld({ styles: ["sticker"] }),
    methods: methodsNamed(config, ["muse", "styledrop", "finestyle"]),
    config,
    styles: ["sticker"],
    seed: 3,
  };
}
