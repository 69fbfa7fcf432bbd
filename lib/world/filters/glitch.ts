import { hash } from "./fields.ts";
import { type Filter, SIZE } from "./layers.ts";

const SPLIT = 4;

/** Shift of each row: most bands stand still, some tear sideways. */
const SHIFTS = Int8Array.from({ length: SIZE }, (_, y) => {
  const band = Math.floor(y / 12), torn = hash(band, 1, 3);
  return torn < 0.5 ? 0 : Math.round((hash(band, 2, 3) - 0.5) * 22);
});

/** A broken video signal: torn bands, split colours, dark scan lines. */
export const glitch: Filter = ({ flat }, out) => {
  for (let y = 0, j = 0; y < SIZE; y++) {
    const line = y & 2 ? 0.72 : 1.04;
    for (let x = 0; x < SIZE; x++) {
      for (let c = 0; c < 3; c++, j++) {
        const from = Math.min(SIZE - 1, Math.max(0, x + SHIFTS[y]! + (c - 1) * SPLIT));
        out[j] = flat[(y * SIZE + from) * 3 + c]! * line;
      }
    }
  }
};
