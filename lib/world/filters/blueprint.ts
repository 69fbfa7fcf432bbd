import { backgroundShade, colourEdges, coverage, fieldEdges, fieldOf } from "./fields.ts";
import { AREA, type Filter } from "./layers.ts";

const GRID = fieldOf((x, y) => x % 16 === 0 || y % 16 === 0 ? 34 : 0);
const HATCH = fieldOf((x, y) => ((x + y) & 7) === 0 ? 46 : 8);

/** White construction lines on blue paper with a grid. */
export const blueprint: Filter = ({ flat, background, objects }, out) => {
  const inside = coverage(objects);
  const shade = backgroundShade(background);
  const inner = colourEdges(flat, 1), outer = fieldEdges(inside, 1);
  for (let i = 0, j = 0; i < AREA; i++) {
    const line = Math.min(1, Math.max(inner[i]! * 1.7 - 0.1, outer[i]! * 1.2));
    const paper = GRID[i]! + inside[i]! * HATCH[i]! + 110 * shade[i]! * (1 - inside[i]!);
    out[j++] = 16 + paper + (226 - paper) * line;
    out[j++] = 56 + paper + (190 - paper) * line;
    out[j++] = 140 + paper + (112 - paper) * line;
  }
};
