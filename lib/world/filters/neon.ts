import { backgroundShade, blur, clouds, colourEdges, coverage, fieldEdges } from "./fields.ts";
import { AREA, type Filter } from "./layers.ts";

const RED = clouds(50, 3), GREEN = clouds(50, 5);

/** Bright tubes along the edges of objects, glowing in the dark. */
export const neon: Filter = ({ flat, background, objects }, out) => {
  const outline = fieldEdges(coverage(objects), 2), inner = colourEdges(flat, 2);
  const shade = backgroundShade(background);
  const pattern = colourEdges(background, 1);
  const tube = outline.map((v, i) => Math.min(1, Math.max(v, inner[i]! * 1.5 - 0.2)));
  const glow = blur(blur(tube, 4), 2);
  for (let i = 0, j = 0; i < AREA; i++) {
    const hue = [0.15 + 0.95 * RED[i]!, 0.95 - 0.85 * GREEN[i]!, 1];
    const base = [10, 5, 28], dim = pattern[i]! * 0.9 + shade[i]! * 0.5;
    for (let c = 0; c < 3; c++, j++) {
      const shine = glow[i]! * 1.1 * hue[c]! + tube[i]! * (0.35 * hue[c]! + 0.5) + dim * hue[c]!;
      out[j] = base[c]! + 255 * shine;
    }
  }
};
