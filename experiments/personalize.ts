/**
 * One's own style image: concepts, regions, pairs, and an adapter tuned on them.
 *
 * COMMAND   deno task personalize --image FILE --caption TEXT [--style TEXT] [--concepts "A, B"]
 *           [--regions FILE] [--method finestyle|styledrop] [--preview] [--steps N] [--early-stop]
 *           [--learning-rate X] [--resume]
 *           [--model NAME|DIR|OWNER/NAME] [--variant fp16] [--offline] --out DIR
 * MINUTES   1 on 2 cores with the embedded model
 * WRITES    reference.png, concepts.json, concepts.png; then adapter.safetensors, adapter.json
 *
 * `--preview` stops before tuning. Concepts that are wrong are given by `--concepts`, boxes that are
 * wrong are corrected in concepts.json, which `--regions` takes back. `--method styledrop` tunes
 * StyleDrop's round 1, on the whole picture alone; `styledrop-round` goes on from there. `--resume` goes
 * on with the same job only: other words, boxes or settings start anew.
 *
 * @module
 */
import { Random } from "../lib/engine/random.ts";
import { imageSide } from "../lib/generate/pipeline.ts";
import { readJson, writeJson } from "../lib/io/files.ts";
import {
  type Box,
  cropImage,
  type Image,
  readImage,
  resizeImage,
  writeImage,
} from "../lib/io/image.ts";
import { shownValue } from "../lib/io/shown.ts";
import { loadMuse, type Muse } from "../lib/models/muse.ts";
import type { Variant } from "../lib/models/weight_files.ts";
import { parseCommand, runCommand, UsageError } from "../lib/show/command.ts";
import { Interruption, resumeAdvice } from "../lib/show/interruption.ts";
import { contactSheet } from "../lib/show/sheet.ts";
import { saveAdapter } from "../lib/style/adapter_files.ts";
import { disposeAdapter } from "../lib/style/adapters.ts";
import { sortConcepts } from "../lib/style/concepts.ts";
import { EARLY_STOP } from "../lib/style/early_stop.ts";
import { type Prepared, preparePairs, type Reference } from "../lib/style/personalize.ts";
import type { TuneConfig } from "../lib/style/tune.ts";
import {
  fetchedModel,
  HUB_MODEL_FLAGS,
  modelHashes,
  modelWords,
  startEngine,
} from "./model_flags.ts";
import { checkpointFolder, tuneResumably } from "./personalize/tuning.ts";
import { holdFolder } from "./study/held_folder.ts";
import { type StudyConfig, styleDropTuning } from "./study/presets.ts";
import { settingsOf } from "./study/settings.ts";
import { conceptSheet } from "./study/sheets.ts";

/** What was found in a reference; a person may change the boxes and give the file back. */
interface ConceptsFile {
  readonly schema: "finestyle.concepts/1";
  readonly caption: string;
  readonly style: string;
  /** Boxes in pixels of reference.png. */
  readonly concepts: readonly { readonly phrase: string; readonly box: Box }[];
}

const SAVE_EVERY = 10; // seconds between checkpoints

/**
 * Runs the command; throws what `runCommand` turns into one sentence.
 *
 * @param saveEvery Seconds between checkpoints.
 */
