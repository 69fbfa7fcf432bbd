import { imageSide } from "../../lib/generate/pipeline.ts";
import { type Image, resizeImage } from "../../lib/io/image.ts";
import type { Muse } from "../../lib/models/muse.ts";
import { rasterise } from "../../lib/show/raster.ts";

/** One piece of coloured paper: a path, its colour. */
type Piece = readonly [path: string, colour: string];

const PIECES: readonly Piece[] = [
  ["M-20 196 Q70 172 160 190 T340 184 V260 H-20 Z", "#7a9e4b"],
  ["M70 120 H146 V206 H70 Z", "#d9534f"],
  ["M56 126 L108 74 L160 126 Z", "#f2c14e"],
  ["M98 164 H120 V206 H98 Z", "#6b4a2f"],
  ["M204 184 H222 V210 H204 Z", "#6b4a2f"],
  ["M213 128 L254 188 H172 Z", "#2f7d4f"],
  ["M213 94 L246 148 H180 Z", "#3c9a62"],
  ["M213 62 L238 110 H188 Z", "#54b87c"],
];

/**
 * A picture of one's own, in a style of its own: pieces of paper with white edges and soft shadows. The
 * caption is {@linkcode OWN_CAPTION}.
 *
 * @returns 320 x 240 pixels.
 */
export function paperPicture(): Promise<Image> {
  const pieces = PIECES.map(([path, colour]) =>
    `<path d="${path}" transform="translate(6 7)" fill="#16263f" opacity="0.35" filter="url(#soft)"/>` +
    `<path d="${path}" fill="${colour}" stroke="#fbf8f0" stroke-width="6" stroke-linejoin="round"/>`
  );
  return rasterise(
    `<svg xmlns="http://www.w3.org/2000/svg" width="320" height="240">` +
      `<filter id="soft"><feGaussianBlur stdDeviation="2.5"/></filter>` +
      `<rect width="320" height="240" fill="#5b8fd6"/>${pieces.join("")}</svg>`,
  );
}

/** What {@linkcode paperPicture} shows. */
export const OWN_CAPTION =
  "a house to the left of a christmas tree on a grassy blue background, in paper cutout style";

/** The picture at the model's size, through its image tokenizer and back. */
export async function throughTokenizer(muse: Muse, image: Image): Promise<Image> {
  const side = imageSide(muse);
  const ids = muse.encodeImage([resizeImage(image, side, side)]);
  const [back] = await muse.decodeImage(ids);
  ids.dispose();
  return back!;
}
