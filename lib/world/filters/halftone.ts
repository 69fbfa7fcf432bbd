import { brightness, fieldOf } from "./fields.ts";
import { AREA, type Filter } from "./layers.ts";

/** Distance to the nearest point of a diagonal lattice of 8 pixels, relative to the largest. */
const DISTANCE = fieldOf((x, y) => {
  const u = (x & 7) - 3.5, v = (y & 7) - 3.5;
  const centre = Math.hypot(u, v), corner = Math.hypot(Math.abs(u) - 4, Math.abs(v) - 4);
  return Math.min(centre, corner) / 4;
});

/** Printed dots that grow with darkness: dark ink dots on pale tints of the local colour. */
export const halftone: Filter = ({ flat }, out) => {
  const light = brightness(flat);
  for (let i = 0, j = 0; i < AREA; i++) {
    const dot = DISTANCE[i]! < 0.28 + 0.62 * (1 - light[i]!);
    for (let c = 0; c < 3; c++, j++) {
      out[j] = dot ? flat[j]! * 0.72 - 18 : flat[j]! * 0.35 + 168;
    }
  }
};
