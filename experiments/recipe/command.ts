import { loadMuse } from "../../lib/models/muse.ts";
import { loadJudge } from "../../lib/score/judge.ts";
import { parseCommand, UsageError } from "../../lib/show/command.ts";
import { Interruption, resumeAdvice } from "../../lib/show/interruption.ts";
import { Progress } from "../../lib/show/progress.ts";
import { alignCells } from "../../lib/show/table.ts";
import { openWorld } from "../../lib/world/mod.ts";
import { MODEL_FLAGS, modelHashes, startEngine, storedModel } from "../model_flags.ts";
import { hashOf } from "../study/cells.ts";
import { chosenStyles } from "../study/command.ts";
import { holdFolder } from "../study/held_folder.ts";
import { runnableMethods } from "../study/methods.ts";
import { EMOJI_64_STUDY } from "../study/presets.ts";
import { type Recipe, recipeWork } from "./recipe.ts";
import { writeRecipe } from "./write_recipe.ts";

/** Runs a recipe and prints its tables; throws what `runCommand` turns into one sentence. */
export async function recipeMain(recipe: Recipe, args: readonly string[]): Promise<void> {
  const { name, summary, leastPrompts: min = 1, imagesPerPrompt: images } = recipe;
  const flags = parseCommand(args, {
    name,
    summary,
    flags: {
      style: { type: "string", optional: true, help: "held-out styles with commas, or all" },
      prompts: {
        ...{ type: "integer", min, max: 100, default: recipe.prompts, help: recipe.promptsHelp },
      },
      images: { type: "integer", min: 1, max: 64, default: images, help: "pictures per prompt" },
      ...MODEL_FLAGS,
      out: {
        type: "string",
        optional: true,
        help: `folder of the run (default results/${name}, or results/<run> with other sizes)`,
      },
      resume: { type: "boolean", help: "take finished pictures from the folder" },
    },
  });
  const { prompts, seed, resume } = flags;
  const styles = suitedStyles(recipe, flags.style);
  const config = { ...EMOJI_64_STUDY, prompts, imagesPerPrompt: flags.images };
  const model = await storedModel(flags.model);
  const inputs = await modelHashes(model);
  const engine = await startEngine(flags.engine);
  const isStandard = flags.style === undefined && prompts === recipe.prompts &&
    flags.images === images && seed === 0 && flags.model === MODEL_FLAGS.model.default;
  const run = isStandard ? name : `${name}-${hashOf({ config, styles, inputs, engine, seed })}`;
  const out = flags.out ?? `results/${run}`;
  using _ = await holdFolder(out);
  using interruption = new Interruption(resumeAdvice(name, args));
  const options = {
    muse: await loadMuse(model),
    judge: await loadJudge(model),
    world: await openWorld({ styles }),
    methods: runnableMethods(recipe.methods(config), inputs, console.error),
    cells: { folder: `${out}/cells`, resume, key: { inputs, engine } },
    ...{ config, styles, seed },
  };
  const progress = new Progress(name, recipeWork(recipe, options));
  const onWork = (units: number, note: string) => {
    progress.advance(note, units);
    return interruption.check();
  };
  const result = await recipe.run({ ...options, onWork });
  progress.finish();
  const stem = flags.model.split("/").findLast((part) => part !== "")!;
  await writeRecipe(out, { ...options, name, model: stem, engine, inputs }, result);
  for (const { caption, rows } of result.tables) {
    console.log(`\n${caption}\n\n${alignCells(rows, rows[0]!.map((_, column) => column === 0))}`);
  }
  console.log(
    `\n${result.verdict}.\nTable ${out}/table.md, figures ${out}/figures, sheets in ${out}`,
  );
}

/** The styles that `--style` names; of all of them, those that suit. */
function suitedStyles({ name, styles, suits }: Recipe, given: string | undefined): string[] {
  const chosen = chosenStyles(given, styles);
  if (!suits) return chosen;
  const suited = chosen.filter(suits.style);
  const refused = chosen.find((style) => !suits.style(style));
  if (given === "all" || refused === undefined) return suited;
  throw new UsageError(`Cannot make ${name} of style "${refused}": ${suits.why}`);
}
