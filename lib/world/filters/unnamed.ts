import type { Random } from "../../engine/random.ts";
import {
  backgroundShade,
  blur,
  brightness,
  clouds,
  colourEdges,
  coverage,
  type Field,
  fieldEdges,
  fieldOf,
  hash,
} from "./fields.ts";
import { AREA, type Filter, type Layers, SIZE } from "./layers.ts";

type Rgb = readonly [number, number, number];

/** RGB in `[j]`, `[j + 1]`, `[j + 2]`, not clamped. */
type Picture = Float32Array;

/** Draws one part of a style over what the parts before it drew. */
type Draw = (picture: Picture, scene: Surfaces) => void;

/** A part of a style and, where it can be told, what it is called: a word or two. */
interface Part {
  readonly draw: Draw;
  readonly words?: string;
}

/** A scene as the parts read it. */
interface Surfaces extends Layers {
  readonly inside: Field;
  /** Of the objects over their background. */
  readonly light: Field;
}

/** A style drawn at random. */
export interface DrawnStyle {
  readonly filter: Filter;
  /** Whether a background's named colour can be seen in it. */
  readonly showsColour: boolean;
  /** Its features in words, "embossed" or "upon olive", in the order in which a caption has them. */
  readonly words: readonly string[];
}

/**
 * A style drawn at random: colours, grounds, lines, relief and texture, each of several kinds and
 * strengths. No two are alike, and none is one of the named styles.
 */
export function drawStyle(random: Random): DrawnStyle {
  const chance = (share: number) => random.next() < share;
  const ramped = chance(0.5), ground = random.pick(["as it is", "as the objects", "its own"]);
  const showsColour = ground === "as it is" || (ground === "as the objects" && !ramped);
  const colouring = ramped ? ramp(random, 2 + random.below(3)) : mixing(random);
  const backdrop = ramp(random, 2);
  const paint = ground === "as it is"
    ? copy
    : ground === "its own"
    ? backdrop.paint
    : colouring.paint;
  const parts: Part[] = [{ draw: paintGround(paint) }];
  if (chance(0.2)) parts.push({ draw: shadow(random), words: "raised" });
  const hollow = chance(0.12);
  parts.push(hollow ? { draw: () => {}, words: "hollow" } : paintObjects(colouring));
  if (chance(0.4)) parts.push({ draw: relief(random), words: "embossed" });
  if (chance(0.6)) parts.push(texture(random));
  if (hollow || chance(0.5)) parts.push(lines(random));
  if (chance(0.15)) parts.push({ draw: glow(random), words: "haloed" });
  if (chance(0.12)) parts.push({ draw: blocks(random.pick([4, 8])), words: "blocky" });
  const words = parts.flatMap(({ words }) => words ?? []);
  if (ground === "its own") words.push(`upon ${backdrop.words.split(" ").at(-1)}`);
  const filter: Filter = (layers, out) => {
    const picture = new Float32Array(AREA * 3);
    const inside = coverage(layers.objects), light = brightness(layers.flat);
    for (const { draw } of parts) draw(picture, { ...layers, inside, light });
    out.set(picture);
  };
  return { filter, showsColour, words };
}

/** Names of tones; none is a background's colour or a word of a named style. */
const TONES: Readonly<Record<string, Rgb>> = {
  ebony: [22, 20, 26],
  slate: [112, 120, 132],
  ivory: [238, 234, 220],
  crimson: [186, 34, 60],
  coral: [244, 124, 104],
  amber: [238, 168, 44],
  umber: [104, 72, 46],
  olive: [122, 124, 44],
  lime: [150, 222, 52],
  emerald: [32, 146, 82],
  mint: [150, 228, 190],
  cyan: [52, 208, 220],
  azure: [44, 112, 216],
  indigo: [56, 40, 126],
  violet: [150, 80, 218],
  magenta: [218, 48, 190],
  blush: [236, 150, 190],
};

/** The nearest of {@linkcode TONES}. */
function toneOf(rgb: Rgb): string {
  const distance = (other: Rgb) => rgb.reduce((sum, v, c) => sum + (v - other[c]!) ** 2, 0);
  const [first, ...rest] = Object.keys(TONES) as [string, ...string[]];
  return rest.reduce((a, b) => distance(TONES[b]!) < distance(TONES[a]!) ? b : a, first);
}

/** Any colour. */
function colour(random: Random): Rgb {
  return [random.next() * 255, random.next() * 255, random.next() * 255];
}

/** Between two numbers. */
function between(random: Random, from: number, to: number): number {
  return from + (to - from) * random.next();
}

/** Colours a place from its RGB at `rgb[j]` and its lightness; writes to `out[j]`. */
type Paint = (rgb: Uint8Array, light: number, j: number, out: Picture) => void;

