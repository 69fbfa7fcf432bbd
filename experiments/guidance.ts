/**
 * The guidance grid: what lambda1 and lambda2 trade for one another, and FineStyle beside StyleDrop at
 * equal Style.
 *
 * COMMAND   deno task guidance [--preset quick|validation|standard] [--style NAME,NAME|all] [--engine E]
 *           [--seed N] [--out DIR] [--resume]
 * MINUTES   3 on 2 cores with quick, 12 with validation, 14 with standard
 * WRITES    config.json, metrics.jsonl, manifest.json, table.{json,md,csv}, equal_style.json,
 *           trends.json, scaling.json, images/, figures/, cells/
 *
 * Each method is tuned once in each style; every pair of coefficients then draws the same prompts with
 * the same seeds. A finished cell (style x method) is kept under the hash of its config, and
 * `--resume` takes it from there.
 *
 * @module
 */
import { loadMuse } from "../lib/models/muse.ts";
import { loadJudge } from "../lib/score/judge.ts";
import { parseCommand, runCommand } from "../lib/show/command.ts";
import { Interruption, resumeAdvice } from "../lib/show/interruption.ts";
import { Progress } from "../lib/show/progress.ts";
import { HELD_OUT_STYLES, openWorld } from "../lib/world/mod.ts";
import { GUIDANCE_PRESETS } from "./guidance/grid.ts";
import { guidanceWork, runGuidance } from "./guidance/run_guidance.ts";
import { equalTerminal } from "./guidance/table.ts";
import { MODEL_FLAGS, modelHashes, startEngine, storedModel } from "./model_flags.ts";
import { chosenStyles } from "./study/command.ts";
import { hashOf } from "./study/cells.ts";
import { holdFolder } from "./study/held_folder.ts";
import { VALIDATION_STYLES } from "./study/presets.ts";

const PRESET_NAMES = Object.keys(GUIDANCE_PRESETS) as (keyof typeof GUIDANCE_PRESETS)[];

/** Runs the command; throws what `runCommand` turns into one sentence. */
export async function main(args: readonly string[]): Promise<void> {
  const flags = parseCommand(args, {
    name: "guidance",
    summary: "lambda1 x lambda2, scored, and both methods at equal Style",
    flags: {
      preset: { type: "choice", choices: PRESET_NAMES, default: "quick", help: "size" },
      style: { type: "string", optional: true, help: "styles with commas, or all" },
      ...MODEL_FLAGS,
      out: { type: "string", optional: true, help: "folder of the run (default results/<run>)" },
      resume: { type: "boolean", help: "take finished cells from the folder" },
    },
  });
  const { preset, seed, resume } = flags;
  const { config, grid, styles: all } = GUIDANCE_PRESETS[preset as keyof typeof GUIDANCE_PRESETS];
  const styles = chosenStyles(flags.style, all, [...HELD_OUT_STYLES, ...VALIDATION_STYLES]);
  const model = await storedModel(flags.model);
  const inputs = await modelHashes(model);
  const engine = await startEngine(flags.engine);
  const run = hashOf({ config, grid, styles, inputs, engine, seed });
  const out = flags.out ?? `results/guidance-${preset}-${run}`;
  using _ = await holdFolder(out);
  using interruption = new Interruption(resumeAdvice("guidance", args));
  const options = {
    muse: await loadMuse(model),
    judge: await loadJudge(model),
    world: await openWorld({ styles }),
    model: flags.model.split("/").findLast((part) => part !== "")!,
    ...{ config, grid, styles, seed, engine, preset, inputs, out, resume },
  };
  const progress = new Progress("guidance", guidanceWork(options));
  const onWork = (units: number, note: string) => {
    progress.advance(note, units);
    return interruption.check();
  };
  const { equal } = await runGuidance({ ...options, onWork });
  progress.finish();
  console.log(`\nFineStyle minus StyleDrop at equal Style\n\n${equalTerminal(equal)}\n`);
  console.log(`Table ${out}/table.md, figures ${out}/figures, sheets ${out}/images`);
}

if (import.meta.main) await runCommand(() => main(Deno.args));
