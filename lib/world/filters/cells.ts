/**
 * Mean colours over square cells, for styles that are built of small units.
 */
import { type Layers, SIZE } from "./layers.ts";

/** Colours of the cells of a scene. */
export interface Cells {
  /** Cells per row. */
  readonly count: number;
  /** RGB, `count ** 2 * 3`; a cell is all object or all background. */
  readonly rgb: Float32Array;
  /** 1 where objects cover at least half of the cell. */
  readonly covered: Uint8Array;
}

/**
 * Cuts a scene into square cells.
 *
 * @param side pixels per cell, a divisor of 128
 */
export function cellsOf({ background, objects }: Layers, side: number): Cells {
  const count = SIZE / side, pixels = side * side;
  const rgb = new Float32Array(count * count * 3), covered = new Uint8Array(count * count);
  for (let cell = 0; cell < covered.length; cell++) {
    const start = Math.floor(cell / count) * side * SIZE + (cell % count) * side;
    let [r, g, b, a, br, bg, bb] = [0, 0, 0, 0, 0, 0, 0];
    for (let y = 0; y < side; y++) {
      for (let i = start + y * SIZE; i < start + y * SIZE + side; i++) {
        r += objects[i * 4]!, g += objects[i * 4 + 1]!, b += objects[i * 4 + 2]!;
        a += objects[i * 4 + 3]! / 255;
        br += background[i * 3]!, bg += background[i * 3 + 1]!, bb += background[i * 3 + 2]!;
      }
    }
    covered[cell] = a >= pixels / 2 ? 1 : 0;
    const [sum, n] = covered[cell] ? [[r, g, b], a] : [[br, bg, bb], pixels];
    for (let c = 0; c < 3; c++) rgb[cell * 3 + c] = sum[c]! / n;
  }
  return { count, rgb, covered };
}