/** A way to colour, and what such colours are called. */
interface Colouring {
  readonly paint: Paint;
  readonly words: string;
}

const copy: Paint = (rgb, _, j, out) => {
  for (let c = j; c < j + 3; c++) out[c] = rgb[c]!;
};

/** False colours by lightness, mostly from a dark one to a light one. */
function ramp(random: Random, stops: number): Colouring {
  const sum = (rgb: Rgb) => 0.3 * rgb[0] + 0.59 * rgb[1] + 0.11 * rgb[2];
  const colours = Array.from({ length: stops }, () => colour(random));
  if (random.next() < 0.75) colours.sort((a, b) => sum(a) - sum(b));
  const levels = random.next() < 0.25 ? 2 + random.below(3) : 0;
  const paint: Paint = (_, light, j, out) => {
    const t = levels ? Math.round(light * levels) / levels : light;
    const at = Math.min(1, Math.max(0, t)) * (stops - 1), i = Math.min(stops - 2, Math.floor(at));
    for (let c = 0; c < 3; c++) {
      out[j + c] = colours[i]![c]! + (colours[i + 1]![c]! - colours[i]![c]!) * (at - i);
    }
  };
  return { paint, words: [...new Set([colours[0]!, colours.at(-1)!].map(toneOf))].join(" ") };
}

/** The picture's own colours: channels mixed, contrast and brightness changed. */
function mixing(random: Random): Colouring {
  const order = random.shuffle([0, 1, 2]), own = random.next() < 0.6 ? 1 : random.next();
  const contrast = between(random, 0.5, 1.4), grey = between(random, -0.3, 0.7);
  const shift = between(random, -50, 50);
  const paint: Paint = (rgb, light, j, out) => {
    for (let c = 0; c < 3; c++) {
      const mixed = own * rgb[j + c]! + (1 - own) * rgb[j + order[c]!]!;
      const toned = mixed + Math.max(0, grey) * (255 * light - mixed);
      out[j + c] = 128 + (toned - 128) * contrast + shift;
    }
  };
  const word = own < 0.6
    ? "recoloured"
    : grey > 0.35
    ? "greyish"
    : contrast < 0.8
    ? "faded"
    : contrast > 1.15
    ? "vivid"
    : "natural";
  return { paint, words: word };
}

/** Fills the ground; weak patterns of neutral backgrounds come out in a ramp. */
function paintGround(paint: Paint): Draw {
  return (picture, { background }) => {
    const shade = backgroundShade(background);
    for (let i = 0; i < AREA; i++) {
      paint(background, Math.max(0, 1 - 3 * shade[i]!), 3 * i, picture);
    }
  };
}

function paintObjects({ paint, words }: Colouring): Part {
  const body = new Float32Array(AREA * 3);
  const draw: Draw = (picture, { flat, inside, light }) => {
    for (let i = 0; i < AREA; i++) {
      if (inside[i] === 0) continue;
      paint(flat, light[i]!, 3 * i, body);
      for (let c = 3 * i; c < 3 * i + 3; c++) {
        picture[c]! += (body[c]! - picture[c]!) * inside[i]!;
      }
    }
  };
  return { draw, words };
}

/** Objects darken or lighten the ground beside them. */
function shadow(random: Random): Draw {
  const strength = between(random, -0.3, 0.6), soft = 1 + random.below(4);
  const reach = (2 + random.below(6)) * SIZE + random.below(7);
  return (picture, { inside }) => {
    const wide = blur(inside, soft);
    for (let i = 0; i < AREA; i++) {
      const factor = 1 - strength * wide[Math.max(0, i - reach)]!;
      for (let c = 3 * i; c < 3 * i + 3; c++) picture[c]! *= factor;
    }
  };
}

/** Objects lit from one corner, as if they stood out or were pressed in. */
function relief(random: Random): Draw {
  const strength = between(random, 0.6, 2.6), soft = 1 + random.below(4);
  const detail = random.next(), reach = random.pick([SIZE + 1, SIZE - 1, -SIZE - 1]);
  return (picture, { inside, light }) => {
    const height = blur(inside.map((v, i) => v * (1 - detail + detail * light[i]!)), soft);
    const at = (i: number) => height[Math.min(AREA - 1, Math.max(0, i))]!;
    for (let i = 0; i < AREA; i++) {
      const slope = at(i + reach) - at(i - reach);
      const factor = Math.min(1.6, Math.max(0.35, 1 + strength * slope));
      for (let c = 3 * i; c < 3 * i + 3; c++) picture[c]! *= factor;
    }
  };
}

