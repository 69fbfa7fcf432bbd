import { imageSide } from "../../lib/generate/pipeline.ts";
import { type Image, resizeImage } from "../../lib/io/image.ts";
import type { Muse } from "../../lib/models/muse.ts";
import { rasterise } from "../../lib/show/raster.ts";

const NIGHT = "#14213d", GOLD = "#fca311", PALE = "#ffd166";

/** The shapes of the poster: a path, its colour. */
const SHAPES: readonly (readonly [path: string, colour: string])[] = [
  ["M80 120 H156 V206 H80 Z", GOLD],
  ["M66 126 L118 74 L170 126 Z", PALE],
  ["M108 164 H130 V206 H108 Z", NIGHT],
  ["M213 184 H233 V212 H213 Z", NIGHT],
  ["M223 128 L266 188 H180 Z", GOLD],
  ["M223 94 L256 148 H190 Z", PALE],
  ["M223 62 L248 110 H198 Z", GOLD],
];

/**
 * A picture of one's own, in a style of its own: two golds printed on a dark ground. The caption is
 * {@linkcode OWN_CAPTION}.
 *
 * @returns 320 x 240 pixels.
 */
export function posterPicture(): Promise<Image> {
  const shapes = SHAPES.map(([path, colour]) =>
    `<path d="${path}" fill="${colour}" stroke="${NIGHT}" stroke-width="4" stroke-linejoin="round"/>`
  );
  return rasterise(
    `<svg xmlns="http://www.w3.org/2000/svg" width="320" height="240">` +
      `<rect width="320" height="240" fill="${NIGHT}"/>${shapes.join("")}</svg>`,
  );
}

/** What {@linkcode posterPicture} shows. */
export const OWN_CAPTION =
  "a house to the left of a christmas tree on a plain background, in golden poster style";

/** The picture at the model's size, through its image tokenizer and back. */
export async function throughTokenizer(muse: Muse, image: Image): Promise<Image> {
  const side = imageSide(muse);
  const ids = muse.encodeImage([resizeImage(image, side, side)]);
  const [back] = await muse.decodeImage(ids);
  ids.dispose();
  return back!;
}
