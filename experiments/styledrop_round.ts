/**
 * StyleDrop's iterative training with an adapter of one's own: round 1 draws candidates, some are
 * picked, and round 2 tunes a fresh adapter on those alone (StyleDrop section 3.3).
 *
 * COMMAND   deno task styledrop-round --adapter DIR --out DIR [--per-prompt N] [--contents FILE]
 *           deno task styledrop-round --adapter DIR --out DIR --picked FILE [--steps N]
 *           deno task styledrop-round --adapter DIR --out DIR --feedback text|harmonic|random
 *           [--clip DIR|OWNER/NAME] [--learning-rate X] [--early-stop] [--guidance F] [--resume]
 *           [--model NAME|DIR|OWNER/NAME] [--variant fp16] [--offline]
 * MINUTES   1 to draw, 1 to tune, on 2 cores with the embedded model
 * WRITES    candidates/, candidates.json, candidates-N.png; then picked.json, picked.png,
 *           adapter.safetensors, adapter.json
 *
 * A person looks at the sheets, writes the numbers of the good ones into a file, such as `[3, 17, 40]`,
 * and gives it back with `--picked`. `--feedback text` picks the candidate of each prompt that a CLIP
 * finds nearest to its words, as the paper's CLIP feedback does; do not score by that CLIP afterwards
 * without saying so. `--contents` has one thing to draw per line, without the style.
 *
 * @module
 */
import {
  FEEDBACK_MEASURES,
  type FeedbackMeasure,
  pickSamples,
  samplePairs,
} from "../lib/baselines/feedback.ts";
import { Random } from "../lib/engine/random.ts";
import { imageSide } from "../lib/generate/pipeline.ts";
import { sha256File, writeJson } from "../lib/io/files.ts";
import { readImage, resizeImage, writeImage } from "../lib/io/image.ts";
import { loadMuse, type Muse } from "../lib/models/muse.ts";
import type { Variant } from "../lib/models/weight_files.ts";
import { clipFeedback } from "../lib/score/feedback.ts";
import { parseCommand, runCommand, UsageError } from "../lib/show/command.ts";
import { Interruption, resumeAdvice } from "../lib/show/interruption.ts";
import { Progress } from "../lib/show/progress.ts";
import { type AdapterFile, loadAdapter, saveAdapter } from "../lib/style/adapter_files.ts";
import { applyAdapter, disposeAdapter } from "../lib/style/adapters.ts";
import { EARLY_STOP } from "../lib/style/early_stop.ts";
import type { AdapterConfig } from "../lib/style/placements.ts";
import type { TuneConfig } from "../lib/style/tune.ts";
import { chosenGuidance, GUIDANCE_FLAGS } from "./guidance_flags.ts";
import {
  CLIP_FLAGS,
  fetchedModel,
  HUB_MODEL_FLAGS,
  modelHashes,
  modelWords,
  startEngine,
} from "./model_flags.ts";
import { checkpointFolder, tuneResumably } from "./personalize/tuning.ts";
import { openScorer } from "./score.ts";
import { hashOf } from "./study/cells.ts";
import { EMOJI_64_FEEDBACK, type FeedbackSettings } from "./study/feedback.ts";
import { holdFolder } from "./study/held_folder.ts";
import { styleDropTuning } from "./study/presets.ts";
import { settingsOf } from "./study/settings.ts";
import {
  type Candidate,
  type CandidatesJob,
  drawCandidates,
  readCandidates,
  readPicked,
  writePicked,
  writeSheets,
} from "./styledrop_round/candidates.ts";

const SAVE_EVERY = 10; // seconds between checkpoints
const { guidance, lambda1, lambda2, growth } = GUIDANCE_FLAGS;