export async function main(args: readonly string[], saveEvery = SAVE_EVERY): Promise<void> {
  const flags = parseCommand(args, {
    name: "personalize",
    summary: "tunes an adapter on one style image of your own",
    flags: {
      image: { type: "string", help: "the style image: PNG, JPEG or WebP" },
      caption: { type: "string", help: 'what it shows, ending with "in ... style"' },
      style: { type: "string", optional: true, help: "the style phrase, if the caption has none" },
      concepts: { type: "string", optional: true, help: "phrases of the caption, comma-separated" },
      regions: { type: "string", optional: true, help: "a concepts.json with corrected boxes" },
      method: {
        type: "choice",
        choices: ["finestyle", "styledrop"],
        default: "finestyle",
        help: "what is tuned",
      },
      preview: { type: "boolean", help: "stop before tuning, to look at concepts.png" },
      steps: { type: "integer", min: 1, optional: true, help: "tuning steps" },
      earlyStop: { type: "boolean", help: "end where held-out tokens are no longer learned" },
      learningRate: { type: "number", min: 0, optional: true, help: "of the tuning" },
      resume: { type: "boolean", help: "go on with an interrupted tuning" },
      out: { type: "string", help: "folder to write to" },
      ...HUB_MODEL_FLAGS,
    },
  });
  const { out, seed, variant, resume } = flags;
  if (flags.method === "styledrop" && (flags.regions ?? flags.concepts) !== undefined) {
    throw new UsageError("--method styledrop tunes on the whole picture: leave its concepts out");
  }
  const folder = await fetchedModel(flags);
  const image = centreSquare(await readImage(flags.image));
  const boxes = flags.regions === undefined ? undefined : await readBoxes(flags.regions);
  const engine = await startEngine(flags.engine);
  const muse = await loadMuse(folder, variant as Variant);
  const side = imageSide(muse);
  const reference: Reference = {
    image: image.width > side ? image : resizeImage(image, side, side),
    caption: flags.caption,
    ...(flags.style === undefined ? {} : { style: flags.style }),
    ...(flags.concepts === undefined ? {} : { concepts: sortConcepts(phrases(flags.concepts)) }),
    ...(boxes && { boxes }),
  };
  const { scaling, ...settings } = methodSettings(flags.method as "finestyle" | "styledrop", muse);
  const prepared = await preparePairs(
    muse,
    reference,
    { scaling },
    new Random(seed).split("prepare"),
  );
  using _ = await holdFolder(out);
  using interruption = new Interruption(resumeAdvice("personalize", args));
  await writeConcepts(out, muse, reference, prepared);
  if (flags.preview) {
    console.log(`Look at ${out}/concepts.png; correct boxes in ${out}/concepts.json (--regions)`);
    return;
  }
  const { steps = settings.steps, learningRate = settings.learningRate } = flags;
  const config = {
    ...{ ...settings, steps, learningRate },
    ...(flags.earlyStop && { earlyStop: EARLY_STOP }),
  };
  const model = await modelHashes(folder);
  const job = { pairs: prepared.pairs, config, seed, engine, model, variant };
  const adapter = await tuneResumably(muse, job, { out, resume, saveEvery, interruption });
  const { caption, style } = prepared.decomposition;
  await saveAdapter(out, adapter, muse, { caption, style, seed, tune: config });
  disposeAdapter(adapter);
  await Deno.remove(checkpointFolder(out, job), { recursive: true }).catch(ignoreMissing);
  const base = modelWords(flags);
  console.log(
    `Adapter ${out}/adapter.safetensors, concepts ${out}/concepts.png. Now\n` +
      `deno task generate${base} --adapter ${out} --prompt "a cat, in ${style} style" --out cat.png`,
  );
}

/** How a method takes a reference apart, and tunes on it. */
function methodSettings(
  method: "finestyle" | "styledrop",
  muse: Muse,
): TuneConfig & Pick<StudyConfig, "scaling"> {
  const settings = settingsOf(muse), { scaling, tune } = settings;
  return method === "finestyle"
    ? { ...tune, scaling }
    : { ...styleDropTuning(settings), scaling: { ...scaling, mode: "none" } };
}

/** The largest square around the middle: the model's images are squares. */
export function centreSquare(image: Image): Image {
  const side = Math.min(image.width, image.height);
  const [x, y] = [Math.floor((image.width - side) / 2), Math.floor((image.height - side) / 2)];
  return cropImage(image, { x, y, width: side, height: side });
}

function phrases(list: string): string[] {
  return list.split(",").map((phrase) => phrase.trim()).filter((phrase) => phrase !== "");
}

/**
 * Boxes by phrase from a concepts.json.
 *
 * @throws {SyntaxError} if the file is none
 */
export async function readBoxes(path: string): Promise<Map<string, Box>> {
  const file = await readJson<ConceptsFile | null>(path);
  if (file?.schema !== "finestyle.concepts/1" || !Array.isArray(file.concepts)) {
    const schema = shownValue(file?.schema);
    throw new SyntaxError(`Cannot read "${path}": schema is ${schema}, want finestyle.concepts/1`);
  }
  return new Map(file.concepts.map((concept: ConceptsFile["concepts"][number] | null, i) => {
    const { phrase, box } = concept ?? {};
    const { x, y, width, height } = box ?? {};
    const whole = [x, y, width, height].every(Number.isSafeInteger);
    if (typeof phrase === "string" && whole) {
      return [phrase, { x, y, width, height } as Box];
    }
    throw new SyntaxError(
      `Cannot read "${path}": concept ${i + 1} wants a phrase and a box of whole pixels`,
    );
  }));
}

/** Writes reference.png, concepts.png and concepts.json. */
async function writeConcepts(
  out: string,
  muse: Muse,
  reference: Reference,
  prepared: Prepared,
): Promise<void> {
  const { caption, style } = prepared.decomposition;
  const side = imageSide(muse);
  const ids = muse.encodeImage([resizeImage(reference.image, side, side)]);
  const [roundTrip] = await muse.decodeImage(ids);
  ids.dispose();
  const sheet = conceptSheet({ reference, roundTrip: roundTrip! }, prepared);
  const scale = Math.max(1, Math.round(128 / reference.image.width));
  await writeImage(`${out}/reference.png`, reference.image);
  await writeImage(`${out}/concepts.png`, await contactSheet({ ...sheet, scale }));
  const concepts = [...prepared.regions].map(([phrase, { box }]) => ({ phrase, box }));
  const file: ConceptsFile = { schema: "finestyle.concepts/1", caption, style, concepts };
  await writeJson(`${out}/concepts.json`, file);
}

function ignoreMissing(error: unknown): void {
  if (!(error instanceof Deno.errors.NotFound)) throw error;
}

if (import.meta.main) await runCommand(() => main(Deno.args));
