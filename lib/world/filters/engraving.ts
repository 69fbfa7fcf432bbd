import { brightness, colourEdges, coverage, fieldEdges, fieldOf } from "./fields.ts";
import { AREA, type Filter } from "./layers.ts";

/** Phases of two crossing sets of lines, 0 to 1, 4 pixels apart. */
const HATCH = fieldOf((x, y) => Math.abs(((x + y) & 7) - 3.5) / 3.5);
const CROSS = fieldOf((x, y) => Math.abs(((x - y) & 7) - 3.5) / 3.5);
/** Brightness below which a horizontal rule is drawn on the ground. */
const RULES = fieldOf((_, y) => [0.75, 0.58, 0, 0][y & 3]!);

/** Black hatching on cream paper: the darker, the thicker the lines. */
export const engraving: Filter = ({ flat, objects }, out) => {
  const light = brightness(flat), inside = coverage(objects);
  const inner = colourEdges(flat, 1), outline = fieldEdges(inside, 1);
  for (let i = 0, j = 0; i < AREA; i++) {
    const covered = inside[i]! > 0.4, dark = 1 - light[i]!;
    const hatched = covered
      ? HATCH[i]! < dark * 1.1 + 0.12 || CROSS[i]! < (dark - 0.4) * 1.4
      : light[i]! < RULES[i]!;
    const line = Math.max(hatched ? 0.85 : 0, covered ? inner[i]! * 1.4 : 0, outline[i]!);
    const ink = Math.min(1, line);
    out[j++] = 244 - 214 * ink;
    out[j++] = 234 - 208 * ink;
    out[j++] = 208 - 186 * ink;
  }
};
