import { resizeBicubic } from "../io/bicubic.ts";
import { cropImage, type Image } from "../io/image.ts";
import { CLIP_MEAN, CLIP_STD } from "./clip.ts";

/** The keys of `preprocessor_config.json` (transformers `CLIPImageProcessor`) that are read. */
export interface PreprocessorFile {
  readonly size?: number | { readonly shortest_edge?: number };
  readonly crop_size?: number | { readonly height?: number; readonly width?: number };
  readonly resample?: number;
  readonly image_mean?: readonly number[];
  readonly image_std?: readonly number[];
}

/** How a CLIP wants its images. */
export interface ClipPreprocessing {
  /** What the shorter side is resized to, pixels. */
  readonly shortestEdge: number;
  /** Side of the square that is cut out of the middle, pixels. */
  readonly side: number;
  /** Taken out of each channel. */
  readonly mean: readonly number[];
  /** What each channel is divided by. */
  readonly std: readonly number[];
}

const BICUBIC = 3; // in Pillow's numbering

/**
 * Reads a preprocessor's config; OpenAI's values stand where it says nothing.
 *
 * @param imageSize Side of the images that the encoder reads, pixels.
 * @throws {RangeError} If the images would not fit the encoder, or another filter is asked for.
 */
export function clipPreprocessing(file: PreprocessorFile, imageSize: number): ClipPreprocessing {
  const { size = imageSize, crop_size = imageSize, resample = BICUBIC } = file;
  const shortestEdge = typeof size === "number" ? size : size.shortest_edge ?? imageSize;
  const [height, width] = typeof crop_size === "number"
    ? [crop_size, crop_size]
    : [crop_size.height, crop_size.width];
  const refuse = (key: string, found: unknown, wanted: unknown) => {
    throw new RangeError(`Cannot prepare images: "${key}" is ${found} but must be ${wanted}`);
  };
  if (height !== imageSize || width !== imageSize) {
    refuse("crop_size", `${width}x${height}`, `the encoder's ${imageSize}x${imageSize}`);
  }
  if (!(Number.isInteger(shortestEdge) && shortestEdge >= imageSize)) {
    refuse("size", shortestEdge, `at least ${imageSize}`);
  }
  if (resample !== BICUBIC) refuse("resample", resample, `${BICUBIC}, bicubic`);
  const { image_mean: mean = CLIP_MEAN, image_std: std = CLIP_STD } = file;
  return { shortestEdge, side: imageSize, mean, std };
}

/**
 * Makes an image what CLIP was trained on, as transformers' `CLIPImageProcessor` on Pillow does: the
 * shorter side resized (bicubic), the middle cut out, mean and spread taken out.
 *
 * @returns [side, side, 3]
 */
export function clipPixels(image: Image, preprocessing: ClipPreprocessing): Float32Array {
  const { shortestEdge, side, mean, std } = preprocessing;
  const { width, height } = image;
  const longer = Math.trunc(shortestEdge * Math.max(width, height) / Math.min(width, height));
  const [wide, high] = width <= height ? [shortestEdge, longer] : [longer, shortestEdge];
  const resized = resizeBicubic(image, wide, high);
  const [x, y] = [wide, high].map((length) => Math.floor((length - side) / 2)) as [number, number];
  const { data } = cropImage(resized, { x, y, width: side, height: side });
  return Float32Array.from(data, (level, i) => (level / 255 - mean[i % 3]!) / std[i % 3]!);
}
