/**
 * Cosine of the angle between two vectors, in [-1, 1].
 *
 * @param a First vector, [D].
 * @param b Second vector, [D].
 * @throws {TypeError} if the lengths differ.
 */
export function cosine(a: Float32Array, b: Float32Array): number {
  if (a.length !== b.length) {
    throw new TypeError(`Cannot compare embeddings: lengths are ${a.length} and ${b.length}`);
  }
  let dot = 0, aa = 0, bb = 0;
  for (let i = 0; i < a.length; i++) {
    const x = a[i]!, y = b[i]!;
    dot += x * y;
    aa += x * x;
    bb += y * y;
  }
  return aa === 0 || bb === 0 ? 0 : dot / Math.sqrt(aa * bb);
}

/**
 * `Text` of each image: raw cosine with its own prompt, in [-1, 1], not rescaled by 2.5 or 100
 * (StyleDrop 4.2.1).
 *
 * @param images Image embeddings, n x [D].
 * @param prompts Text embeddings in the same order, n x [D].
 * @throws {TypeError} if the counts differ.
 */
export function textScores(
  images: readonly Float32Array[],
  prompts: readonly Float32Array[],
): number[] {
  if (images.length !== prompts.length) {
    throw new TypeError(`Cannot score text: ${images.length} images but ${prompts.length} prompts`);
  }
  return images.map((image, i) => cosine(image, prompts[i]!));
}

/**
 * `Style` of each image: raw cosine with the one reference, in [-1, 1] (StyleDrop 4.2.1).
 * It rises when the reference's content leaks, so it is read beside `Leakage`.
 */
export function styleScores(images: readonly Float32Array[], reference: Float32Array): number[] {
  return images.map((image) => cosine(image, reference));
}

/** Harmonic mean `2 t s / (t + s)` of two scores; 0 unless both are positive (method.md 5.2). */
export function harmonicMean(text: number, style: number): number {
  return text > 0 && style > 0 ? (2 * text * style) / (text + style) : 0;
}
