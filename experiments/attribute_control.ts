/**
 * Fine-grained control: prompt pairs that differ in one attribute, and several attributes at once.
 *
 * COMMAND   deno task attribute-control [--style NAME,NAME|all] [--prompts N] [--images N] [--engine E]
 *           [--seed N] [--out DIR] [--resume]
 * MINUTES   3 on 2 cores
 * WRITES    config.json, table.{json,md}, sheet.png, several.png, figures/, manifest.json, cells/
 *
 * The paper's teaser shows nine pairs from one reference. Here each pair is asked around several
 * subjects, and counted: in what share of its pictures is the attribute what the prompt says? Left out
 * is an answer too: decorations and second objects that are not named must not appear. Heads of the
 * judge tell concepts, colours and decorations, the places where they find two concepts tell their
 * relation, pixels of the background tell its pattern. The column of the exact renderings shows how
 * far these can be trusted.
 *
 * @module
 */
import { runCommand } from "../lib/show/command.ts";
import { captionOf, referenceScene, showsColour } from "../lib/world/mod.ts";
import { attributePrompts, distinct } from "./attribute_control/pairs.ts";
import { picturesOf, type SubjectPictures } from "./attribute_control/pictures.ts";
import { summariseControl } from "./attribute_control/summary.ts";
import { recipeMain } from "./recipe/command.ts";
import { onReference } from "./recipe/drawings.ts";
import type { Recipe, RecipeOptions, RecipeResult } from "./recipe/recipe.ts";
import { methodsNamed } from "./study/methods.ts";

/** Different prompts around one subject. */
const PROMPTS = 12;

/** What the command runs. */
export const ATTRIBUTE_CONTROL: Recipe = {
  name: "attribute-control",
  summary: "prompt pairs that differ in one attribute, and several attributes at once",
  styles: ["watercolor painting"],
  prompts: 8,
  imagesPerPrompt: 2,
  promptsHelp: "subjects that every pair is asked around",
  methods: (config) => methodsNamed(config, ["muse", "styledrop", "finestyle"]),
  references: 1,
  pictures: ({ prompts, imagesPerPrompt }) => prompts * PROMPTS * imagesPerPrompt,
  suits: { style: showsColour, why: "it overwrites the background's colour" },
  run: attributeControl,
};

/** Draws the pairs in every style and counts what is shown. */
export async function attributeControl(options: RecipeOptions): Promise<RecipeResult> {
  const { styles, config, seed } = options;
  const subjects: SubjectPictures[] = [];
  for (const style of styles) {
    const prompts = attributePrompts(style, config.prompts, seed);
    const scenes = distinct(prompts, captionOf);
    const drawings = await onReference(options, referenceScene(style), (draw) => draw(scenes));
    subjects.push(...await picturesOf(options, drawings, prompts));
  }
  return summariseControl(subjects, seed);
}

/** Runs the command; throws what `runCommand` turns into one sentence. */
export function main(args: readonly string[]): Promise<void> {
  return recipeMain(ATTRIBUTE_CONTROL, args);
}

if (import.meta.main) await runCommand(() => main(Deno.args));
