import { cellsOf } from "./cells.ts";
import { fieldOf } from "./fields.ts";
import { type Filter, SIZE } from "./layers.ts";

const SIDE = 4;
const STITCH = 8;

/** Light on the threads of one stitch, with deep shade between the arms of the cross. */
const THREAD = fieldOf((x, y) => {
  const u = x % STITCH, v = y % STITCH;
  if (Math.abs(u - v) <= 1) return u === v ? 1.15 : 1;
  if (Math.abs(u + v - 7) <= 1) return u + v === 7 ? 0.95 : 0.82;
  return 0.5;
});

/** Light on the cloth: a weave with holes at the corners of the stitches. */
const CLOTH = fieldOf((x, y) => {
  const u = x % STITCH, v = y % STITCH;
  if ((u === 0 || u === 7) && (v === 0 || v === 7)) return 0.55;
  return ((x >> 1) + (y >> 1)) & 1 ? 1 : 0.94;
});

/** Crossed threads on coloured cloth. */
export const crossStitch: Filter = (layers, out) => {
  const { count, rgb, covered } = cellsOf(layers, SIDE);
  for (let i = 0, j = 0; j < out.length; i++) {
    const cell = Math.floor(Math.floor(i / SIZE) / SIDE) * count + Math.floor((i % SIZE) / SIDE);
    const thread = THREAD[i]!, cloth = CLOTH[i]!;
    for (let c = 0; c < 3; c++, j++) {
      out[j] = covered[cell]
        ? Math.round(rgb[cell * 3 + c]! / 42) * 42 * thread
        : (layers.background[j]! * 0.8 + 48) * cloth;
    }
  }
};
