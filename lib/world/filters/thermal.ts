import { blur, brightness, coverage } from "./fields.ts";
import { AREA, type Filter } from "./layers.ts";

const STOPS = [[6, 4, 40], [60, 10, 140], [200, 30, 110], [255, 140, 30], [255, 250, 180]] as const;

/** Colours of 256 temperatures, RGB. */
const TEMPERATURES = Uint8Array.from({ length: 768 }, (_, j) => {
  const position = Math.floor(j / 3) / 255 * (STOPS.length - 1);
  const stop = Math.min(STOPS.length - 2, Math.floor(position)), share = position - stop;
  return STOPS[stop]![j % 3]! * (1 - share) + STOPS[stop + 1]![j % 3]! * share;
});

/** False colours of a heat camera: objects are warm, the background is cold. */
export const thermal: Filter = ({ flat, objects }, out) => {
  const light = brightness(flat), inside = coverage(objects), heat = blur(inside, 3);
  for (let i = 0, j = 0; i < AREA; i++) {
    const cold = 0.34 * light[i]! + 0.08 * heat[i]!;
    const warm = 0.45 + 0.3 * light[i]! + 0.25 * heat[i]!;
    const t = cold + (warm - cold) * inside[i]!;
    const entry = Math.round(Math.min(1, t) * 255) * 3;
    out[j++] = TEMPERATURES[entry]!;
    out[j++] = TEMPERATURES[entry + 1]!;
    out[j++] = TEMPERATURES[entry + 2]!;
  }
};
