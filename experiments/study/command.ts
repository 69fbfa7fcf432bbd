import { loadMuse } from "../../lib/models/muse.ts";
import { loadJudge } from "../../lib/score/judge.ts";
import { parseCommand, UsageError } from "../../lib/show/command.ts";
import { Interruption, resumeAdvice } from "../../lib/show/interruption.ts";
import { Progress } from "../../lib/show/progress.ts";
import { terminalTable } from "../../lib/show/table.ts";
import { HELD_OUT_STYLES, openWorld } from "../../lib/world/mod.ts";
import { MODEL_FLAGS, modelHashes, startEngine, storedModel } from "../model_flags.ts";
import { hashOf } from "./cells.ts";
import { powerWords } from "./comparison.ts";
import { holdFolder } from "./held_folder.ts";
import { runnableMethods, type StudyMethod } from "./methods.ts";
import { PRESETS, type StudyConfig } from "./presets.ts";
import { runStudy, studyWork } from "./run_study.ts";
import { verdict } from "./summary.ts";

const PRESET_NAMES = Object.keys(PRESETS) as (keyof typeof PRESETS)[];

/** A study as a command. */
export interface StudyCommand {
  readonly name: string;
  readonly summary: string;
  /** The rows of its table. */
  readonly methods: (config: StudyConfig) => readonly StudyMethod[];
  /** The styles it runs on, all unless `--style` names one; else the held-out ones by preset. */
  readonly styles?: readonly string[];
}

/**
 * The styles that `--style` names, of those that are known: one, several with commas between them, or
 * all.
 *
 * @param preset Taken where it names none.
 * @throws {UsageError} if it names another
 */
export function chosenStyles(
  names: string | undefined,
  preset: readonly string[],
  known: readonly string[] = HELD_OUT_STYLES,
): string[] {
  if (names === undefined) return [...preset];
  if (names === "all") return [...known];
  const chosen = names.split(",").map((name) => name.trim());
  const unknown = chosen.find((name) => !known.includes(name));
  if (unknown === undefined) return [...new Set(chosen)];
  throw new UsageError(`Unknown style "${unknown}"; known are all, ${known.join(", ")}`);
}

/**
 * The rows that `--rows` names, in the table's order; the untuned model is always the first.
 *
 * @param names With commas; all rows unless given.
 * @throws {UsageError} if one is unknown
 */
export function chosenRows(
  names: string | undefined,
  all: readonly StudyMethod[],
): readonly StudyMethod[] {
  if (names === undefined) return all;
  const wanted = names.split(",").map((name) => name.trim());
  const ids = all.map(({ method }) => method.id);
  const unknown = wanted.find((name) => !ids.includes(name));
  if (unknown !== undefined) {
    throw new UsageError(`Unknown row "${unknown}" in --rows; known are ${ids.join(", ")}`);
  }
  return all.filter(({ method }, i) => i === 0 || wanted.includes(method.id));
}

/** Runs a study and prints its table; throws what `runCommand` turns into one sentence. */
export async function studyMain(
  { name, summary, methods, styles: known }: StudyCommand,
  args: readonly string[],
): Promise<void> {
  const flags = parseCommand(args, {
    name,
    summary,
    flags: {
      preset: { type: "choice", choices: PRESET_NAMES, default: "quick", help: "size" },
      style: { type: "string", optional: true, help: "styles with commas, or all" },
      rows: {
        type: "string",
        optional: true,
        help: "rows of the table with commas (default: all)",
      },
      ...MODEL_FLAGS,
      out: { type: "string", optional: true, help: "folder of the run (default results/<run>)" },
      resume: { type: "boolean", help: "take finished cells from the folder" },
    },
  });
  const { preset, seed, resume } = flags;
  const { config, styles: all } = PRESETS[preset as keyof typeof PRESETS];
  const styles = chosenStyles(flags.style, known ?? all, known);
  const rows = chosenRows(flags.rows, methods(config));
  const model = await storedModel(flags.model);
  const inputs = await modelHashes(model);
  const engine = await startEngine(flags.engine);
  const run = hashOf({ config, styles, inputs, engine, seed });
  const out = flags.out ?? `results/${name}-${preset}-${run}`;
  using _ = await holdFolder(out);
  using interruption = new Interruption(resumeAdvice(name, args));
  const options = {
    muse: await loadMuse(model),
    judge: await loadJudge(model),
    world: await openWorld({ styles }),
    methods: runnableMethods(rows, inputs, console.error),
    model: flags.model.split("/").findLast((part) => part !== "")!,
    ...{ config, styles, seed, engine, preset, inputs, out, resume },
  };
  const progress = new Progress(name, studyWork(options));
  const onWork = (units: number, note: string) => {
    progress.advance(note, units);
    return interruption.check();
  };
  const { table, comparisons } = await runStudy({ ...options, onWork });
  progress.finish();
  const power = powerWords(comparisons);
  console.log(`\n${terminalTable(table)}\n`);
  console.log(
    `${verdict(table.rows, comparisons)}.\n` +
      "Mean ±standard error over prompts; Text, Style and Oracle are raw cosines of the judge.\n" +
      (power && `${power}.\n`) +
      `Table ${out}/table.md, figures ${out}/figures, sheets ${out}/images`,
  );
}
