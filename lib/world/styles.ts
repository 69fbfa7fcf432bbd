/**
 * The art styles of EmojiWorld and how each one is made.
 *
 * A native style draws every glyph from one art source; a procedural style filters a scene that was
 * drawn from a clear native source. `showsColour` says whether the named background colour can be
 * seen in the picture: where it cannot, captions do not name it.
 */
import type { SourceId } from "./sources.ts";
import type { Filter } from "./filters/layers.ts";
import { filters } from "./filters/mod.ts";
import { drawStyle } from "./filters/unnamed.ts";
import { Random } from "../engine/random.ts";

/** How one style is drawn. */
export interface Style {
  /** The style phrase of the captions, without the word "style". */
  readonly name: string;
  /** Where its glyphs come from. */
  readonly source: SourceId;
  /** Glyphs are one-colour shapes, inked dark or light to contrast with the background. */
  readonly mono: boolean;
  /** The named background colour can be seen. */
  readonly showsColour: boolean;
  /** The filter of a procedural style. */
  readonly filter?: Filter;
}

const native = (name: string, source: SourceId): Style => ({
  name,
  source,
  mono: false,
  showsColour: true,
});
const ink = (name: string, source: SourceId): Style => ({ ...native(name, source), mono: true });
const filtered = (name: string, filter: Filter, source: SourceId = "noto"): Style => ({
  ...native(name, source),
  filter,
});
const colourless = (name: string, filter: Filter, source: SourceId = "noto"): Style => ({
  ...filtered(name, filter, source),
  showsColour: false,
});

const trained: readonly Style[] = [
  native("flat vector art", "fluent-emoji-flat"),
  native("soft gradient emoji", "noto"),
  native("two-tone blob", "noto-v1"),
  native("solid cartoon", "twemoji"),
  native("pastel cartoon", "emojione"),
  ink("black silhouette", "emojione-monotone"),
  ink("thick pictogram", "fluent-emoji-high-contrast"),
  ink("thin line drawing", "noto-emoji-300"),
  ink("bold line drawing", "noto-emoji-700"),
  filtered("pixel art", filters.pixelArt),
  filtered("halftone print", filters.halftone),
  colourless("blueprint", filters.blueprint),
  colourless("chalkboard drawing", filters.chalkboard),
  colourless("duotone poster", filters.duotone),
  colourless("thermal camera", filters.thermal),
  filtered("stained glass", filters.stainedGlass),
  filtered("plastic brick", filters.plasticBrick),
  filtered("pop art", filters.popArt),
  filtered("clay", filters.clay),
];

const heldOut: readonly Style[] = [
  native("glossy 3d rendering", "fluent-emoji-3d"),
  native("outlined cartoon with shadow", "streamline-emojis"),
  filtered("watercolor painting", filters.watercolor),
  colourless("engraving", filters.engraving),
  colourless("glowing neon", filters.neon),
  colourless("melting golden 3d rendering", filters.gold),
  filtered("risograph print", filters.risograph),
  filtered("cross-stitch embroidery", filters.crossStitch),
  filtered("glitch art", filters.glitch),
  filtered("sticker", filters.sticker),
];

const forSettings: readonly Style[] = [
  colourless("x-ray film", filters.xRay),
  colourless("tarnished copper relief", filters.copper),
  filtered("knitted wool", filters.knitted),
];

/** Names of the 19 styles that the generator, its tokenizer and its text encoder may see. */
export const TRAINED_STYLES: readonly string[] = trained.map((style) => style.name);

/** Names of the 10 styles kept for one-shot tuning; only the judge sees them. */
export const HELD_OUT_STYLES: readonly string[] = heldOut.map((style) => style.name);

/**
 * Names of 3 styles that no model saw, the judge included, as far from the trained ones as the held-out
 * styles are: where settings are chosen, so that the held-out ten are for measuring alone.
 */
export const SETTING_STYLES: readonly string[] = forSettings.map((style) => style.name);

const byName = new Map(
  [...trained, ...heldOut, ...forSettings].map((style) => [style.name, style]),
);

const UNNAMED = /^unnamed (\d+)$/;

/**
 * The name of one of endlessly many styles drawn at random, each by its number. They stand for the
 * breadth of styles that a large model has seen. Captions call them by some of their features
 * ({@linkcode featuresOf}) or by words that mean nothing: the generator learns to draw in any style,
 * and that words move it through all of them.
 */
export function unnamedStyle(number: number): string {
  return `unnamed ${number}`;
}

/** Whether a style is one of {@linkcode unnamedStyle}. */
export function isUnnamed(style: string): boolean {
  return UNNAMED.test(style);
}

/**
 * How a style is drawn.
 *
 * @throws {RangeError} if no style has that name
 */
export function styleNamed(name: string): Style {
  const style = byName.get(name) ?? (isUnnamed(name) ? unnamed(name) : undefined);
  if (!style) throw new RangeError(`Cannot find style "${name}": EmojiWorld has no such style`);
  return style;
}

function unnamed(name: string): Style {
  const { filter, showsColour } = drawStyle(new Random(name));
  return { ...filtered(name, filter), showsColour };
}

/**
 * What can be told of a style of {@linkcode unnamedStyle}, such as "embossed" or "upon olive".
 *
 * @throws {RangeError} if the style has a name
 */
export function featuresOf(style: string): readonly string[] {
  if (!isUnnamed(style)) throw new RangeError(`Cannot tell features of "${style}": it has a name`);
  return drawStyle(new Random(style)).words;
}

/**
 * Whether the named background colour can be seen in a style, and is therefore in its captions.
 *
 * @throws {RangeError} if no style has that name
 */
export function showsColour(style: string): boolean {
  return styleNamed(style).showsColour;
}
