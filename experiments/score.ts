/**
 * Scores of images from anywhere: nearness to their prompts and to a style image, and what of the
 * style image's content the judge finds in them.
 *
 * COMMAND   deno task score --images DIR --prompts FILE --reference FILE [--unwanted "A, B"]
 *           [--clip DIR|OWNER/NAME] [--offline] [--out FILE.json]
 * SECONDS   5 on 2 cores with the embedded judge
 *
 * The judge knows EmojiWorld; `--clip Xenova/clip-vit-base-patch16` scores any pictures, at the
 * resolution they have, by the CLIP that papers report.
 *
 * The images of DIR are taken in the order of their names; FILE has one prompt per line, as many
 * images per prompt side by side as divide evenly.
 *
 * @module
 */
import { writeJson } from "../lib/io/files.ts";
import { type Image, readImage, resizeImage } from "../lib/io/image.ts";
import { harmonicMean, styleScores, textScores } from "../lib/score/clip.ts";
import { loadClipScorer } from "../lib/score/clip_scorer.ts";
import { HEAD_CLASSES, loadJudge } from "../lib/score/judge.ts";
import { detectorRate, type UnwantedConcept } from "../lib/score/leakage.ts";
import type { Scorer } from "../lib/score/scorer.ts";
import { summarise } from "../lib/score/statistics.ts";
import { parseCommand, runCommand, UsageError } from "../lib/show/command.ts";
import { alignCells } from "../lib/show/table.ts";
import { SCENE_SIZE } from "../lib/world/mod.ts";
import {
  CLIP_FLAGS,
  fetchedClip,
  MODEL_FLAGS,
  modelHashes,
  startEngine,
  storedModel,
} from "./model_flags.ts";
import { filesBelow } from "./study/run_folder.ts";

/** Runs the command; throws what `runCommand` turns into one sentence. */
export async function main(args: readonly string[]): Promise<void> {
  const flags = parseCommand(args, {
    name: "score",
    summary: "scores a folder of images",
    flags: {
      images: { type: "string", help: "folder of PNG, JPEG or WebP files" },
      prompts: { type: "string", help: "text file, one prompt per line" },
      reference: { type: "string", help: "the style image" },
      unwanted: { type: "string", optional: true, help: "EmojiWorld concepts, comma-separated" },
      out: { type: "string", optional: true, help: "JSON file for the scores of every image" },
      ...CLIP_FLAGS,
      ...MODEL_FLAGS,
    },
  });
  if (flags.clip !== undefined && flags.unwanted !== undefined) {
    throw new UsageError("--unwanted is found by the embedded judge: leave --clip out");
  }
  const names = await imageNames(flags.images);
  const prompts = promptPerImage(await Deno.readTextFile(flags.prompts), names.length);
  const unwanted = unwantedConcepts(flags.unwanted ?? "");
  const reference = await readImage(flags.reference);
  const images = await Promise.all(names.map((name) => readImage(`${flags.images}/${name}`)));
  await startEngine(flags.engine);
  const { scorer, leakageOf } = await openScorer(flags);
  const [style] = await scorer.embedImages([reference]);
  const embeddings = await scorer.embedImages(images);
  const text = textScores(embeddings, await scorer.embedTexts(prompts));
  const styles = styleScores(embeddings, style!);
  const leakage = unwanted.length > 0 ? await leakageOf(images, unwanted) : [];
  const scores: Record<string, readonly number[]> = {
    Text: text,
    Style: styles,
    Harmonic: text.map((value, i) => harmonicMean(value, styles[i]!)),
    ...(unwanted.length > 0 && { Leakage: leakage }),
  };
  const summaries = Object.entries(scores).map(([name, values]) => {
    const groups = new Map<string, number[]>();
    values.forEach((value, i) =>
      groups.set(prompts[i]!, [...groups.get(prompts[i]!) ?? [], value])
    );
    return { name, ...summarise([...groups.values()], flags.seed) };
  });
  const rows = summaries.map(({ name, mean, se, ci95: [low, high], n }) => [
    name,
    mean.toFixed(3),
    `±${se.toFixed(3)}`,
    `[${low.toFixed(3)}, ${high.toFixed(3)}]`,
    String(n),
  ]);
  const header = ["score", "mean", "se", "95 % interval", "images"];
  console.log(alignCells([header, ...rows], [true, false, false, false, false]));
  console.log(
    `Text and Style are raw cosines of ${flags.clip ?? "the judge"}` +
      (unwanted.length > 0 ? "; Leakage is the share of unwanted found" : ""),
  );
  if (flags.out === undefined) return;
  const perImage = names.map((name, i) => ({
    name,
    prompt: prompts[i],
    scores: Object.fromEntries(Object.entries(scores).map(([key, values]) => [key, values[i]])),
  }));
  const clip = flags.clip ?? null;
  await writeJson(flags.out, { schema: "finestyle.scores/1", clip, summaries, images: perImage });
}

