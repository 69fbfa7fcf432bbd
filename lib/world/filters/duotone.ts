import { brightness, coverage, fieldEdges } from "./fields.ts";
import { AREA, type Filter } from "./layers.ts";

const DARK = [40, 18, 110] as const;
const LIGHT = [255, 164, 96] as const;

/** Two inks with a dark outline: brightness runs from violet to orange. */
export const duotone: Filter = ({ flat, objects }, out) => {
  const light = brightness(flat), outline = fieldEdges(coverage(objects), 1);
  for (let i = 0, j = 0; i < AREA; i++) {
    const share = Math.min(1, Math.max(0, (light[i]! - 0.2) * 1.3 - 0.7 * outline[i]!));
    for (let c = 0; c < 3; c++) out[j++] = DARK[c]! + (LIGHT[c]! - DARK[c]!) * share;
  }
};
