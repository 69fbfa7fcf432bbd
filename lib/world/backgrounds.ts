/**
 * Paints backgrounds: a colour under a pattern whose period divides the token grid.
 */
import type { Pattern } from "./scene.ts";

type Rgb = readonly [number, number, number];

const GRASS: Rgb = [96, 160, 66];
const BLADE: Rgb = [62, 122, 48];
const DARK_LUMINANCE = 96;

/** Brightness of a colour, 0 to 255. */
export function luminanceOf([r, g, b]: Rgb): number {
  return 0.3 * r + 0.59 * g + 0.11 * b;
}

/** The second colour of a pattern: lighter on dark colours, darker on light ones. */
function secondColour(colour: Rgb): Rgb {
  const dark = luminanceOf(colour) < DARK_LUMINANCE;
  return colour.map((v) => dark ? v + (255 - v) * 0.28 : v * 0.8) as unknown as Rgb;
}

/** Share of the second colour at a point of a 64 x 64 scene. */
function shareAt(pattern: Pattern, x: number, y: number): number {
  switch (pattern) {
    case "striped":
      return (x >> 3) & 1; // 8-pixel stripes
    case "checkered":
      return ((x >> 3) + (y >> 3)) & 1;
    case "dotted":
      return Math.min(1, Math.max(0, 2.9 - Math.hypot((x & 7) - 3.5, (y & 7) - 3.5)));
    case "gradient":
      return (y >> 2) / 15 * 1.4; // 4-pixel steps, from the colour to past its second
    default:
      return 0;
  }
}

const GRASS_TOP = 44;
const BLADE_HEIGHTS = [0, 2, 4, 2, 0, 1, 3, 1];

function grassAt(x: number, y: number): Rgb | undefined {
  if (y < GRASS_TOP - BLADE_HEIGHTS[x & 7]!) return undefined;
  return y < GRASS_TOP + 2 || ((x + 3 * y) & 7) === 0 ? BLADE : GRASS;
}

/**
 * A background.
 *
 * @param scale pixels per scene pixel, 1 or 2
 * @returns RGB bytes, `(64 * scale) ** 2 * 3`
 */
export function paintBackground(pattern: Pattern, colour: Rgb, scale: 1 | 2): Uint8Array {
  const size = 64 * scale;
  const out = new Uint8Array(size * size * 3);
  const second = secondColour(colour);
  for (let y = 0, i = 0; y < size; y++) {
    for (let x = 0; x < size; x++, i += 3) {
      const sx = Math.floor(x / scale), sy = Math.floor(y / scale);
      const grass = pattern === "grassy" ? grassAt(sx, sy) : undefined;
      const share = shareAt(pattern, sx, sy);
      for (let c = 0; c < 3; c++) {
        out[i + c] = grass ? grass[c]! : colour[c]! + (second[c]! - colour[c]!) * share;
      }
    }
  }
  return out;
}
