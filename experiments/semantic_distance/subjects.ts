import { cosine } from "../../lib/score/clip.ts";
import type { Scorer } from "../../lib/score/scorer.ts";
import { CONCEPTS } from "../../lib/world/mod.ts";

/** A subject and how far it is from the reference's. */
export interface DistantSubject {
  readonly subject: string;
  /** 1 - cosine of the judge's embeddings of "a SUBJECT" and "a REFERENCE", in [0, 2]. */
  readonly distance: number;
}

/**
 * Subjects from the nearest to the farthest of a reference's subject, evenly spaced by rank among all
 * concepts. The judge learned words from pictures of EmojiWorld alone, so near means that the drawings
 * look alike, in colour and in shape, more than that the things are of one kind.
 *
 * @param count From 2 to all the others.
 */
export async function nearToFar(
  judge: Pick<Scorer, "embedTexts">,
  reference: string,
  count: number,
): Promise<DistantSubject[]> {
  const others = CONCEPTS.map(({ name }) => name).filter((name) => name !== reference);
  const [from, ...to] = await judge.embedTexts([reference, ...others].map((name) => `a ${name}`));
  const ranked = others
    .map((subject, i) => ({ subject, distance: 1 - cosine(from!, to[i]!) }))
    .sort((a, b) => a.distance - b.distance);
  const step = (ranked.length - 1) / (count - 1);
  return Array.from({ length: count }, (_, i) => ranked[Math.round(i * step)]!);
}
