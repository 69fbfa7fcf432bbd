import { readJson, writeJson } from "../../lib/io/files.ts";
import { type Image, writeImage } from "../../lib/io/image.ts";
import type { Tuned } from "../../lib/baselines/method.ts";
import { Random } from "../../lib/engine/random.ts";
import type { Muse } from "../../lib/models/muse.ts";
import { cosine } from "../../lib/score/clip.ts";
import { clipFeedback } from "../../lib/score/feedback.ts";
import type { Scorer } from "../../lib/score/scorer.ts";
import { type AdapterFile, loadAdapter, saveAdapter } from "../../lib/style/adapter_files.ts";
import { cachedCell, hashOf } from "../study/cells.ts";
import { type OnWork, preparation } from "../study/cell.ts";
import type { StudyMethod } from "../study/methods.ts";
import type { StudyConfig } from "../study/presets.ts";
import type { Hashes } from "../study/run_folder.ts";
import { type PartiPrompt, styledPrompt } from "./parti.ts";
import type { ProtocolReference } from "./references.ts";
import { writeProtocol } from "./write.ts";

/** What a run of the protocol is made of. */
export interface ProtocolOptions {
  readonly muse: Muse;
  /** The CLIP that scores. */
  readonly scorer: Scorer;
  readonly methods: readonly StudyMethod[];
  readonly config: StudyConfig;
  readonly references: readonly ProtocolReference[];
  readonly prompts: readonly PartiPrompt[];
  readonly seed: number;
  /** Names for the table. */
  readonly model: string;
  readonly clip: string;
  readonly engine: string;
  /** Hashes of all that was given: they name the cells and go into the manifest. */
  readonly inputs: Hashes;
  /** Folder of the run. */
  readonly out: string;
  /** Takes finished cells and adapters from an earlier run in the same folder. */
  readonly resume: boolean;
  /** Told of work done, in units of {@linkcode protocolWork}. */
  readonly onWork?: OnWork;
}

/** The images of one prompt in one style by one method: what is done or not done. */
export interface ProtocolCell {
  /** Place among the references, and among the prompts. */
  readonly reference: number;
  readonly prompt: number;
  readonly method: string;
  /** Raw cosines with the prompt and with the reference, one of each per image. */
  readonly text: readonly number[];
  readonly style: readonly number[];
  /** [N * L] */
  readonly ids: readonly number[];
  /** Seconds per image. */
  readonly sampleSeconds: number;
  readonly trainableParameters: number;
  readonly tuneSeconds: number;
}

/** Whether a method tunes an adapter. */
export function tunes({ method }: StudyMethod): boolean {
  return method.restore !== undefined;
}

/** The work of a run: one unit per tuning step and per image. */
export function protocolWork(
  { methods, config, references, prompts }: Pick<
    ProtocolOptions,
    "methods" | "config" | "references" | "prompts"
  >,
): number {
  const images = prompts.length * config.imagesPerPrompt;
  return references.length *
    methods.reduce((sum, { method }) => sum + preparation(method) + images, 0);
}

/**
 * Tunes every method on every reference, generates and scores every prompt in its style, and writes the
 * run's folder. An adapter is stored when it is tuned, a cell when its prompt is scored; `resume` goes
 * on from there.
 */
export async function runProtocol(options: ProtocolOptions): Promise<ProtocolCell[]> {
  const { out, methods, references, config, model, clip, engine, seed } = options;
  await writeJson(`${out}/config.json`, {
    protocol: { model, clip, engine, seed },
    references: references.map(({ name, style, reference }) => ({
      ...{ name, style, caption: reference.caption },
    })),
    prompts: options.prompts,
    config,
    methods: methods.map(({ method, settings }) => ({ id: method.id, settings })),
  });
  const cells: ProtocolCell[] = [];
  for (const [i, reference] of references.entries()) {
    const [style] = await options.scorer.embedImages([reference.reference.image]);
    for (const entry of methods) {
      cells.push(...await runMethod(options, entry, i, style!));
    }
  }
  await writeProtocol(options, cells);
  return cells;
}

