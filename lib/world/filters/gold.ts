import { blur, brightness, coverage, type Field, hash } from "./fields.ts";
import { AREA, type Filter, SIZE } from "./layers.ts";

const GOLD = [246, 190, 62] as const;
const DRIP_LENGTHS = Float32Array.from({ length: SIZE }, (_, x) => {
  const drip = Math.floor(x / 6), across = Math.abs(x % 6 - 2.5) / 3;
  return hash(drip, 0, 4) < 0.45 ? 0 : (4 + 10 * hash(drip, 1, 4)) * Math.sqrt(1 - across * across);
});

/** Coverage with drops running down from every lower edge. */
function melt(inside: Field): Field {
  const out = inside.slice();
  for (let x = 0; x < SIZE; x++) {
    let left = 0;
    for (let i = x; i < AREA; i += SIZE) {
      if (inside[i]! > 0.6) left = DRIP_LENGTHS[x]!;
      else if (left-- > 0) out[i] = Math.max(out[i]!, 0.9);
    }
  }
  return out;
}

/** Polished melting gold on a dark red cloth. */
export const gold: Filter = ({ flat, background, objects }, out) => {
  const inside = melt(coverage(objects)), light = brightness(flat), cloth = brightness(background);
  const height = blur(blur(inside.map((v, i) => v * (0.35 + 0.65 * light[i]!)), 1), 1);
  const wide = blur(inside, 4);
  for (let i = 0, j = 0; i < AREA; i++) {
    const slope = height[Math.min(AREA - 1, i + SIZE + 1)]! - height[Math.max(0, i - SIZE - 1)]!;
    const shade = Math.max(0.3, 0.92 + slope * 1.9), shine = Math.max(0, shade - 1.08) * 320;
    const shadow = 1 - 0.5 * wide[Math.max(0, i - 4 * SIZE - 3)]!;
    const ground = (0.35 + 0.9 * cloth[i]!) * shadow;
    for (let c = 0; c < 3; c++, j++) {
      const velvet = [92, 16, 30][c]! * ground;
      out[j] = velvet + (GOLD[c]! * shade + shine - velvet) * inside[i]!;
    }
  }
};