const COMMAND = {
  name: "styledrop-round",
  summary: "a second round of tuning, on what is picked from the first one's pictures",
  flags: {
    adapter: { type: "string", help: "folder of round 1, as personalize wrote it" },
    feedback: {
      type: "choice",
      choices: ["person", ...FEEDBACK_MEASURES],
      default: "person",
      help: "who picks",
    },
    picked: { type: "string", optional: true, help: "JSON list of a person's picks: tune on them" },
    clip: CLIP_FLAGS.clip,
    contents: { type: "string", optional: true, help: "text file of what to draw, one per line" },
    perPrompt: { type: "integer", min: 1, max: 256, default: 4, help: "candidates of each" },
    steps: { type: "integer", min: 1, optional: true, help: "tuning steps" },
    earlyStop: { type: "boolean", help: "end where held-out tokens are no longer learned" },
    learningRate: { type: "number", min: 0, optional: true, help: "of the tuning" },
    ...{ guidance, lambda1, lambda2, growth },
    resume: { type: "boolean", help: "go on with an interrupted run" },
    out: { type: "string", help: "folder of the round" },
    ...HUB_MODEL_FLAGS,
  },
} as const;
type Flags = ReturnType<typeof parseCommand<typeof COMMAND>>;

/** Runs the command; throws what `runCommand` turns into one sentence. */
export async function main(args: readonly string[]): Promise<void> {
  const flags = parseCommand(args, COMMAND);
  if (flags.picked !== undefined && flags.feedback !== "person") {
    throw new UsageError(`--picked is a person's: leave --feedback ${flags.feedback} out`);
  }
  const contents = flags.contents === undefined ? undefined : await linesOf(flags.contents);
  const folder = await fetchedModel(flags), { out } = flags;
  const engine = await startEngine(flags.engine);
  const muse = await loadMuse(folder, flags.variant as Variant);
  const round1 = await loadAdapter(flags.adapter, muse);
  const model = await modelHashes(folder);
  using _ = await holdFolder(out);
  using interruption = new Interruption(resumeAdvice("styledrop-round", args));
  const run = { flags, muse, interruption };
  if (flags.picked === undefined) {
    const job = await candidatesJob(flags, muse, round1.file, contents, { model, engine });
    const adapted = applyAdapter(round1.adapter, muse.transformer.weights);
    const candidates = await draw(run, adapted, job);
    adapted.dispose();
    if (flags.feedback === "person") return tellPerson(flags, candidates);
    await writeJson(`${out}/picked.json`, await pickByFeedback(flags, muse, candidates));
  }
  disposeAdapter(round1.adapter);
  const { style, candidates } = await readCandidates(out);
  const numbers = await readPicked(flags.picked ?? `${out}/picked.json`, candidates.length);
  const picked = numbers.map((number) => candidates[number - 1]!);
  await writePicked(out, picked, `${picked.length} of ${candidates.length} candidates were picked`);
  const config = roundTuning(flags, muse, round1.file.config);
  const pairs = await samplePairs(muse, picked);
  const job = { pairs, config, seed: flags.seed, engine, model, variant: flags.variant };
  const options = { out, resume: flags.resume, saveEvery: SAVE_EVERY, interruption };
  const adapter = await tuneResumably(muse, job, options);
  const { seed, feedback } = flags;
  await saveAdapter(out, adapter, muse, { style, seed, feedback, picked: numbers, tune: config });
  disposeAdapter(adapter);
  await keepReference(flags.adapter, out);
  await Deno.remove(checkpointFolder(out, job), { recursive: true }).catch(ignoreMissing);
  console.log(
    `Adapter ${out}/adapter.safetensors, tuned on ${out}/picked.png. Now\n` +
      `deno task generate${
        modelWords(flags)
      } --adapter ${out} --prompt "a cat, in ${style} style" ` +
      "--out cat.png",
  );
}