/** All prompts of one method in one style; it is tuned only if a cell is not there. */
async function runMethod(
  options: ProtocolOptions,
  entry: StudyMethod,
  index: number,
  style: Float32Array,
): Promise<ProtocolCell[]> {
  const { out, config, prompts, resume, onWork } = options;
  const reference = options.references[index]!, { method } = entry;
  const note = `${reference.name}: ${method.id}`;
  const key = tuningKey(options, entry, reference), clip = below(options.inputs, "clip/");
  const cells: ProtocolCell[] = [];
  let tuned: Tuned | undefined, waiting = preparation(method);
  try {
    for (const [prompt, parti] of prompts.entries()) {
      const text = styledPrompt(parti, reference.style);
      const { sampling, imagesPerPrompt } = config;
      const { result, reused } = await cachedCell(
        `${out}/cells/${reference.name}/${method.id}`,
        number(prompt),
        { ...key, clip, text, sampling, imagesPerPrompt },
        resume,
        async (): Promise<ProtocolCell> => {
          tuned ??= await openTuned(options, entry, reference, hashOf(key), note);
          waiting = 0;
          const made = await drawPrompt(options, tuned, text, `${note}, ${text}`);
          await writeImages(`${out}/images/${reference.name}/${method.id}`, prompt, made.images);
          const scores = await scorePrompt(options.scorer, made.images, text, style);
          const { trainableParameters, tuneSeconds } = tuned;
          const { sampleSeconds, ids } = made;
          return {
            ...{ reference: index, prompt, method: method.id, ...scores, ids: [...ids] },
            ...{ sampleSeconds, trainableParameters, tuneSeconds },
          };
        },
      );
      if (reused) await onWork?.(imagesPerPrompt, `${note} from disk`);
      cells.push(result);
    }
    if (waiting > 0) await onWork?.(waiting, `${note} from disk`); // nothing had to be tuned
  } finally {
    tuned?.dispose();
  }
  return cells;
}

/** All that decides an adapter; other references or another CLIP may come and go beside it. */
function tuningKey(
  { inputs, engine, seed }: ProtocolOptions,
  { method, settings }: StudyMethod,
  { name, reference: { image: _, ...words } }: ProtocolReference,
) {
  const model = below(inputs, "model/"), image = below(inputs, `references/${name}`);
  return { version: 1, model, engine, seed, method: method.id, settings, name, image, words };
}

function below(hashes: Hashes, prefix: string): Hashes {
  return Object.fromEntries(Object.entries(hashes).filter(([path]) => path.startsWith(prefix)));
}

/**
 * A method ready for a reference: with the adapter on the disk, or tuned and stored there first. Both
 * read the adapter back, so an interrupted run gives the images of one that was not.
 */
async function openTuned(
  { muse, scorer, seed, out, resume, onWork }: ProtocolOptions,
  entry: StudyMethod,
  { name, reference }: ProtocolReference,
  hash: string,
  note: string,
): Promise<Tuned> {
  const { method, settings } = entry;
  const random = new Random(seed).split("tune").split(name);
  if (!method.restore) return await method.prepare(reference, muse, random);
  const folder = `${out}/adapters/${name}-${method.id}-${hash}`;
  if (resume && await isAdapter(folder)) {
    await onWork?.(preparation(method), `${note} from disk`);
  } else {
    let left = preparation(method);
    const onPrepared = (units: number, more = "") => {
      left -= units;
      return onWork?.(units, note + more);
    };
    const tuned = await method.prepare(
      reference,
      muse,
      random,
      ({ loss }) => onPrepared(1, `, loss ${loss.toFixed(2)}`),
      {
        rate: clipFeedback(scorer),
        onSamples: (count) => onPrepared(count, ", samples"),
      },
    );
    if (left > 0) await onPrepared(left); // it stopped early
    const { caption } = reference, { tuneSeconds, trainableParameters } = tuned;
    const details = { caption, seed, settings, tuneSeconds, trainableParameters };
    await saveAdapter(folder, tuned.adapter!, muse, details);
    tuned.dispose();
  }
  const { adapter, file } = await loadAdapter(folder, muse);
  const tuned = method.restore(adapter, muse, file.details["tuneSeconds"] as number);
  return { ...tuned, trainableParameters: file.trainableParameters };
}

/** `adapter.json` is written last. */
async function isAdapter(folder: string): Promise<boolean> {
  return await readJson<AdapterFile>(`${folder}/adapter.json`).then(() => true, (error) => {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  });
}

async function drawPrompt(
  { config, seed, onWork }: ProtocolOptions,
  tuned: Tuned,
  prompt: string,
  note: string,
) {
  const started = performance.now();
  const { imagesPerPrompt, sampling } = config;
  const made = await tuned.generate({ ...sampling, prompts: [prompt], imagesPerPrompt, seed });
  await onWork?.(imagesPerPrompt, note);
  return { ...made, sampleSeconds: (performance.now() - started) / 1000 / imagesPerPrompt };
}

async function scorePrompt(
  scorer: Scorer,
  images: readonly Image[],
  prompt: string,
  reference: Float32Array,
) {
  const [words] = await scorer.embedTexts([prompt]);
  const embeddings = await scorer.embedImages(images);
  return {
    text: embeddings.map((image) => cosine(image, words!)),
    style: embeddings.map((image) => cosine(image, reference)),
  };
}

async function writeImages(folder: string, prompt: number, images: readonly Image[]) {
  for (const [i, image] of images.entries()) {
    await writeImage(`${folder}/${number(prompt)}-${i}.png`, image);
  }
}

/** "007": prompts in the order of the table. */
const number = (prompt: number) => String(prompt).padStart(3, "0");
