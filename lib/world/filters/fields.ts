/**
 * Maps over the pixels of a layer that several filters share: brightness, coverage, edges, blur and
 * fixed noise. All are `AREA` long, row-major, and in [0, 1] unless said otherwise.
 */
import { AREA, SIZE } from "./layers.ts";

/** One number per pixel. */
export type Field = Float32Array;

/** Brightness of RGB bytes. */
export function brightness(rgb: Uint8Array): Field {
  const out = new Float32Array(AREA);
  for (let i = 0, j = 0; i < AREA; i++, j += 3) {
    out[i] = (0.3 * rgb[j]! + 0.59 * rgb[j + 1]! + 0.11 * rgb[j + 2]!) / 255;
  }
  return out;
}

/** Brightness of the neutral background that colourless styles receive. */
const NEUTRAL = 226 / 255;

/** How much darker than a plain one a neutral background is: 0 plain, about 0.3 at the darkest. */
export function backgroundShade(background: Uint8Array): Field {
  return brightness(background).map((light) => Math.max(0, 1 - light / NEUTRAL));
}

/** How much of each pixel the objects cover. */
export function coverage(objects: Uint8Array): Field {
  const out = new Float32Array(AREA);
  for (let i = 0, j = 3; i < AREA; i++, j += 4) out[i] = objects[j]! / 255;
  return out;
}

/** One running mean along rows, written transposed, so that two passes blur both ways. */
function blurRowsTransposed(input: Field, radius: number, out: Field): void {
  const last = SIZE - 1, scale = 1 / (2 * radius + 1);
  for (let y = 0; y < SIZE; y++) {
    const row = y * SIZE;
    let sum = input[row]! * radius;
    for (let x = 0; x <= radius; x++) sum += input[row + x]!;
    for (let x = 0; x < SIZE; x++) {
      out[x * SIZE + y] = sum * scale;
      sum += input[row + Math.min(last, x + radius + 1)]! - input[row + Math.max(0, x - radius)]!;
    }
  }
}

/**
 * The mean over a square around each pixel; borders repeat.
 *
 * @param radius pixels on each side
 */
export function blur(input: Field, radius: number): Field {
  const turned = new Float32Array(AREA), out = new Float32Array(AREA);
  blurRowsTransposed(input, radius, turned);
  blurRowsTransposed(turned, radius, out);
  return out;
}

/** The largest change of a channel across each pixel, `reach` pixels to either side. */
export function colourEdges(rgb: Uint8Array, reach: number): Field {
  const out = new Float32Array(AREA);
  const right = reach * 3, down = reach * SIZE * 3;
  for (let y = reach; y < SIZE - reach; y++) {
    for (let x = reach; x < SIZE - reach; x++) {
      const i = y * SIZE + x, j = i * 3;
      let most = 0;
      for (let c = j; c < j + 3; c++) {
        const dx = Math.abs(rgb[c + right]! - rgb[c - right]!);
        const dy = Math.abs(rgb[c + down]! - rgb[c - down]!);
        most = Math.max(most, dx > dy ? dx + dy / 2 : dy + dx / 2); // about the Euclidean length
      }
      out[i] = Math.min(1, most / 255);
    }
  }
  return out;
}

/** The change of a field across each pixel, `reach` pixels to either side, at most 1. */
export function fieldEdges(field: Field, reach: number): Field {
  const out = new Float32Array(AREA);
  const down = reach * SIZE;
  for (let y = reach; y < SIZE - reach; y++) {
    for (let x = reach; x < SIZE - reach; x++) {
      const i = y * SIZE + x;
      const dx = Math.abs(field[i + reach]! - field[i - reach]!);
      const dy = Math.abs(field[i + down]! - field[i - down]!);
      out[i] = Math.min(1, dx > dy ? dx + dy / 2 : dy + dx / 2);
    }
  }
  return out;
}

/** A fixed pseudo-random number in [0, 1) for a lattice point. */
export function hash(x: number, y: number, key: number): number {
  let h = Math.imul(x, 374761393) ^ Math.imul(y, 668265263) ^ Math.imul(key + 1, 2246822519 | 0);
  h = Math.imul(h ^ (h >>> 13), 1274126177);
  return ((h ^ (h >>> 16)) >>> 0) / 2 ** 32;
}

/** A field computed once from a function of the pixel. */
export function fieldOf(valueAt: (x: number, y: number) => number): Field {
  const out = new Float32Array(AREA);
  for (let i = 0; i < AREA; i++) out[i] = valueAt(i % SIZE, Math.floor(i / SIZE));
  return out;
}

/** Fixed independent noise. */
export function grain(key: number): Field {
  return fieldOf((x, y) => hash(x, y, key));
}

const ease = (t: number) => t * t * (3 - 2 * t);

/**
 * Fixed smooth noise.
 *
 * @param scale distance between lattice points in pixels
 */
export function clouds(scale: number, key: number): Field {
  return fieldOf((x, y) => {
    const gx = Math.floor(x / scale), gy = Math.floor(y / scale);
    const u = ease(x / scale - gx), v = ease(y / scale - gy);
    const upper = hash(gx, gy, key) * (1 - u) + hash(gx + 1, gy, key) * u;
    const lower = hash(gx, gy + 1, key) * (1 - u) + hash(gx + 1, gy + 1, key) * u;
    return upper * (1 - v) + lower * v;
  });
}
