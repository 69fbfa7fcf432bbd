import type { Image } from "./image.ts";

/** Bits behind the point of Pillow's weights. */
const PRECISION = 2 ** 22;
/** How far Keys' kernel reaches, in pixels of the smaller scale. */
const REACH = 2;

/**
 * Resizes a picture by Pillow's `Image.resize(size, BICUBIC)`, to the last bit: Keys' kernel with
 * a = -0.5, widened where an axis shrinks; rows first, rounded to whole levels, then columns. CLIP's
 * images are made so, and its scores shift where another filter makes them.
 *
 * That is the order of all versions before Pillow 13, which takes the columns first for some tall
 * pictures: the levels of a few pixels then differ, most by one.
 *
 * @param width wanted width, at least 1
 * @param height wanted height, at least 1
 */
export function resizeBicubic(image: Image, width: number, height: number): Image {
  const rows = resampled(image.data, axisWeights(image.width, width), {
    ...{ lines: image.height, step: 3, stride: image.width * 3 },
  });
  const columns = resampled(rows, axisWeights(image.height, height), {
    ...{ lines: width, step: width * 3, stride: 3 },
  });
  // columns stand one behind the other: [width, height, 3] -> [height, width, 3]
  const data = new Uint8Array(width * height * 3);
  for (let x = 0, at = 0; x < width; x++) {
    for (let y = 0; y < height; y++, at += 3) {
      data.set(columns.subarray(at, at + 3), (y * width + x) * 3);
    }
  }
  return { width, height, data };
}

/** What one output position takes: `weights[i] / PRECISION` of the input position `start + i`. */
interface Taps {
  readonly start: number;
  readonly weights: readonly number[];
}

function axisWeights(from: number, to: number): Taps[] {
  const scale = Math.max(from / to, 1), reach = REACH * scale;
  return Array.from({ length: to }, (_, i) => {
    const centre = (i + 0.5) * from / to;
    const start = Math.max(Math.trunc(centre - reach + 0.5), 0);
    const end = Math.min(Math.trunc(centre + reach + 0.5), from);
    const raw = Array.from({ length: end - start }, (_, k) => {
      return keys((start + k - centre + 0.5) / scale);
    });
    const sum = raw.reduce((a, b) => a + b, 0);
    const weights = raw.map((w) => Math.trunc(w / sum * PRECISION + (w < 0 ? -0.5 : 0.5)));
    return { start, weights };
  });
}

/** Keys' cubic kernel, a = -0.5. */
function keys(distance: number): number {
  const x = Math.abs(distance), a = -0.5;
  if (x < 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
  return x < 2 ? (((x - 5) * x + 8) * x - 4) * a : 0;
}

/** Resamples each line: `step` bytes lie between its pixels, `stride` between the lines. */
function resampled(
  data: Uint8Array,
  taps: readonly Taps[],
  { lines, step, stride }: { lines: number; step: number; stride: number },
): Uint8Array {
  const out = new Uint8ClampedArray(lines * taps.length * 3);
  for (let line = 0, at = 0; line < lines; line++) {
    for (const { start, weights } of taps) {
      for (let c = 0; c < 3; c++) {
        let sum = PRECISION / 2;
        for (let k = 0; k < weights.length; k++) {
          sum += weights[k]! * data[line * stride + (start + k) * step + c]!;
        }
        out[at++] = Math.floor(sum / PRECISION);
      }
    }
  }
  return new Uint8Array(out.buffer);
}
