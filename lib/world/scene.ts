/**
 * The record of a scene: what is in the picture, before anything is drawn.
 */
import type { Image } from "../io/image.ts";

/** Background colours by name, as sRGB bytes. */
export const COLOURS = {
  white: [248, 248, 246],
  red: [228, 78, 70],
  orange: [246, 152, 66],
  yellow: [250, 220, 92],
  green: [112, 186, 98],
  teal: [58, 168, 162],
  blue: [86, 150, 236],
  purple: [148, 104, 208],
  pink: [250, 164, 200],
  brown: [146, 106, 76],
  grey: [168, 171, 176],
  navy: [34, 50, 98],
} as const satisfies Record<string, readonly [number, number, number]>;

/** The name of a background colour. */
export type Colour = keyof typeof COLOURS;

/** What a background is covered with. */
export const PATTERNS = ["plain", "striped", "dotted", "checkered", "gradient", "grassy"] as const;

/** One of {@linkcode PATTERNS}. */
export type Pattern = typeof PATTERNS[number];

/** Small things repeated in the corners, or none. */
export const DECORATIONS = [
  "none",
  "stars",
  "red hearts",
  "snowflakes",
  "maple leaves",
  "sparkles",
  "droplets",
] as const;

/** One of {@linkcode DECORATIONS}. */
export type Decoration = typeof DECORATIONS[number];

/** How the subject stands to the object. */
export const RELATIONS = [
  "to the left of",
  "to the right of",
  "above",
  "below",
  "in front of",
  "next to a small",
] as const;

/** One of {@linkcode RELATIONS}. */
export type Relation = typeof RELATIONS[number];

/** A scene: one or two concepts, a background, a decoration and a style. */
export interface Scene {
  /** Name of the first concept. */
  readonly subject: string;
  /** Present exactly when there is an object. */
  readonly relation?: Relation;
  /** Name of the second concept. */
  readonly object?: string;
  readonly pattern: Pattern;
  /** Not visible, and not in the caption, in styles that overwrite the background. */
  readonly colour: Colour;
  readonly decoration: Decoration;
  /** Name of a trained or a held-out style. */
  readonly style: string;
}

/** Width and height of a rendered scene in pixels. */
export const SCENE_SIZE = 64;

/** A scene as pixels. */
export interface RenderedScene {
  /** 64 x 64 RGB. */
  readonly image: Image;
  /** 64 * 64, row-major: 0 background, 1 subject, 2 object, 3 decoration. */
  readonly regions: Uint8Array;
}
