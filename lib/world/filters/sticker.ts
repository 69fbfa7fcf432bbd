import { blur, coverage } from "./fields.ts";
import { AREA, type Filter, SIZE } from "./layers.ts";

/** Cut-out objects with a white border, lifted off the background by a shadow. */
export const sticker: Filter = ({ background, objects }, out) => {
  const near = blur(coverage(objects), 3), border = near.map((v) => Math.min(1, v * 14));
  const soft = blur(border, 2);
  for (let i = 0, j = 0; i < AREA; i++) {
    const shadow = 1 - 0.5 * soft[Math.max(0, i - 4 * SIZE - 3)]!;
    const a = objects[i * 4 + 3]! / 255, white = 255 * border[i]!;
    for (let c = 0; c < 3; c++, j++) {
      const under = background[j]! * shadow * (1 - border[i]!) + white;
      out[j] = objects[i * 4 + c]! + under * (1 - a);
    }
  }
};
