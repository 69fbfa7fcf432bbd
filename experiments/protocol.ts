/**
 * The paper's protocol: 190 prompts of PartiPrompts in the styles of ten references, 8 images of each,
 * scored by CLIP (method.md 1.8).
 *
 * COMMAND   deno task protocol --references FILE.json --out DIR [--dry-run] [--resume]
 *           [--model DIR|OWNER/NAME] [--variant fp16] [--clip DIR|OWNER/NAME]
 *           [--parti FILE.tsv] [--methods "muse, styledrop, finestyle"]
 *           [--images N] [--steps N] [--learning-rate X] [--offline] [--engine E] [--seed N]
 * MINUTES   `--dry-run`: 1 with the embedded model, 6 in the shape of aMUSEd-256 on 2 busy cores, with
 *           10 GB of memory; it tells what the run itself would take
 * WRITES    config.json, adapters/, cells/, images/, metrics.jsonl, table.json, table.md, styles.csv,
 *           manifest.json
 *
 * FILE.json lists the references, `[{"image": "a.png", "caption": "a cat, in neon style"}, ...]`. The
 * paper's ten styles are, as far as is known: matte textured 3d rendering; watercolor painting; kid
 * crayon drawing; oil painting (twice); glowing neon; flat cartoon vector art; matte and worn out
 * textured wooden sculpture; melting golden 3d rendering; short line drawing. Their images are not free
 * to give away, so they are the user's to choose.
 *
 * Run `--dry-run` first. A run that is cut off goes on with `--resume`: finished adapters and prompts
 * are kept. It has not been run on the real weights yet, so no numbers are expected here.
 *
 * @module
 */
import { sha256File } from "../lib/io/files.ts";
import { loadMuse } from "../lib/models/muse.ts";
import type { Variant } from "../lib/models/weight_files.ts";
import { loadClipScorer } from "../lib/score/clip_scorer.ts";
import { parseCommand, runCommand, UsageError } from "../lib/show/command.ts";
import { Interruption, resumeAdvice } from "../lib/show/interruption.ts";
import { Progress } from "../lib/show/progress.ts";
import { alignCells } from "../lib/show/table.ts";
import { PICKED_BY_SCORER, PUBLISHED } from "./clip_table.ts";
import {
  CLIP_FLAGS,
  fetchedClip,
  fetchedModel,
  HUB_MODEL_FLAGS,
  modelHashes,
  startEngine,
} from "./model_flags.ts";
import { estimateProtocol, estimateText } from "./protocol/estimate.ts";
import { downloadParti, PARTI_PROMPTS, type PartiSource, readParti } from "./protocol/parti.ts";
import { type ProtocolReference, readReferences } from "./protocol/references.ts";
import { protocolWork, runProtocol } from "./protocol/run.ts";
import { protocolRows, protocolTable } from "./protocol/write.ts";
import { holdFolder } from "./study/held_folder.ts";
import { clipTableMethods, type StudyMethod } from "./study/methods.ts";
import type { StudyConfig } from "./study/presets.ts";
import type { Hashes } from "./study/run_folder.ts";
import { AMUSED_STUDY, settingsOf } from "./study/settings.ts";

const REFERENCES = 10; // of the paper

/** Runs the command; throws what `runCommand` turns into one sentence. */
export async function main(args: readonly string[]): Promise<void> {
  await protocol(args);
}

/**
 * {@linkcode main} on prompts of another source than the paper's.
 *
 * @param parti What the file of `--parti` must be.
 */
