import { grain } from "./fields.ts";
import { AREA, type Filter, SIZE } from "./layers.ts";

const PAPER = [250, 245, 230] as const;

/** One ink: the channel it darkens, its colour as a filter, its misregistration and its grain. */
const INKS = [
  { channel: 2, pass: [1, 0.88, 0.22], shift: 0, grain: grain(3) },
  { channel: 1, pass: [1, 0.3, 0.66], shift: 2 * SIZE - 3, grain: grain(1) },
  { channel: 0, pass: [0.12, 0.66, 0.86], shift: 3 * SIZE + 4, grain: grain(2) },
] as const;

/** Three grainy spot inks, each printed a little beside the others. */
export const risograph: Filter = ({ flat }, out) => {
  for (let i = 0, j = 0; i < AREA; i++, j += 3) {
    let [r, g, b] = PAPER as readonly number[] as [number, number, number];
    for (const ink of INKS) {
      const from = Math.min(AREA - 1, Math.max(0, i + ink.shift));
      const tone = 1.02 - flat[from * 3 + ink.channel]! / 250;
      const amount = Math.min(1, Math.max(0, tone * 1.15 + (ink.grain[i]! - 0.6) * 0.55));
      r *= 1 + (ink.pass[0] - 1) * amount;
      g *= 1 + (ink.pass[1] - 1) * amount;
      b *= 1 + (ink.pass[2] - 1) * amount;
    }
    out[j] = r, out[j + 1] = g, out[j + 2] = b;
  }
};
