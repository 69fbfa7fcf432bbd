import { colourEdges, coverage, fieldEdges, fieldOf } from "./fields.ts";
import { AREA, type Filter } from "./layers.ts";

const DOT = fieldOf((x, y) => Math.hypot((x & 7) - 3.5, (y & 7) - 3.5) < 2.3 ? 1 : 0);
const LEVELS = Uint8Array.from({ length: 256 }, (_, v) => {
  const level = Math.round(Math.min(1, Math.max(0, (v / 255 - 0.5) * 1.5 + 0.53)) * 2);
  return [24, 150, 252][level]!;
});

/** Comic print: few flat bright colours, thick black outlines, white dots on the background. */
export const popArt: Filter = ({ flat, objects }, out) => {
  const inside = coverage(objects);
  const outline = fieldEdges(inside, 2), inner = colourEdges(flat, 1);
  for (let i = 0, j = 0; i < AREA; i++) {
    const covered = inside[i]! > 0.5;
    const black = outline[i]! > 0.35 || (covered && inner[i]! > 0.42);
    for (let c = 0; c < 3; c++, j++) {
      if (black) out[j] = 12;
      else if (covered) out[j] = LEVELS[flat[j]!]!;
      else out[j] = DOT[i] ? flat[j]! * 0.35 + 166 : (flat[j]! - 128) * 1.3 + 124;
    }
  }
};