export async function protocol(
  args: readonly string[],
  parti: PartiSource = PARTI_PROMPTS,
): Promise<void> {
  const flags = parseCommand(args, {
    name: "protocol",
    summary: "the paper's protocol: 190 Parti prompts x 10 references x 8 images, CLIP scores",
    flags: {
      references: { type: "string", help: 'JSON list of {"image", "caption"}' },
      parti: {
        type: "string",
        optional: true,
        help: "PartiPrompts.tsv (default: fetched to --out)",
      },
      methods: {
        type: "string",
        default: "muse, styledrop, finestyle",
        help: "rows of deno task clip-table",
      },
      images: { type: "integer", min: 1, max: 256, default: 8, help: "images per prompt" },
      steps: { type: "integer", min: 1, optional: true, help: "tuning steps (the settings')" },
      learningRate: {
        type: "number",
        min: 0,
        optional: true,
        help: "of the tuning (the settings')",
      },
      dryRun: { type: "boolean", help: "measure a few steps, print what the run would cost, stop" },
      resume: { type: "boolean", help: "go on with an interrupted run" },
      out: { type: "string", help: "folder of the run" },
      ...HUB_MODEL_FLAGS,
      ...CLIP_FLAGS,
      model: { ...HUB_MODEL_FLAGS.model, default: "amused/amused-256" },
      clip: {
        type: "string",
        default: "Xenova/clip-vit-base-patch16",
        help: "CLIP that scores: folder, or owner/name on Hugging Face",
      },
    },
  });
  const { out, seed, resume, clip } = flags;
  const methodsOf = (of: StudyConfig) => chosenMethods(flags.methods, of);
  methodsOf(AMUSED_STUDY); // a misspelt one is refused before anything is fetched
  const references = await readReferences(flags.references);
  const table = await partiFile(flags);
  const prompts = await readParti(table, parti);
  const model = await fetchedModel(flags), scorerFolder = await fetchedClip(clip, flags.offline);
  const inputs = await hashInputs(model, scorerFolder, table, references);
  const engine = await startEngine(flags.engine);
  const muse = await loadMuse(model, flags.variant as Variant);
  const config = configOf(settingsOf(muse), flags), methods = methodsOf(config);
  const options = {
    ...{ muse, scorer: await loadClipScorer(scorerFolder), methods, config, references, prompts },
    ...{ seed, model: flags.model, clip, engine, inputs, out, resume },
  };
  if (references.length !== REFERENCES) {
    console.log(`${references.length} references; the paper's protocol has ${REFERENCES}`);
  }
  if (flags.dryRun) {
    console.log(estimateText(await estimateProtocol(options, methodsOf), options));
    return;
  }
  using _ = await holdFolder(out);
  using interruption = new Interruption(resumeAdvice("protocol", args));
  const progress = new Progress("protocol", protocolWork(options));
  const onWork = (units: number, note: string) => {
    progress.advance(note, units);
    return interruption.check();
  };
  const cells = await runProtocol({ ...options, onWork });
  progress.finish();
  const rows = protocolTable(protocolRows(options, cells));
  const published = PUBLISHED.map(({ row, text, style }) => [
    ...[`${row} (published)`, text.toFixed(3), style.toFixed(3), "-", "-", "-", "-"],
  ]);
  console.log(`\n${alignCells([...rows, ...published], rows[0]!.map((_, i) => i === 0))}\n`);
  console.log(
    `Mean ±standard error over prompts; raw cosines of ${clip}. The published rows are of Muse-3B, ` +
      `with other references.\nTable ${out}/table.md, images ${out}/images`,
  );
  if (methods.some(({ method }) => method.id === "styledrop-cf")) console.log(PICKED_BY_SCORER);
}

/** A model's settings with what the flags change. */
function configOf(
  base: StudyConfig,
  { images, steps, learningRate }: {
    images: number;
    steps: number | undefined;
    learningRate: number | undefined;
  },
): StudyConfig {
  const tune = {
    ...base.tune,
    ...(steps !== undefined && { steps }),
    ...(learningRate !== undefined && { learningRate }),
  };
  const tuneStyleDrop = learningRate === undefined ? base.tuneStyleDrop : {};
  return { ...base, imagesPerPrompt: images, tune, tuneStyleDrop };
}

/**
 * The rows that a comma-separated list names, in the table's order.
 *
 * @throws {UsageError} if one is unknown
 */
export function chosenMethods(list: string, config: StudyConfig): StudyMethod[] {
  const all = clipTableMethods(config), known = all.map(({ method }) => method.id);
  const ids = list.split(",").map((id) => id.trim()).filter((id) => id !== "");
  const unknown = ids.find((id) => !known.includes(id));
  if (unknown !== undefined || ids.length === 0) {
    throw new UsageError(`Unknown method "${unknown ?? ""}"; known are ${known.join(", ")}`);
  }
  return all.filter(({ method }) => ids.includes(method.id));
}

/** The path of PartiPrompts.tsv: the user's, or beside the run's results. */
async function partiFile(
  { parti, out, offline }: { parti: string | undefined; out: string; offline: boolean },
): Promise<string> {
  if (parti !== undefined) return parti;
  const path = `${out}/PartiPrompts.tsv`;
  if (!offline) await downloadParti(path);
  return path;
}

async function hashInputs(
  model: string,
  clip: string,
  parti: string,
  references: readonly ProtocolReference[],
): Promise<Hashes> {
  const below = async (name: string, folder: string) =>
    Object.entries(await modelHashes(folder)).map(([path, hash]) => [`${name}/${path}`, hash]);
  return Object.fromEntries([
    ...await below("model", model),
    ...await below("clip", clip),
    ["PartiPrompts.tsv", await sha256File(parti)],
    ...await Promise.all(references.map(async ({ name, path }) => {
      return [`references/${name}`, await sha256File(path)];
    })),
  ]);
}

if (import.meta.main) await runCommand(() => main(Deno.args));
