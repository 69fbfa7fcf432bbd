import { backgroundShade, blur, brightness, coverage, fieldEdges, grain } from "./fields.ts";
import { AREA, type Filter } from "./layers.ts";

const GRAIN = grain(11);

/** Bright bones in dark film: dense where an object is dark or ends, nearly black around it. */
export const xRay: Filter = ({ flat, background, objects }, out) => {
  const inside = coverage(objects), light = brightness(flat), shade = backgroundShade(background);
  const outline = fieldEdges(inside, 2), halo = blur(inside, 5);
  for (let i = 0, j = 0; i < AREA; i++) {
    const bone = inside[i]! * (0.35 + 0.5 * (1 - light[i]!)) + 0.45 * outline[i]!;
    const film = 0.06 + 0.16 * halo[i]! + 0.45 * shade[i]! * (1 - inside[i]!);
    const dense = Math.min(1, bone + film + 0.05 * (GRAIN[i]! - 0.5));
    out[j++] = 8 + 205 * dense * dense;
    out[j++] = 14 + 225 * dense * Math.sqrt(dense);
    out[j++] = 22 + 230 * dense;
  }
};
