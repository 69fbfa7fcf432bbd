import type { Image } from "../io/image.ts";
import { cosine } from "./clip.ts";
import { mean } from "./statistics.ts";

/**
 * `Oracle`: raw judge cosine between an image and the exact renderings of its prompt in the
 * held-out style, in [-1, 1]. Copying the reference does not raise it: the renderings show the
 * prompt's content.
 *
 * @param image Embedding of the generated image, [D].
 * @param renderings Embeddings of one or more renderings that differ in placement only, r x [D].
 * @throws {RangeError} if there is no rendering.
 */
export function oracleScore(image: Float32Array, renderings: readonly Float32Array[]): number {
  if (renderings.length === 0) throw new RangeError("Cannot score: no rendering of the prompt");
  return mean(renderings.map((rendering) => cosine(image, rendering)));
}

const LEVELS = 4; // per channel: 64 colours

/** Shares of the 4 x 4 x 4 coarse colours of an image; sums to 1. */
export function palette(image: Image): Float32Array {
  const shares = new Float32Array(LEVELS ** 3);
  const pixels = image.width * image.height;
  const level = (at: number) => (image.data[at]! * LEVELS) >> 8;
  for (let i = 0; i < pixels; i++) {
    const colour = (level(3 * i) * LEVELS + level(3 * i + 1)) * LEVELS + level(3 * i + 2);
    shares[colour]! += 1 / pixels;
  }
  return shares;
}

/**
 * Overlap of the coarse palettes of two images, in [0, 1]. A second opinion on the oracle that
 * needs no model and, unlike PSNR, no matching placement.
 */
export function paletteOverlap(a: Image, b: Image): number {
  const p = palette(a), q = palette(b);
  return p.reduce((sum, share, i) => sum + Math.min(share, q[i]!), 0);
}
