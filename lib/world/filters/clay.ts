import { blur, brightness, clouds, coverage } from "./fields.ts";
import { AREA, type Filter, SIZE } from "./layers.ts";

const LUMPS = clouds(7, 6);

/** Soft modelled shapes lit from the upper left, casting a shadow on a matte ground. */
export const clay: Filter = ({ flat, background, objects }, out) => {
  const inside = coverage(objects), light = brightness(flat);
  const height = blur(blur(inside, 5), 3);
  const detail = blur(light.map((v, i) => v * inside[i]!), 1);
  const reach = SIZE + 1, shadowReach = 6 * SIZE + 5;
  for (let i = 0, j = 0; i < AREA; i++) {
    const before = Math.max(0, i - reach), after = Math.min(AREA - 1, i + reach);
    const slope = height[after]! - height[before]! + 0.3 * (detail[after]! - detail[before]!);
    const shade = Math.min(1.35, Math.max(0.45, 0.92 - 2.6 * -slope)) + 0.09 * (LUMPS[i]! - 0.5);
    const shadow = 1 - 0.45 * (height[Math.max(0, i - shadowReach)] ?? 0);
    const ground = shadow * (0.97 + 0.06 * LUMPS[i]!);
    for (let c = 0; c < 3; c++, j++) {
      const body = (flat[j]! * 0.78 + 40) * shade;
      out[j] = background[j]! * ground * (1 - inside[i]!) + body * inside[i]!;
    }
  }
};
