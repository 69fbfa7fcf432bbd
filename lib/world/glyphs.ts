/**
 * Glyphs of one size: cropped to what is drawn, centred in a square, resampled by area.
 */
import type { Raster } from "./rasterize.ts";

/** Side of a master glyph in pixels: the largest one that a 128-pixel scene draws. */
export const MASTER_SIZE = 92;

const VISIBLE_ALPHA = 12;

/** The square around everything visible: left, top, side. */
function visibleSquare({ width, height, data }: Raster): [number, number, number] {
  let [left, top, right, bottom] = [width, height, -1, -1];
  for (let y = 0, i = 3; y < height; y++) {
    for (let x = 0; x < width; x++, i += 4) {
      if (data[i]! <= VISIBLE_ALPHA) continue;
      left = Math.min(left, x);
      right = Math.max(right, x);
      top = Math.min(top, y);
      bottom = Math.max(bottom, y);
    }
  }
  const w = right - left + 1, h = bottom - top + 1, side = Math.max(w, h);
  return [left - (side - w) / 2, top - (side - h) / 2, side];
}

/** Averages of `source` over equal intervals of [start, start + length): index and weight per tap. */
function areaTaps(start: number, length: number, limit: number, count: number) {
  const step = length / count;
  return Array.from({ length: count }, (_, i) => {
    const from = start + i * step, to = from + step;
    const taps: [index: number, weight: number][] = [];
    for (let p = Math.floor(from); p < to; p++) {
      const weight = (Math.min(to, p + 1) - Math.max(from, p)) / step;
      if (p >= 0 && p < limit && weight > 0) taps.push([p, weight]);
    }
    return taps;
  });
}

/** Area-resamples a square of a picture; what lies outside the picture is transparent. */
function resample(raster: Raster, [x, y, side]: readonly number[], size: number): Uint8Array {
  const columns = areaTaps(x!, side!, raster.width, size);
  const rows = areaTaps(y!, side!, raster.height, size);
  const out = new Uint8Array(size * size * 4);
  for (let oy = 0, o = 0; oy < size; oy++) {
    for (let ox = 0; ox < size; ox++) {
      for (let c = 0; c < 4; c++, o++) {
        let sum = 0;
        for (const [sy, wy] of rows[oy]!) {
          for (const [sx, wx] of columns[ox]!) {
            sum += wx * wy * raster.data[(sy * raster.width + sx) * 4 + c]!;
          }
        }
        out[o] = Math.round(sum);
      }
    }
  }
  return out;
}

/**
 * A raster as a master glyph: the visible part fills the square.
 *
 * @returns RGBA bytes with premultiplied alpha, `MASTER_SIZE ** 2 * 4`
 * @throws {RangeError} if nothing is visible
 */
export function masterGlyph(raster: Raster): Uint8Array {
  const square = visibleSquare(raster);
  if (square[2] <= 0) throw new RangeError("Cannot make a glyph: found an empty drawing");
  return resample(raster, square, MASTER_SIZE);
}

/**
 * A master glyph at another size.
 *
 * @param size side in pixels, at most {@linkcode MASTER_SIZE}
 * @returns RGBA bytes with premultiplied alpha, `size ** 2 * 4`
 */
export function resizeGlyph(master: Uint8Array, size: number): Uint8Array {
  if (size === MASTER_SIZE) return master;
  const raster = { width: MASTER_SIZE, height: MASTER_SIZE, data: master };
  return resample(raster, [0, 0, MASTER_SIZE], size);
}

/** 1 where a glyph covers at least half of a pixel. */
export function coveredArea(glyph: Uint8Array): Uint8Array {
  return Uint8Array.from({ length: glyph.length / 4 }, (_, i) => glyph[i * 4 + 3]! >= 128 ? 1 : 0);
}

/** Alpha from which a pixel of a thin line counts as closed. */
const LINE_ALPHA = 36;

/**
 * 1 on the lines of a line drawing and on everything that they enclose, so that the region of an
 * outlined thing is the thing.
 *
 * @param side side of the glyph in pixels
 */
export function enclosedArea(glyph: Uint8Array, side: number): Uint8Array {
  const inside = new Uint8Array(side * side).fill(1);
  const open = [...inside.keys()].filter((i) =>
    i % side === 0 || i % side === side - 1 || i < side || i >= side * (side - 1)
  );
  for (let i = open.pop(); i !== undefined; i = open.pop()) {
    if (!inside[i] || glyph[i * 4 + 3]! >= LINE_ALPHA) continue;
    inside[i] = 0;
    if (i % side > 0) open.push(i - 1);
    if (i % side < side - 1) open.push(i + 1);
    if (i >= side) open.push(i - side);
    if (i < side * (side - 1)) open.push(i + side);
  }
  return inside;
}
