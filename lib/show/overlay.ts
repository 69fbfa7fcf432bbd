import type { Box, Image } from "../io/image.ts";
import { rgbOf, seriesColour, viridis } from "./colours.ts";

/**
 * The image with every pixel drawn `factor` x `factor` times; no smoothing, so each stays visible.
 *
 * @throws {RangeError} if the factor is not a whole number from 1.
 */
export function enlarge(image: Image, factor: number): Image {
  if (!Number.isInteger(factor) || factor < 1) {
    throw new RangeError(`Cannot enlarge by ${factor}: wanted a whole number from 1`);
  }
  const width = image.width * factor, height = image.height * factor;
  const data = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const from = 3 * (Math.floor(y / factor) * image.width + Math.floor(x / factor));
      data.set(image.data.subarray(from, from + 3), 3 * (y * width + x));
    }
  }
  return { width, height, data };
}

function mapPixels(
  image: Image,
  colourAt: (x: number, y: number) => readonly [number, number, number] | undefined,
  opacity: number,
): Image {
  const data = Uint8Array.from(image.data);
  for (let y = 0; y < image.height; y++) {
    for (let x = 0; x < image.width; x++) {
      const colour = colourAt(x, y);
      const at = 3 * (y * image.width + x);
      for (let c = 0; colour && c < 3; c++) {
        data[at + c] = Math.round((1 - opacity) * data[at + c]! + opacity * colour[c]!);
      }
    }
  }
  return { ...image, data };
}

/**
 * A map of values over the image, in viridis from its smallest to its largest value.
 *
 * @param image The picture below.
 * @param map Values, row-major [height, width]; stretched over the image without smoothing.
 * @param width Columns of the map.
 * @param height Rows of the map.
 * @param opacity Of the map, in [0, 1].
 */
export function overlayHeat(
  image: Image,
  map: ArrayLike<number>,
  width: number,
  height: number,
  opacity = 0.65,
): Image {
  const values = Array.from(map);
  const low = Math.min(...values), span = Math.max(...values) - low || 1;
  return mapPixels(image, (x, y) => {
    const row = Math.floor((y * height) / image.height);
    const column = Math.floor((x * width) / image.width);
    return viridis((values[row * width + column]! - low) / span);
  }, opacity);
}

/**
 * Tints the pixels of each mask with its series' colour.
 *
 * @param image The picture below.
 * @param masks Non-zero where a region is; each row-major with a whole fraction of the image's side.
 */
export function overlayMasks(
  image: Image,
  masks: readonly { width: number; height: number; data: ArrayLike<number> }[],
  opacity = 0.45,
): Image {
  return masks.reduce<Image>((under, mask, i) =>
    mapPixels(under, (x, y) => {
      const row = Math.floor((y * mask.height) / image.height);
      const column = Math.floor((x * mask.width) / image.width);
      return mask.data[row * mask.width + column] ? rgbOf(seriesColour(i)) : undefined;
    }, opacity), image);
}

/**
 * The image with what lies outside of a mask faded towards white.
 *
 * @param mask Row-major, non-zero inside; stretched over the image without smoothing.
 * @param opacity Of the white, in [0, 1].
 */
export function fadeOutside(
  image: Image,
  mask: { width: number; height: number; data: ArrayLike<number> },
  opacity = 0.8,
): Image {
  return mapPixels(image, (x, y) => {
    const row = Math.floor((y * mask.height) / image.height);
    const column = Math.floor((x * mask.width) / image.width);
    return mask.data[row * mask.width + column] ? undefined : [255, 255, 255];
  }, opacity);
}

/** Outlines each box, `thickness` pixels wide and inside its edges, in its series' colour. */
export function overlayBoxes(image: Image, boxes: readonly Box[], thickness = 1): Image {
  return boxes.reduce((under, box, i) =>
    mapPixels(under, (x, y) => {
      const dx = x - box.x, dy = y - box.y;
      const inside = dx >= 0 && dy >= 0 && dx < box.width && dy < box.height;
      const edge = Math.min(dx, dy, box.width - 1 - dx, box.height - 1 - dy) < thickness;
      return inside && edge ? rgbOf(seriesColour(i)) : undefined;
    }, 1), image);
}
