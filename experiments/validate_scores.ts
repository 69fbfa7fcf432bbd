/**
 * Whether the scores measure what they are named after, on pictures for which the truth is known.
 *
 * COMMAND   deno task validate-scores [--trials N] [--seed N] [--engine NAME] [--out DIR]
 * MINUTES   3 on 2 cores
 * WRITES    validation.md, validation.json and the figures; those of the standard run are in
 *           results/score_validation
 *
 * No generator is asked: exact renderings of held-out styles are changed in one known way, by a
 * pasted object, another style, another caption or repetition, and scored.
 *
 * LAST GAVE AUC of the detector for a subject of 32 px pasted in 0.98, of Style 0.98, of Text for the
 *           subject 0.88; CMMD 0.24 within a style, 10.6 to another
 *
 * @module
 */
import { loadMuse } from "../lib/models/muse.ts";
import { loadJudge } from "../lib/score/judge.ts";
import { parseCommand, runCommand } from "../lib/show/command.ts";
import { Progress } from "../lib/show/progress.ts";
import { HELD_OUT_STYLES, openWorld } from "../lib/world/mod.ts";
import { MODEL_FLAGS, modelHashes, startEngine, storedModel } from "./model_flags.ts";
import { HELD_OUT, recordsOf, SEEN } from "./pretrain/pool.ts";
import { leakageSection } from "./validate_scores/leakage.ts";
import { writeReport } from "./validate_scores/report.ts";
import type { Section } from "./validate_scores/section.ts";
import { cmmdSection, diversitySection } from "./validate_scores/spread.ts";
import { styleSection } from "./validate_scores/style.ts";
import { textSection } from "./validate_scores/text.ts";
import { drawTrials } from "./validate_scores/trials.ts";

/** Every so many trials give a prompt to Diversity, which draws many pictures of each. */
const DIVERSITY_STRIDE = 4;

/** Runs the command; throws what `runCommand` turns into one sentence. */
export async function main(args: readonly string[]): Promise<void> {
  const flags = parseCommand(args, {
    name: "validate-scores",
    summary: "checks the scores on pictures for which the truth is known",
    flags: {
      trials: { type: "integer", min: 2, max: 1000, default: 20, help: "in each held-out style" },
      out: { type: "string", default: "results/score_validation", help: "folder of the report" },
      ...MODEL_FLAGS,
    },
  });
  const { trials: perStyle, seed, model, out } = flags;
  const folder = await storedModel(model);
  await modelHashes(folder);
  const engine = await startEngine(flags.engine);
  const world = await openWorld({ jitter: 1 }); // exact unless a stream is given
  const [judge, muse] = [await loadJudge(folder), await loadMuse(folder)];
  const seen = recordsOf(SEEN, HELD_OUT);
  const trials = drawTrials(perStyle, seed, seen);
  const some = trials.filter((_, t) => t % DIVERSITY_STRIDE === 0);
  const progress = new Progress("validate-scores", 5);
  const sections: Section[] = [];
  for (
    const measure of [
      () => leakageSection(trials, world, judge, muse, seed),
      () => styleSection(trials, world, judge, seed),
      () => textSection(trials, world, judge, seed),
      () => diversitySection(some, world, judge, seed),
      () => cmmdSection(HELD_OUT_STYLES, world, judge, seed, seen),
    ]
  ) {
    sections.push(await measure());
    progress.advance(sections.at(-1)!.title);
  }
  progress.finish();
  judge.dispose();
  muse.dispose();
  await writeReport(out, { model, engine, seed, styles: HELD_OUT_STYLES, perStyle }, sections);
  const checks = sections.flatMap((section) => section.checks);
  for (const { score, expected, found, holds } of checks) {
    console.log(`${holds ? "holds" : "FAILS"}  ${score}: ${expected}: ${found}`);
  }
  console.log(`${out}/validation.md`);
}

if (import.meta.main) await runCommand(() => main(Deno.args));
