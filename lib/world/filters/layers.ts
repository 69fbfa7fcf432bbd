/**
 * What a procedural style works on: a scene in two layers at twice the final size.
 */

/** Width and height of the layers in pixels: two per scene pixel. */
export const SIZE = 128;

/** Number of pixels in a layer. */
export const AREA = SIZE * SIZE;

/** A scene before a filter. */
export interface Layers {
  /** The background alone: RGB, `AREA * 3`. */
  readonly background: Uint8Array;
  /** Objects and decorations alone: RGBA, premultiplied alpha, `AREA * 4`. */
  readonly objects: Uint8Array;
  /** Objects over background: RGB, `AREA * 3`. */
  readonly flat: Uint8Array;
}

/** Draws a scene in a style into `out`: RGB, `AREA * 3`; assignments are clamped to 0-255. */
export type Filter = (layers: Layers, out: Uint8ClampedArray) => void;
