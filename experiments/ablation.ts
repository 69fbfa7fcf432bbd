/**
 * Placement x data scaling: which adapter, on which pairs, learns a style without its content.
 *
 * COMMAND   deno task ablation [--preset quick|standard|paper] [--style NAME|all] [--engine E]
 *           [--seed N] [--out DIR] [--resume]
 * MINUTES   quick: 3 on 2 cores
 * WRITES    config.json, metrics.jsonl, manifest.json, table.{json,md,csv}, comparisons.json,
 *           images/, figures/, cells/
 *
 * Rows: the untuned Muse; StyleDrop; FineStyle without data scaling; FineStyle; FineStyle with its
 * adapters on self-attention's keys and values, and on the MLP. All rows see the same prompts and
 * seeds. A finished cell (style x method) is kept under the hash of its config, and `--resume` takes
 * it from there.
 *
 * @module
 */
import { type EngineName, useEngine } from "../lib/engine/mod.ts";
import { loadMuse } from "../lib/models/muse.ts";
import { loadJudge } from "../lib/score/judge.ts";
import { parseCommand, runCommand, UsageError } from "../lib/show/command.ts";
import { Progress } from "../lib/show/progress.ts";
import { terminalTable } from "../lib/show/table.ts";
import { HELD_OUT_STYLES, openWorld } from "../lib/world/mod.ts";
import { MODEL_FLAGS, modelFolder, modelHashes } from "./model_flags.ts";
import { hashOf } from "./study/cells.ts";
import { ablationMethods } from "./study/methods.ts";
import { PRESETS } from "./study/presets.ts";
import { runStudy, studyWork } from "./study/run_study.ts";
import { verdict } from "./study/summary.ts";

const PRESET_NAMES = Object.keys(PRESETS) as (keyof typeof PRESETS)[];

/** The styles that `--style` names. */
export function chosenStyles(name: string | undefined, preset: readonly string[]): string[] {
  if (name === undefined) return [...preset];
  if (name === "all") return [...HELD_OUT_STYLES];
  if (HELD_OUT_STYLES.includes(name)) return [name];
  throw new UsageError(`Unknown style "${name}"; known are all, ${HELD_OUT_STYLES.join(", ")}`);
}

/** Runs the command; throws what `runCommand` turns into one sentence. */
export async function main(args: readonly string[]): Promise<void> {
  const flags = parseCommand(args, {
    name: "ablation",
    summary: "placement x data scaling, scored",
    flags: {
      preset: { type: "choice", choices: PRESET_NAMES, default: "quick", help: "size" },
      style: { type: "string", optional: true, help: "a held-out style, or all" },
      ...MODEL_FLAGS,
      out: { type: "string", optional: true, help: "folder of the run (default results/<run>)" },
      resume: { type: "boolean", help: "take finished cells from the folder" },
    },
  });
  const { preset, engine, seed, resume } = flags;
  const { config, styles: all } = PRESETS[preset as keyof typeof PRESETS];
  const styles = chosenStyles(flags.style, all);
  const model = modelFolder(flags.model);
  const inputs = await modelHashes(model);
  const run = hashOf({ config, styles, inputs, engine, seed });
  const out = flags.out ?? `results/ablation-${preset}-${run}`;
  await useEngine(engine as EngineName);
  const options = {
    muse: await loadMuse(model),
    judge: await loadJudge(model),
    world: await openWorld({ styles }),
    methods: ablationMethods(config),
    model: model.split("/").findLast((part) => part !== "")!,
    ...{ config, styles, seed, engine, preset, inputs, out, resume },
  };
  const progress = new Progress("ablation", studyWork(options));
  const onWork = (units: number, note: string) => progress.advance(note, units);
  const { table, comparisons } = await runStudy({ ...options, onWork });
  progress.finish();
  console.log(`\n${terminalTable(table)}\n`);
  console.log(
    `${verdict(table.rows, comparisons)}.\n` +
      "Mean ±standard error over prompts; Text, Style and Oracle are raw cosines of the judge.\n" +
      `Table ${out}/table.md, figures ${out}/figures, sheets ${out}/images`,
  );
}

if (import.meta.main) await runCommand(() => main(Deno.args));