/** What scores the images, and what finds leakage in them where that is the embedded judge. */
interface OpenScorer {
  readonly scorer: Scorer;
  readonly leakageOf: (
    images: readonly Image[],
    unwanted: readonly UnwantedConcept[],
  ) => Promise<number[]>;
}

/** The CLIP that `--clip` names, or the model's own judge, shown images of the size it knows. */
export async function openScorer(
  flags: { clip: string | undefined; model: string; offline: boolean },
): Promise<OpenScorer> {
  if (flags.clip !== undefined) {
    const folder = await fetchedClip(flags.clip, flags.offline);
    return { scorer: await loadClipScorer(folder), leakageOf: () => Promise.resolve([]) };
  }
  const folder = await storedModel(flags.model);
  await modelHashes(folder);
  const judge = await loadJudge(folder);
  const seen = (images: readonly Image[]) =>
    images.map((image) => resizeImage(image, SCENE_SIZE, SCENE_SIZE));
  return {
    scorer: {
      embedImages: (images) => judge.embedImages(seen(images)),
      embedTexts: (texts) => judge.embedTexts(texts),
    },
    leakageOf: async (images, unwanted) =>
      (await judge.read(seen(images))).map((reading) => detectorRate(reading, unwanted)),
  };
}

async function imageNames(folder: string): Promise<string[]> {
  const names = (await filesBelow(folder)).filter((name) => /\.(png|jpe?g|webp)$/i.test(name));
  if (names.length > 0) return names;
  throw new UsageError(`Cannot find images in "${folder}": want PNG, JPEG or WebP files`);
}

/**
 * The prompt of each of `count` images.
 *
 * @param text one prompt per line
 * @throws {UsageError} if the images do not divide evenly among the prompts
 */
export function promptPerImage(text: string, count: number): string[] {
  const prompts = text.split(/\r?\n/).map((line) => line.trim()).filter((line) => line !== "");
  const each = count / prompts.length;
  if (!Number.isInteger(each)) {
    throw new UsageError(
      `Cannot score ${count} images of ${prompts.length} prompts: want ${
        prompts.length > 0 ? "the same number of images for each prompt" : "one prompt per line"
      }`,
    );
  }
  return prompts.flatMap((prompt) => Array<string>(each).fill(prompt));
}

/**
 * Concepts of a comma-separated list, as the judge's head has them.
 *
 * @throws {UsageError} if the judge does not know one
 */
export function unwantedConcepts(list: string): UnwantedConcept[] {
  const phrases = list.split(",").map((phrase) => phrase.trim()).filter((phrase) => phrase !== "");
  return phrases.map((phrase) => {
    const index = (HEAD_CLASSES.concepts as readonly string[]).indexOf(phrase);
    if (index >= 0) return { phrase, head: "concepts", index };
    throw new UsageError(`--unwanted "${phrase}" is none of the judge's concepts, such as "cat"`);
  });
}

if (import.meta.main) await runCommand(() => main(Deno.args));
