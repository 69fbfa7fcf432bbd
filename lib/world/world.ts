/**
 * Opens EmojiWorld: loads the glyphs of the styles and renders scenes exactly.
 */
import type { Random } from "../engine/random.ts";
import { type Atlas, loadAtlas } from "./atlas.ts";
import { Composer } from "./compose.ts";
import { conceptNamed } from "./concepts.ts";
import { AREA, SIZE } from "./filters/layers.ts";
import { type RenderedScene, type Scene, SCENE_SIZE } from "./scene.ts";
import type { SourceId } from "./sources.ts";
import {
  HELD_OUT_STYLES,
  isUnnamed,
  SETTING_STYLES,
  type Style,
  styleNamed,
  TRAINED_STYLES,
  unnamedStyle,
} from "./styles.ts";

/** What {@linkcode openWorld} loads. */
export interface WorldOptions {
  /** Names of the styles to load; default all that have one. */
  readonly styles?: readonly string[];
  /** Whether styles of {@linkcode unnamedStyle} can be rendered too. */
  readonly unnamed?: boolean;
  /** Names of the concepts that scenes may name; default all 120. */
  readonly concepts?: readonly string[];
  /** Largest shift of the objects in steps of 4 pixels; default 0, which makes renders exact. */
  readonly jitter?: 0 | 1;
  /** Folder that keeps rasterised glyphs, ending in a slash; default `.cache/emoji-world/`. */
  readonly cache?: URL;
}

/** A loaded EmojiWorld. */
export interface World {
  /**
   * Renders a scene.
   *
   * @param random advanced only where the world was opened with jitter
   * @throws {RangeError} if the style was not loaded or a concept is unknown
   */
  render(scene: Scene, random?: Random): RenderedScene;
}

const CACHE = new URL("../../.cache/emoji-world/", import.meta.url);
const TOKEN_SIDE = 4;

/** Halves a picture: every output pixel is the mean of 2 x 2. */
function halve(rgb: Uint8ClampedArray): Uint8Array {
  const half = SIZE / 2, out = new Uint8Array(half * half * 3), row = SIZE * 3;
  for (let y = 0, o = 0; y < half; y++) {
    for (let x = 0, i = y * 2 * row; x < half; x++, i += 3) {
      for (let c = 0; c < 3; c++, i++, o++) {
        out[o] = (rgb[i]! + rgb[i + 3]! + rgb[i + row]! + rgb[i + row + 3]! + 2) >> 2;
      }
    }
  }
  return out;
}

/** Renders scenes, shifted by whole pixels; styles that read the same layers share composers. */
class Renderer {
  readonly #composers = new Map<string, Composer>();
  readonly #canvas = new Uint8ClampedArray(AREA * 3);

  constructor(readonly atlases: ReadonlyMap<SourceId, Atlas>) {}

  render(style: Style, scene: Scene, dx: number, dy: number): RenderedScene {
    const { filter } = style;
    const layers = this.#composer(style, filter ? 2 : 1).compose(scene, dx, dy);
    filter?.(layers, this.#canvas);
    const data = filter ? halve(this.#canvas) : layers.flat;
    return {
      image: { width: SCENE_SIZE, height: SCENE_SIZE, data },
      regions: this.#composer(style, 1).regions(scene, dx, dy),
    };
  }

  #composer(style: Style, scale: 1 | 2): Composer {
    const key = [style.source, style.mono, style.showsColour, scale].join(" ");
    let composer = this.#composers.get(key);
    if (!composer) {
      composer = new Composer(style, this.atlases.get(style.source)!, scale);
      this.#composers.set(key, composer);
    }
    return composer;
  }
}

/** A shift of -4, 0 or 4 pixels, or none. */
function drawShift(random: Random | undefined, jitter: number): number {
  return jitter === 0 || !random ? 0 : (random.below(2 * jitter + 1) - jitter) * TOKEN_SIDE;
}

/**
 * Opens EmojiWorld with the glyphs of some styles in memory.
 *
 * The first call for an art source draws its glyphs (about a second); later ones read them from the
 * cache folder.
 *
 * @throws {RangeError} if a style or a concept is unknown
 * @throws {Error} if an npm package with art is not installed
 */
export async function openWorld(options: WorldOptions = {}): Promise<World> {
  const styles = options.styles ?? [...TRAINED_STYLES, ...HELD_OUT_STYLES, ...SETTING_STYLES];
  options.concepts?.forEach(conceptNamed);
  const sources = new Set(styles.map((style) => styleNamed(style).source));
  if (options.unnamed) sources.add(styleNamed(unnamedStyle(0)).source);
  const atlases = new Map<SourceId, Atlas>();
  for (const source of sources) {
    atlases.set(source, await loadAtlas(source, options.cache ?? CACHE));
  }
  const known = new Map(styles.map((style) => [style, styleNamed(style)]));
  const renderer = new Renderer(atlases);
  const jitter = options.jitter ?? 0;
  return {
    render(scene, random) {
      const style = known.get(scene.style) ??
        (options.unnamed && isUnnamed(scene.style) ? styleNamed(scene.style) : undefined);
      if (!style) {
        throw new RangeError(`Cannot render style "${scene.style}": it was not loaded`);
      }
      const dx = drawShift(random, jitter), dy = drawShift(random, jitter);
      return renderer.render(style, scene, dx, dy);
    },
  };
}
