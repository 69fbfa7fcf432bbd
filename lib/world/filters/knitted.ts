import { fieldOf } from "./fields.ts";
import { type Filter, SIZE } from "./layers.ts";

/** Stitches are STITCH pixels wide and high; each is a V of two slanted strands. */
const STITCH = 8;
const WOOL = fieldOf((x, y) => {
  const across = x % STITCH - (STITCH - 1) / 2;
  const along = (y + Math.abs(across)) % STITCH / STITCH;
  return 0.62 + 0.5 * Math.sin(Math.PI * along) * (1 - 0.12 * Math.abs(across));
});

/** Knitted wool: one colour per stitch, strands that catch the light. */
export const knitted: Filter = ({ flat }, out) => {
  const cells = SIZE / STITCH, area = STITCH * STITCH;
  const colours = new Float32Array(cells * cells * 3);
  for (let y = 0; y < SIZE; y++) {
    for (let x = 0; x < SIZE; x++) {
      const cell = (Math.floor(y / STITCH) * cells + Math.floor(x / STITCH)) * 3;
      for (let c = 0; c < 3; c++) colours[cell + c]! += flat[(y * SIZE + x) * 3 + c]! / area;
    }
  }
  for (let y = 0, j = 0; y < SIZE; y++) {
    for (let x = 0; x < SIZE; x++) {
      const cell = (Math.floor(y / STITCH) * cells + Math.floor(x / STITCH)) * 3;
      for (let c = 0; c < 3; c++, j++) {
        out[j] = (20 + 0.85 * colours[cell + c]!) * WOOL[y * SIZE + x]!;
      }
    }
  }
};
