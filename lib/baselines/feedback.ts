import type { Random } from "../engine/random.ts";
import type { Image } from "../io/image.ts";
import { fullImageConditions } from "../generate/pipeline.ts";
import type { Muse } from "../models/muse.ts";
import { encodeImages, type Pair } from "../style/scaling.ts";
import { fillTemplate } from "../style/template.ts";

/** A picture that round 1 drew, and the prompt it was drawn for. */
export interface Sample {
  readonly prompt: string;
  readonly image: Image;
}

/**
 * By what round 2 picks from round 1's samples, one per prompt: the paper's CLIP feedback is `text`, the
 * cosine with the prompt alone; `harmonic` is the harmonic mean of that and the cosine with the
 * reference; `random` is the paper's control.
 */
export const FEEDBACK_MEASURES = ["text", "harmonic", "random"] as const;
export type FeedbackMeasure = typeof FEEDBACK_MEASURES[number];

/**
 * What rates samples, the higher the better. A rating by the model that later scores the method's
 * results favours it: say so wherever such numbers stand.
 */
export type Rate = (
  samples: readonly Sample[],
  reference: Image,
  measure: Exclude<FeedbackMeasure, "random">,
) => Promise<readonly number[]>;

/**
 * What StyleDrop's round 1 draws for feedback, 64 pictures each (StyleDrop table S2, method.md 2.3).
 * The first 21 are those of the table that are known; the others, in the same manner, are ours.
 */
export const FEEDBACK_CONTENTS: readonly string[] = Object.freeze([
  ...["a chihuahua", "a tabby cat"],
  ...["an apple", "a banana"].flatMap((fruit) =>
    ["on the table", "on the dish", "on the ground"].map((place) => `${fruit} ${place}`)
  ),
  "a human",
  ...["a church", "a temple", "a cabin"].flatMap((building) =>
    ["on the street", "in the mountain", "in the field", "on the beach"]
      .map((place) => `${building} ${place}`)
  ),
  ...["a rabbit", "a horse", "a tree", "a flower", "a car", "a bicycle", "a chair", "a house"],
  "a teapot on the table",
]);

/** Prompts of {@linkcode FEEDBACK_CONTENTS} and their like in a style. */
export function feedbackPrompts(
  contents: readonly string[],
  style: string,
  template: string,
): string[] {
  return contents.map((content) => fillTemplate(template, content, style));
}

/**
 * The best sample of every prompt; of equal ones the first.
 *
 * @param ratings one per sample
 * @returns places among the samples, in ascending order
 */
export function pickBest(samples: readonly Sample[], ratings: readonly number[]): number[] {
  const groups = Map.groupBy(samples.keys(), (i) => samples[i]!.prompt);
  const best = [...groups.values()].map((places) =>
    places.reduce((best, i) => ratings[i]! > ratings[best]! ? i : best)
  );
  return best.sort((a, b) => a - b);
}

/**
 * Picks one sample per prompt.
 *
 * @param rate not needed where the measure is `random`
 * @throws {TypeError} if it is needed and missing
 */
export async function pickSamples(
  samples: readonly Sample[],
  reference: Image,
  measure: FeedbackMeasure,
  random: Random,
  rate?: Rate,
): Promise<number[]> {
  if (measure === "random") return pickBest(samples, samples.map(() => random.next()));
  if (rate) return pickBest(samples, await rate(samples, reference, measure));
  throw new TypeError(
    `Cannot pick samples: feedback by "${measure}" wants a scorer, none is given`,
  );
}

/** What round 2 is tuned on: picked samples, each a full pair with its own prompt. */
export async function samplePairs(muse: Muse, samples: readonly Sample[]): Promise<Pair[]> {
  const tokens = await encodeImages(muse, samples.map(({ image }) => image));
  return samples.map(({ prompt, image }, i) => ({
    ...{ kind: "full", text: prompt, image },
    variants: [tokens[i]!],
    microConditions: fullImageConditions(muse),
  }));
}