/** What round 1 draws, and by which settings. */
async function candidatesJob(
  flags: Flags,
  muse: Muse,
  { config, details }: AdapterFile,
  contents: readonly string[] | undefined,
  given: object,
): Promise<CandidatesJob> {
  const { style } = details;
  if (typeof style !== "string") {
    throw new UsageError(
      `Cannot use the adapter "${flags.adapter}": its adapter.json names no style`,
    );
  }
  const { sampling, guidance, feedback = EMOJI_64_FEEDBACK } = settingsOf(muse);
  const settings: FeedbackSettings = {
    ...feedback,
    perPrompt: flags.perPrompt,
    ...(contents && { contents }),
  };
  const job = {
    ...{ style, sampling, seed: flags.seed, feedback: settings },
    guidance: chosenGuidance(flags, guidance, config),
  };
  const adapter = await sha256File(`${flags.adapter}/adapter.safetensors`);
  return { ...job, hash: hashOf({ version: 1, ...job, ...given, adapter }) };
}

interface Run {
  readonly flags: Flags;
  readonly muse: Muse;
  readonly interruption: Interruption;
}

async function draw(
  { flags: { out, resume }, muse, interruption }: Run,
  adapted: ReturnType<typeof applyAdapter>,
  job: CandidatesJob,
): Promise<Candidate[]> {
  const total = job.feedback.contents.length * job.feedback.perPrompt;
  const progress = new Progress("candidates", total, { unit: "images" });
  const onWork = (units: number, note: string) => {
    progress.advance(note, units);
    return interruption.check();
  };
  const candidates = await drawCandidates(muse, adapted, job, out, { resume, onWork });
  progress.finish();
  const title = `${candidates.length} candidates in ${job.style} style: pick by number`;
  console.log(`Candidates ${(await writeSheets(out, candidates, title)).join(", ")}`);
  return candidates;
}

function tellPerson(flags: Flags, candidates: readonly Candidate[]): void {
  console.log(
    `Write the numbers of the good ones, 1 to ${candidates.length}, into ${flags.out}/picked.json, ` +
      "such as [3, 17, 40]. Then\n" +
      `deno task styledrop-round${modelWords(flags)} --adapter ${flags.adapter} ` +
      `--picked ${flags.out}/picked.json --out ${flags.out}`,
  );
}

/** The numbers of one candidate per prompt. */
async function pickByFeedback(
  flags: Flags,
  muse: Muse,
  candidates: readonly Candidate[],
): Promise<number[]> {
  const measure = flags.feedback as FeedbackMeasure, random = new Random(flags.seed).split("pick");
  const side = imageSide(muse), [first] = candidates;
  const reference = measure === "harmonic"
    ? resizeImage(await readImage(`${flags.adapter}/reference.png`), side, side)
    : first!.image; // not looked at
  const rate = measure === "random" ? undefined : clipFeedback((await openScorer(flags)).scorer);
  const picked = await pickSamples(candidates, reference, measure, random, rate);
  return picked.map((i) => candidates[i]!.number);
}

/** Round 2's tuning: round 1's place, with matrices of rank 32 in every layer (table S3). */
function roundTuning(flags: Flags, muse: Muse, round1: AdapterConfig): TuneConfig {
  const settings = settingsOf(muse);
  const tune = round1.placement === "after-cross+mlp" ? styleDropTuning(settings) : settings.tune;
  const { steps = tune.steps, learningRate = tune.learningRate } = flags;
  return {
    ...{ ...tune, steps, learningRate },
    adapter: { ...round1, shared: false, dPrj: 32 },
    ...(flags.earlyStop && { earlyStop: EARLY_STOP }),
  };
}

async function linesOf(path: string): Promise<string[]> {
  const lines = (await Deno.readTextFile(path)).split(/\r?\n/).map((line) => line.trim());
  const contents = [...new Set(lines.filter((line) => line !== ""))];
  if (contents.length > 0) return contents;
  throw new UsageError(`Cannot read "${path}": want one thing to draw per line, found "" alone`);
}

/** The reference goes along, so that a further round can be picked by its style too. */
async function keepReference(from: string, to: string): Promise<void> {
  const image = await readImage(`${from}/reference.png`).catch(ignoreMissing);
  if (image) await writeImage(`${to}/reference.png`, image);
}

function ignoreMissing(error: unknown): void {
  if (!(error instanceof Deno.errors.NotFound)) throw error;
}

if (import.meta.main) await runCommand(() => main(Deno.args));
