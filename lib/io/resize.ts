import type { Image } from "./image.ts";

/** A rectangle of whole pixels; `x` and `y` are its left upper corner. */
export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/**
 * Resizes a picture: each axis that shrinks averages the exact area, each that grows interpolates
 * linearly between pixel centres.
 *
 * @param image the picture
 * @param width wanted width, at least 1
 * @param height wanted height, at least 1
 * @throws {RangeError} when a wanted side is no whole number of 1 or more
 */
export function resizeImage(image: Image, width: number, height: number): Image {
  for (const side of [width, height]) {
    if (!Number.isInteger(side) || side < 1) {
      throw new RangeError(`Cannot resize to ${width} x ${height}: sides must be whole and >= 1`);
    }
  }
  const wide = resampleRows(image.data, image.height, axisTaps(image.width, width));
  const data = resampleColumns(wide, width, axisTaps(image.height, height));
  return { width, height, data: Uint8Array.from(data, Math.round) };
}

/**
 * Cuts a rectangle out of a picture.
 *
 * @throws {RangeError} when the box is empty, not whole, or not inside the picture
 */
export function cropImage(image: Image, box: Box): Image {
  const { x, y, width, height } = box;
  const whole = [x, y, width, height].every(Number.isInteger);
  const inside = x >= 0 && y >= 0 && x + width <= image.width && y + height <= image.height;
  if (!whole || !inside || width < 1 || height < 1) {
    throw new RangeError(
      `Cannot crop ${width} x ${height} at (${x}, ${y}): the image is ${image.width} x ${image.height}`,
    );
  }
  const data = new Uint8Array(width * height * 3);
  for (let row = 0; row < height; row++) {
    const from = ((y + row) * image.width + x) * 3;
    data.set(image.data.subarray(from, from + width * 3), row * width * 3);
  }
  return { width, height, data };
}

/** What one output position takes: `weights[i]` of the input position `start + i`; they add up to 1. */
interface Taps {
  readonly start: number;
  readonly weights: readonly number[];
}

function axisTaps(from: number, to: number): Taps[] {
  return Array.from({ length: to }, (_, i) => to < from ? area(i, from / to) : linear(i, from, to));
}

function area(i: number, scale: number): Taps {
  const [low, high] = [i * scale, (i + 1) * scale];
  const start = Math.floor(low);
  const length = Math.ceil(high - 1e-9) - start;
  const overlap = (at: number) => Math.min(at + 1, high) - Math.max(at, low);
  return { start, weights: Array.from({ length }, (_, k) => overlap(start + k) / scale) };
}

function linear(i: number, from: number, to: number): Taps {
  const centre = Math.min(Math.max((i + 0.5) * from / to - 0.5, 0), from - 1);
  const start = Math.min(Math.floor(centre), Math.max(from - 2, 0));
  const share = centre - start;
  return { start, weights: from === 1 ? [1] : [1 - share, share] };
}

/** [height, from, 3] -> [height, to, 3] */
function resampleRows(data: Uint8Array, height: number, taps: readonly Taps[]): Float32Array {
  const from = data.length / 3 / height;
  const out = new Float32Array(height * taps.length * 3);
  for (let y = 0, at = 0; y < height; y++) {
    for (const { start, weights } of taps) {
      for (let c = 0; c < 3; c++) {
        const first = (y * from + start) * 3 + c;
        out[at++] = weights.reduce((sum, weight, k) => sum + weight * data[first + k * 3]!, 0);
      }
    }
  }
  return out;
}

/** [from, width, 3] -> [to, width, 3] */
function resampleColumns(data: Float32Array, width: number, taps: readonly Taps[]): Float32Array {
  const stride = width * 3;
  const out = new Float32Array(taps.length * stride);
  taps.forEach(({ start, weights }, y) => {
    for (let i = 0; i < stride; i++) {
      const first = start * stride + i;
      out[y * stride + i] = weights.reduce((sum, w, k) => sum + w * data[first + k * stride]!, 0);
    }
  });
  return out;
}
