/**
 * Captions as the text encoder, the generator and the IP-Adapter meet them in training: whole, with
 * parts left out, or with a style called by its features or by words that mean nothing.
 *
 * @module
 */
import { Random } from "../../lib/engine/random.ts";
import type { Tokenizer } from "../../lib/models/tokenizer.ts";
import {
  captionOf,
  conceptsOf,
  featuresOf,
  isUnnamed,
  type Scene,
  TRAINED_STYLES,
  wordsOutsideCaptions,
} from "../../lib/world/mod.ts";

/** Shares of captions that leave something out or call their style by other words. */
export interface CaptionShares {
  /** Empty captions, for classifier-free guidance. */
  readonly dropCaption: number;
  /** Captions without background and decoration. */
  readonly dropBackground: number;
  readonly dropStyle: number;
  /** Of the captions with a style that has a name: called by words that mean nothing. */
  readonly strangeStyle: number;
  /** Of the captions with a style that has none: the same, instead of by its features. */
  readonly strangeUnnamed: number;
}

/** A true caption of a scene, and what it tells. */
export interface TrainingCaption {
  readonly text: string;
  /** Whether it is empty. */
  readonly empty: boolean;
  /** Whether it has background and decoration. */
  readonly background: boolean;
  /** Whether it names a style of {@linkcode TRAINED_STYLES}. */
  readonly named: boolean;
  /** Features of a style without a name. */
  readonly features: readonly string[];
}

/** The scene's caption, or another one that is also true, or nothing. */
export function trainingCaption(
  scene: Scene,
  random: Random,
  shares: CaptionShares,
): TrainingCaption {
  const u = random.next(), { dropCaption, dropBackground, dropStyle } = shares;
  const whole = { empty: false, background: true, named: false, features: [] };
  if (u < dropCaption) return { ...whole, text: "", empty: true, background: false };
  const background = u >= dropCaption + dropBackground;
  const text = background ? captionOf(scene) : shortCaption(scene);
  if (background && u < dropCaption + dropBackground + dropStyle) {
    return { ...whole, text: text.split(", in ")[0]! };
  }
  const unnamed = isUnnamed(scene.style);
  const strange = random.next() < (unnamed ? shares.strangeUnnamed : shares.strangeStyle);
  const features = unnamed && !strange ? someFeatures(scene.style, random) : [];
  const words = strange ? strangeWords(random) : unnamed ? features.join(" ") : scene.style;
  const told = text.replace(`${scene.style} style`, `${words} style`);
  return { ...whole, text: told, background, named: !unnamed && !strange, features };
}

/** The caption without background and decoration. */
function shortCaption(scene: Scene): string {
  const [what, style] = captionOf(scene).split(", in ") as [string, string];
  return `${what.split(" on a")[0]}, in ${style}`;
}

/** Words of a style's features in one caption, and the share of features that it tells. */
const MOST_WORDS = 5, TOLD = 0.75;

/** Some of the features of a style, at least one, in their order. */
function someFeatures(style: string, random: Random): string[] {
  const all = featuresOf(style);
  const kept = all.filter(() => random.next() < TOLD);
  if (kept.length === 0) kept.push(random.pick(all));
  while (kept.join(" ").split(" ").length > MOST_WORDS) kept.splice(random.below(kept.length), 1);
  return kept;
}

const STRANGE = wordsOutsideCaptions();

/**
 * One to three words that no caption contains, at times with the last word of a known style. People
 * bring styles with names that the model never read; one picture in one style has to follow, instead
 * of a mixture that no tuning can mend.
 */
function strangeWords(random: Random): string {
  const words = Array.from({ length: 1 + random.below(3) }, () => random.pick(STRANGE));
  if (random.next() < 0.3) words.push(random.pick(TRAINED_STYLES).split(" ").at(-1)!);
  return words.join(" ");
}

/** Regions of a scene that a caption has words for; the first is also "no region". */
export const PARTS = { none: 0, subject: 1, object: 2, decoration: 3, background: 4 } as const;

/** The part that each word of a caption names. */
function partsOf(words: readonly string[], scene: Scene): Uint8Array {
  const parts = new Uint8Array(words.length);
  const { subjects, backgrounds } = conceptsOf(scene);
  const phrases = [
    [subjects[0], PARTS.subject],
    [subjects[1], PARTS.object],
    [backgrounds[0], PARTS.background],
    [backgrounds[1], PARTS.decoration],
  ] as const;
  let from = 0;
  for (const [phrase, part] of phrases) {
    const wanted = phrase?.split(" ") ?? [];
    const at = words.findIndex((_, i) =>
      i >= from && wanted.length > 0 && wanted.every((word, k) => bare(words[i + k]) === word)
    );
    if (at < 0) continue;
    from = at + wanted.length;
    parts.fill(part, at, from);
  }
  return parts;
}

const bare = (word: string | undefined) => word?.replace(/,$/, "");

/** Encodes captions word by word, and tells which part of the scene each token names. */
export class CaptionReader {
  readonly #pieces = new Map<string, number[]>();
  readonly #start: number;

  constructor(readonly tokenizer: Tokenizer) {
    this.#start = tokenizer.encode([""])[0]!;
  }

  /**
   * Token ids as `Tokenizer.encode` gives them, and the part of each: `[T]` both. A comma goes with the
   * word before it.
   *
   * @throws {RangeError} if a caption is too long
   */
  read(caption: string, scene: Scene): { ids: Int32Array; parts: Uint8Array } {
    const { length, pad } = this.tokenizer;
    const ids = new Int32Array(length).fill(pad), parts = new Uint8Array(length);
    ids[0] = this.#start;
    const words = caption === "" ? [] : caption.split(" ");
    const named = partsOf(words, scene);
    let at = 1;
    words.forEach((word, i) => {
      for (const id of this.#piecesOf(word)) {
        ids[at] = id;
        parts[at++] = named[i]!;
      }
    });
    if (at >= length) throw new RangeError(`The caption "${caption}" has ${at + 1} tokens`);
    return { ids, parts };
  }

  #piecesOf(word: string): number[] {
    let pieces = this.#pieces.get(word);
    if (!pieces) {
      const row = this.tokenizer.encode([word]);
      pieces = [...row.subarray(1, row.indexOf(this.tokenizer.pad, 1))];
      this.#pieces.set(word, pieces);
    }
    return pieces;
  }
}
