import type { Image } from "../../lib/io/image.ts";
import { cosine } from "../../lib/score/clip.ts";
import { HEAD_CLASSES, type Judge, type Reading } from "../../lib/score/judge.ts";
import {
  clipExcess,
  DEFAULT_THRESHOLDS,
  detectorRate,
  foundConcepts,
  tokenCopyRate,
  type UnwantedConcept,
} from "../../lib/score/leakage.ts";
import { oracleScore } from "../../lib/score/oracle.ts";
import { captionOf, type Scene } from "../../lib/world/mod.ts";
import type { ImageScore } from "./summary.ts";
import type { Task } from "./task.ts";
import { unwantedConcepts } from "./unwanted.ts";

/** What every method of one style is measured against. */
export interface Yardstick {
  /** Embedding of the reference image, [D]. */
  readonly reference: Float32Array;
  /** Tokens of the reference, [L]. */
  readonly referenceIds: Int32Array;
  /** One entry per prompt. */
  readonly prompts: readonly {
    readonly text: Float32Array;
    /** Embedding of the exact rendering of the prompt, [D]. */
    readonly truth: Float32Array;
    readonly unwanted: readonly UnwantedConcept[];
    /** Embeddings of the unwanted concepts' words. */
    readonly words: readonly Float32Array[];
    /** Places of the asked concepts in the judge's concept head, and of the style in its style head. */
    readonly asked: readonly number[];
    readonly style: number;
  }[];
}

/** Images of a method, `imagesPerPrompt` of each prompt side by side, and their tokens [N * L]. */
export interface Made {
  readonly images: readonly Image[];
  readonly ids: Int32Array;
}

/** Embeds once what all methods of a style are compared with. */
export async function yardstick(judge: Judge, task: Task): Promise<Yardstick> {
  const unwanted = task.prompts.map((prompt) => unwantedConcepts(task.scene, prompt));
  const phrases = [...new Set(unwanted.flat().map((concept) => concept.phrase))];
  const texts = await judge.embedTexts(task.prompts.map(captionOf));
  // Without the style's words: an image must not come nearer by its style.
  const words = await judge.embedTexts(phrases.map((phrase) => `a ${phrase}`));
  const [reference, ...truths] = await judge.embedImages([task.reference.image, ...task.truths]);
  return {
    reference: reference!,
    referenceIds: task.ids,
    prompts: texts.map((text, i) => ({
      text,
      truth: truths[i]!,
      unwanted: unwanted[i]!,
      words: unwanted[i]!.map((concept) => words[phrases.indexOf(concept.phrase)]!),
      ...places(task.prompts[i]!),
    })),
  };
}

/**
 * Scores every image of a method.
 *
 * @param judge What looks at the images.
 * @param to What they are measured against.
 * @param made The method's images.
 * @param untuned The untuned model's images of the same prompts and seeds.
 * @returns One score per image, in their order.
 */
export async function scoreImages(
  judge: Judge,
  to: Yardstick,
  made: Made,
  untuned: Made,
): Promise<ImageScore[]> {
  const perPrompt = made.images.length / to.prompts.length;
  const readings = await judge.read(made.images);
  const embeddings = await judge.embedImages(made.images);
  const before = await judge.embedImages(untuned.images);
  const length = to.referenceIds.length;
  const tokens = (of: Made, i: number) => of.ids.subarray(i * length, (i + 1) * length);
  return embeddings.map((image, i) => {
    const prompt = Math.floor(i / perPrompt);
    const wanted = to.prompts[prompt]!;
    return {
      prompt,
      text: cosine(image, wanted.text),
      style: cosine(image, to.reference),
      ...leakage(readings[i]!, wanted.unwanted),
      leakageClip: clipExcess(image, before[i]!, wanted.words),
      tokenCopy: tokenCopyRate(tokens(made, i), tokens(untuned, i), to.referenceIds),
      oracle: oracleScore(image, [wanted.truth]),
      ...asked(readings[i]!, wanted),
    };
  });
}

function leakage(reading: Reading, unwanted: readonly UnwantedConcept[]) {
  return {
    leakage: detectorRate(reading, unwanted),
    found: foundConcepts(reading, unwanted).map((concept) => concept.phrase),
  };
}

/** Where the judge's heads say what the prompt asks for. */
function places({ subject, object, style }: Scene) {
  const names = [subject, object].filter((name) => name !== undefined);
  return {
    asked: names.map((name) => HEAD_CLASSES.concepts.indexOf(name)),
    style: HEAD_CLASSES.style.indexOf(style),
  };
}

/** What of the prompt the judge finds, by the same thresholds as leakage. */
function asked(reading: Reading, { asked, style }: Yardstick["prompts"][number]) {
  const found = asked.filter((i) => reading.concepts[i]! >= DEFAULT_THRESHOLDS.concepts);
  const named = reading.style.every((p) => p <= reading.style[style]!);
  return { drawn: found.length / asked.length, styleNamed: named ? 1 : 0 };
}
