import type { Image } from "../io/image.ts";

/** What images and texts are compared by: one space for both, in which near means alike. */
export interface Scorer {
  /** Unit vectors, one per image. */
  embedImages(images: readonly Image[]): Promise<Float32Array[]>;
  /** Unit vectors, one per text, in the same space as the images. */
  embedTexts(texts: readonly string[]): Promise<Float32Array[]>;
}
