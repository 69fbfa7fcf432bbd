import { backgroundShade, clouds, colourEdges, coverage, fieldEdges, grain } from "./fields.ts";
import { AREA, type Filter } from "./layers.ts";

const GRAIN = grain(9);
const DUST = clouds(14, 12);

/** Broken chalk lines and a light rubbed filling on a dark green board. */
export const chalkboard: Filter = ({ flat, background, objects }, out) => {
  const inside = coverage(objects);
  const shade = backgroundShade(background);
  const inner = colourEdges(flat, 2), outer = fieldEdges(inside, 2);
  for (let i = 0, j = 0; i < AREA; i++) {
    const line = Math.min(1, Math.max(inner[i]! * 1.5 - 0.12, outer[i]! * 1.1));
    const chalk = line * (GRAIN[i]! > 0.3 ? 0.95 : 0.3) +
      (GRAIN[i]! > 0.55 ? inside[i]! * 0.16 : 0.6 * shade[i]! * (1 - inside[i]!));
    const board = DUST[i]! * 14, share = Math.min(1, chalk);
    out[j++] = (34 + board) * (1 - share) + 240 * share;
    out[j++] = (62 + board) * (1 - share) + 238 * share;
    out[j++] = (50 + board) * (1 - share) + 224 * share;
  }
};
