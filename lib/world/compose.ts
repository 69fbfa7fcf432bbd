/**
 * Composes glyphs over a background, at the size of the scene or at twice that size for filters.
 */
import type { Atlas } from "./atlas.ts";
import { DECORATION_CODEPOINTS } from "./atlas.ts";
import { luminanceOf, paintBackground } from "./backgrounds.ts";
import { conceptNamed } from "./concepts.ts";
import type { Layers } from "./filters/layers.ts";
import { coveredArea, enclosedArea, resizeGlyph } from "./glyphs.ts";
import { type Box, DECORATION_BOXES, MARGIN, standingIn } from "./layout.ts";
import { COLOURS, type Scene, SCENE_SIZE } from "./scene.ts";
import type { Style } from "./styles.ts";

/** The neutral background of styles that overwrite its colour. */
const NEUTRAL = [226, 226, 226] as const;
const DARK_INK = 18, LIGHT_INK = 244;
const DARK_BACKGROUND = 90;

/** Region ids of {@linkcode RenderedScene.regions}. */
const SUBJECT = 1, OBJECT = 2, DECORATION = 3;

/** A glyph in a scene: what, where and which region it is. */
interface Placement {
  readonly codepoint: string;
  readonly box: Box;
  readonly region: number;
}

/** A box moved by whole pixels, kept inside the scene. */
function moved([x, y, side]: Box, dx: number, dy: number): Box {
  const inside = (v: number) => Math.min(SCENE_SIZE - side, Math.max(0, v));
  return [inside(x + dx), inside(y + dy), side];
}

/** What stands in a scene, from back to front, with the objects moved by `dx`, `dy` pixels. */
function placementsOf(scene: Scene, dx: number, dy: number): Placement[] {
  const placements: Placement[] = [];
  if (scene.decoration !== "none") {
    const codepoint = DECORATION_CODEPOINTS[scene.decoration];
    for (const box of DECORATION_BOXES) placements.push({ codepoint, box, region: DECORATION });
  }
  for (const { concept, box, part } of standingIn(scene)) {
    const { codepoint } = conceptNamed(concept);
    const region = part === "subject" ? SUBJECT : OBJECT;
    placements.push({ codepoint, box: moved(box, dx, dy), region });
  }
  return placements;
}

/** Draws premultiplied RGBA over RGBA; `ink` replaces the colour of one-colour glyphs. */
function drawGlyph(
  glyph: Uint8Array,
  side: number,
  layer: Uint8Array,
  width: number,
  x0: number,
  y0: number,
  ink: number | undefined,
): void {
  for (let y = 0, g = 0; y < side; y++) {
    for (let x = 0, o = ((y0 + y) * width + x0) * 4; x < side; x++, g += 4, o += 4) {
      const alpha = glyph[g + 3]!;
      if (alpha === 0) continue;
      const keep = 255 - alpha, tint = ink === undefined ? 0 : ink * alpha / 255;
      for (let c = 0; c < 3; c++) {
        layer[o + c] = (ink === undefined ? glyph[g + c]! : tint) + layer[o + c]! * keep / 255;
      }
      layer[o + 3] = alpha + layer[o + 3]! * keep / 255;
    }
  }
}

/** Objects over background, RGB. */
function flatten(background: Uint8Array, objects: Uint8Array): Uint8Array {
  const out = background.slice();
  for (let j = 0, o = 0; j < out.length; j += 3, o += 4) {
    const alpha = objects[o + 3]!;
    if (alpha === 0) continue;
    const keep = (255 - alpha) / 255;
    for (let c = 0; c < 3; c++) out[j + c] = objects[o + c]! + out[j + c]! * keep;
  }
  return out;
}

/** Draws scenes of one style from an atlas, keeping resized glyphs and painted backgrounds. */
export class Composer {
  readonly #glyphs = new Map<string, Uint8Array>();
  readonly #silhouettes = new Map<string, Uint8Array>();
  readonly #backgrounds = new Map<string, Uint8Array>();

  /**
   * @param atlas glyphs of the style's source
   * @param scale pixels per scene pixel
   */
  constructor(readonly style: Style, readonly atlas: Atlas, readonly scale: 1 | 2) {}

  /** The layers of a scene, `(64 * scale) ** 2` pixels each. */
  compose(scene: Scene, dx: number, dy: number): Layers {
    const size = SCENE_SIZE * this.scale;
    const background = this.#background(scene);
    const objects = new Uint8Array(size * size * 4);
    const ink = this.#inkOn(scene);
    for (const { codepoint, box } of placementsOf(scene, dx, dy)) {
      const side = (box[2] - 2 * MARGIN) * this.scale;
      const x = (box[0] + MARGIN) * this.scale, y = (box[1] + MARGIN) * this.scale;
      drawGlyph(this.#glyph(codepoint, side), side, objects, size, x, y, ink);
    }
    return { background, objects, flat: flatten(background, objects) };
  }

  /** The region of every pixel of a 64 x 64 scene: the silhouettes of its glyphs. */
  regions(scene: Scene, dx: number, dy: number): Uint8Array {
    const out = new Uint8Array(SCENE_SIZE * SCENE_SIZE);
    for (const { codepoint, box, region } of placementsOf(scene, dx, dy)) {
      const side = box[2] - 2 * MARGIN;
      const inside = this.#silhouette(codepoint, side);
      const start = (box[1] + MARGIN) * SCENE_SIZE + box[0] + MARGIN;
      for (let y = 0, i = 0; y < side; y++) {
        for (let x = 0, o = start + y * SCENE_SIZE; x < side; x++, i++, o++) {
          if (inside[i]) out[o] = region;
        }
      }
    }
    return out;
  }

  #colour(scene: Scene) {
    return this.style.showsColour ? COLOURS[scene.colour] : NEUTRAL;
  }

  #inkOn(scene: Scene): number | undefined {
    if (!this.style.mono) return undefined;
    return luminanceOf(this.#colour(scene)) < DARK_BACKGROUND ? LIGHT_INK : DARK_INK;
  }

  #background(scene: Scene): Uint8Array {
    const key = `${scene.pattern} ${scene.colour}`;
    let painted = this.#backgrounds.get(key);
    if (!painted) {
      painted = paintBackground(scene.pattern, this.#colour(scene), this.scale);
      this.#backgrounds.set(key, painted);
    }
    return painted;
  }

  #glyph(codepoint: string, side: number): Uint8Array {
    const key = `${codepoint} ${side}`;
    let glyph = this.#glyphs.get(key);
    if (!glyph) {
      const master = this.atlas.get(codepoint);
      if (!master) throw new RangeError(`Cannot draw U+${codepoint}: it was not loaded`);
      glyph = resizeGlyph(master, side);
      this.#glyphs.set(key, glyph);
    }
    return glyph;
  }

  #silhouette(codepoint: string, side: number): Uint8Array {
    const key = `${codepoint} ${side}`;
    let inside = this.#silhouettes.get(key);
    if (!inside) {
      const glyph = this.#glyph(codepoint, side);
      inside = this.style.mono ? enclosedArea(glyph, side) : coveredArea(glyph);
      this.#silhouettes.set(key, inside);
    }
    return inside;
  }
}