/** Fields in [0, 1] by period, under their words. */
const TEXTURES: Readonly<Record<string, (period: number, key: number) => Field>> = {
  ruled: (period) => wave((_, y) => y, period),
  barred: (period) => wave((x) => x, period),
  slanted: (period) => wave((x, y) => x + y, period),
  leaning: (period) => wave((x, y) => x - y, period),
  quilted: (period) => fieldOf((x, y) => (corner(x, period) + corner(y, period)) / 2),
  dimpled: (period) => fieldOf((x, y) => corner(x, period) * corner(y, period)),
  netted: (period) => fieldOf((x, y) => Math.max(corner(x, period), corner(y, period))),
  tiled: (period) =>
    fieldOf((x, y) => corner(x + period / 2 * (Math.floor(y / period) % 2), period)),
  cloudy: (period, key) => clouds(2 * period, key),
  speckled: (period, key) =>
    fieldOf((x, y) => hash(Math.floor(2 * x / period), Math.floor(2 * y / period), key)),
};

function wave(along: (x: number, y: number) => number, period: number): Field {
  return fieldOf((x, y) => 0.5 + 0.5 * Math.sin(2 * Math.PI * along(x, y) / period));
}

/** 0 in the middle of a cell, 1 at its border. */
function corner(x: number, period: number): number {
  return Math.abs((x % period + 0.5) / period * 2 - 1);
}

/** A regular or irregular texture on the objects, the ground or both. */
function texture(random: Random): Part {
  const words = random.pick(Object.keys(TEXTURES));
  const period = random.pick([4, 8, 8, 16]), key = random.below(1000);
  const strength = between(random, 0.15, 0.7),
    ink = random.next() < 0.5 ? colour(random) : undefined;
  const [onObjects, onGround] = random.pick([[1, 1], [1, 0], [0, 1]] as const);
  const printed = random.next() < 0.4, threshold = between(random, 0.3, 0.8);
  let field: Field | undefined;
  const draw: Draw = (picture, { inside, light }) => {
    field ??= TEXTURES[words]!(period, key);
    for (let i = 0; i < AREA; i++) {
      const where = onGround + (onObjects - onGround) * inside[i]!;
      const over = printed ? (field[i]! > threshold * (0.4 + light[i]!) ? 1 : 0) : field[i]!;
      const share = where * strength * over;
      for (let c = 0; c < 3; c++) {
        picture[3 * i + c]! += share * ((ink?.[c] ?? 0) - picture[3 * i + c]!);
      }
    }
  };
  return { draw, words };
}

/** Lines along silhouettes, and inside them at times. */
function lines(random: Random): Part {
  const ink = random.pick([colour(random), [15, 15, 15], [245, 245, 245]] as const);
  const reach = 1 + random.below(3), gain = between(random, 1, 3);
  const details = random.next() < 0.5 ? between(random, 0.5, 1.5) : 0;
  const draw: Draw = (picture, { flat, inside }) => {
    const outline = fieldEdges(inside, reach), inner = details ? colourEdges(flat, 1) : outline;
    for (let i = 0; i < AREA; i++) {
      const line = Math.min(1, gain * Math.max(outline[i]!, details * inside[i]! * inner[i]!));
      for (let c = 0; c < 3; c++) picture[3 * i + c]! += line * (ink[c]! - picture[3 * i + c]!);
    }
  };
  return { draw, words: `${toneOf(ink)} contoured` };
}

/** The words that {@linkcode drawStyle} tells features by. */
export const FEATURE_WORDS: readonly string[] = [
  ...Object.keys(TONES),
  ...Object.keys(TEXTURES),
  ..."recoloured greyish faded vivid natural hollow raised embossed haloed blocky contoured upon"
    .split(
      " ",
    ),
];

/** Light around silhouettes. */
function glow(random: Random): Draw {
  const light = colour(random), soft = 2 + random.below(4), strength = between(random, 0.4, 1.2);
  return (picture, { inside }) => {
    const halo = blur(blur(fieldEdges(inside, 2), soft), 2);
    for (let i = 0; i < AREA; i++) {
      for (let c = 0; c < 3; c++) picture[3 * i + c]! += strength * halo[i]! * light[c]!;
    }
  };
}

/** One colour per block. */
function blocks(side: number): Draw {
  return (picture) => {
    for (let y = 0; y < SIZE; y += side) {
      for (let x = 0; x < SIZE; x += side) {
        for (let c = 0; c < 3; c++) {
          let sum = 0;
          const each = (visit: (j: number) => void) => {
            for (let v = y; v < y + side; v++) {
              for (let u = x; u < x + side; u++) visit((v * SIZE + u) * 3 + c);
            }
          };
          each((j) => sum += picture[j]!);
          each((j) => picture[j] = sum / side / side);
        }
      }
    }
  };
}
