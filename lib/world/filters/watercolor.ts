import { blur, clouds, coverage, grain } from "./fields.ts";
import { AREA, type Filter, SIZE } from "./layers.ts";

const WOBBLE_X = clouds(11, 1), WOBBLE_Y = clouds(11, 2);
const WASH = clouds(20, 7), PAPER = grain(4);
const last = SIZE - 1;

/** Where the wet edge of each pixel comes from: an index displaced by up to 3 pixels. */
const SOURCE = Uint16Array.from({ length: AREA }, (_, i) => {
  const x = Math.round(i % SIZE + 7 * (WOBBLE_X[i]! - 0.5));
  const y = Math.round(Math.floor(i / SIZE) + 7 * (WOBBLE_Y[i]! - 0.5));
  return Math.min(last, Math.max(0, y)) * SIZE + Math.min(last, Math.max(0, x));
});

/** Thin paint on paper: wobbly edges, dark rims, uneven washes, a pale halo around objects. */
export const watercolor: Filter = ({ background, objects }, out) => {
  const cover = coverage(objects);
  const inside = blur(cover.map((_, i) => cover[SOURCE[i]!]!), 1), wide = blur(inside, 4);
  for (let i = 0, j = 0; i < AREA; i++) {
    const a = inside[i]!, from = SOURCE[i]! * 4, own = objects[from + 3]! / 255 || 1;
    const rim = Math.max(0, a - wide[i]!) * 0.6, halo = Math.max(0, wide[i]! - a);
    const paper = 250 - 14 * PAPER[i]!;
    const ground = Math.max(0, 0.35 + 0.5 * WASH[i]! - halo * 1.6);
    const paint = 0.5 + 0.3 * WASH[i]! + rim;
    for (let c = 0; c < 3; c++, j++) {
      const washed = paper + (background[j]! - paper) * ground;
      const painted = paper + (objects[from + c]! / own * (1 - rim * 0.6) - paper) * paint;
      out[j] = washed + (painted - washed) * a;
    }
  }
};
