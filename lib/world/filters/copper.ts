import { blur, brightness, clouds, coverage } from "./fields.ts";
import { AREA, type Filter, SIZE } from "./layers.ts";

const COPPER = [206, 112, 66] as const, PATINA = [74, 150, 132] as const;
const TARNISH = clouds(14, 21);

/** Hammered copper on green patina: relief lit from the upper left, tarnished in its hollows. */
export const copper: Filter = ({ flat, background, objects }, out) => {
  const inside = coverage(objects), light = brightness(flat), plate = brightness(background);
  const height = blur(inside.map((v, i) => v * (0.4 + 0.6 * light[i]!)), 1);
  for (let i = 0, j = 0; i < AREA; i++) {
    const slope = height[Math.min(AREA - 1, i + SIZE + 1)]! - height[Math.max(0, i - SIZE - 1)]!;
    const shade = Math.max(0.35, 0.9 + 1.5 * slope);
    const hollow = inside[i]! * Math.max(0, 0.75 - height[i]!) * TARNISH[i]!;
    const ground = 0.45 + 0.55 * plate[i]! * (0.7 + 0.3 * TARNISH[i]!);
    for (let c = 0; c < 3; c++, j++) {
      const metal = (COPPER[c]! + (PATINA[c]! - COPPER[c]!) * hollow) * shade;
      out[j] = PATINA[c]! * ground + (metal - PATINA[c]! * ground) * inside[i]!;
    }
  }
};
