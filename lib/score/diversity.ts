import { cosine } from "./clip.ts";

/**
 * `Diversity` of the images of one prompt: mean of 1 - cosine over all their pairs, in [0, 2]. 0 for
 * one image repeated, which is what a collapsed model draws. The mean pairwise distance of Zhu et
 * al. 2017 ("Toward Multimodal Image-to-Image Translation", 5.2) with CLIP's cosine for LPIPS.
 *
 * It tells how much images differ, not why: it is read beside `Text` and `Oracle`, which noise and
 * disobedience lower.
 *
 * @param images Embeddings of two or more images, n x [D].
 * @throws {RangeError} if there are fewer than two.
 */
export function diversity(images: readonly Float32Array[]): number {
  const n = images.length;
  if (n < 2) throw new RangeError(`Cannot measure diversity of ${n} images: wanted 2 or more`);
  let sum = 0;
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < i; j++) sum += 1 - cosine(images[i]!, images[j]!);
  }
  return sum / (n * (n - 1) / 2);
}
