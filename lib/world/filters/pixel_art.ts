import { cellsOf } from "./cells.ts";
import { type Filter, SIZE } from "./layers.ts";

const SIDE = 4;
const STEP = 255 / 5;

/** Square pixels, six levels per channel, and the dark outline of a game sprite. */
export const pixelArt: Filter = (layers, out) => {
  const { count, rgb, covered } = cellsOf(layers, SIDE);
  const isOutline = (cell: number) =>
    covered[cell] === 1 &&
    !(covered[cell - 1] && covered[cell + 1] && covered[cell - count] && covered[cell + count]);
  const colours = rgb.map((v, j) => {
    const outline = isOutline(Math.floor(j / 3));
    return Math.round((outline ? v * 0.45 : v) / STEP) * STEP;
  });
  for (let i = 0, j = 0; j < out.length; i++) {
    const cell = Math.floor(Math.floor(i / SIZE) / SIDE) * count + Math.floor((i % SIZE) / SIDE);
    for (let c = 0; c < 3; c++, j++) out[j] = colours[cell * 3 + c]!;
  }
};
