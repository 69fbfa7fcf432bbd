import { colourEdges, coverage, fieldEdges, fieldOf, hash } from "./fields.ts";
import { AREA, type Filter } from "./layers.ts";

const SPACING = 16;

/** The nearest pane centres of a pixel on a jittered lattice. */
function paneAt(x: number, y: number): { gap: number; tint: number } {
  let [first, second, tint] = [Infinity, Infinity, 0];
  const cx = Math.floor(x / SPACING), cy = Math.floor(y / SPACING);
  for (let gy = cy - 2; gy <= cy + 2; gy++) {
    for (let gx = cx - 2; gx <= cx + 2; gx++) {
      const px = (gx + 0.15 + 0.7 * hash(gx, gy, 1)) * SPACING;
      const py = (gy + 0.15 + 0.7 * hash(gx, gy, 2)) * SPACING;
      const distance = Math.hypot(px - x, py - y);
      if (distance < first) [first, second, tint] = [distance, first, hash(gx, gy, 5)];
      else second = Math.min(second, distance);
    }
  }
  return { gap: second - first, tint };
}

const LEAD = fieldOf((x, y) => paneAt(x, y).gap < 2 ? 1 : 0);
const TINT = fieldOf((x, y) => 0.8 + 0.4 * paneAt(x, y).tint);

/** Panes of glowing glass between strips of lead. */
export const stainedGlass: Filter = ({ flat, objects }, out) => {
  const inside = coverage(objects);
  const outline = fieldEdges(inside, 2), inner = colourEdges(flat, 1);
  for (let i = 0, j = 0; i < AREA; i++) {
    const covered = inside[i]! > 0.5;
    const lead = Math.max(
      covered ? 0 : LEAD[i]!,
      outline[i]! > 0.4 ? 1 : 0,
      covered && inner[i]! > 0.3 ? 0.55 : 0,
    );
    const light = (covered ? 0.5 + 0.5 * TINT[i]! : TINT[i]!) * (1 - lead);
    for (let c = 0; c < 3; c++, j++) out[j] = (flat[j]! * 1.12 - 6) * light + 14 * lead;
  }
};
