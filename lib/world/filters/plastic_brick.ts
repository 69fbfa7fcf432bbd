import { cellsOf } from "./cells.ts";
import { fieldOf } from "./fields.ts";
import { type Filter, SIZE } from "./layers.ts";

const SIDE = 4;
const BRICK = 8;

/** Light on one 8-pixel brick: a round stud lit from the upper left, seams at two sides. */
const LIGHT = fieldOf((x, y) => {
  const dx = x % BRICK - 3, dy = y % BRICK - 3, r = Math.hypot(dx, dy);
  if (x % BRICK === 7 || y % BRICK === 7) return 0.62;
  if (r < 2.2) return 1.18;
  if (r < 3.4) return 1 - 0.075 * (dx + dy);
  return 0.95;
});

/** Toy bricks seen from above, with a stud on each. */
export const plasticBrick: Filter = (layers, out) => {
  const { count, rgb } = cellsOf(layers, SIDE);
  for (let i = 0, j = 0; j < out.length; i++) {
    const cell = Math.floor(Math.floor(i / SIZE) / SIDE) * count + Math.floor((i % SIZE) / SIDE);
    const light = LIGHT[i]!;
    for (let c = 0; c < 3; c++, j++) {
      out[j] = (Math.round(rgb[cell * 3 + c]! / 51) * 46 + 10) * light;
    }
  }
};
