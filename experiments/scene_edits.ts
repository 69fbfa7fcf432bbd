/**
 * Changes to a rendered scene whose truth stays known: pasted objects, copied windows, blends, noise.
 *
 * @module
 */
import type { Random } from "../lib/engine/random.ts";
import { type Box, cropImage, type Image, resizeImage } from "../lib/io/image.ts";
import type { RenderedScene } from "../lib/world/mod.ts";

const SUBJECT = 1; // of `RenderedScene.regions`
const TOKEN_SIDE = 4;

/** `(1 - share) a + share b`, pixel by pixel; the images have one size. */
export function blend(a: Image, b: Image, share: number): Image {
  return { ...a, data: a.data.map((v, i) => Math.round(v + share * (b.data[i]! - v))) };
}

/** The image with Gaussian noise of standard deviation `sd`, in levels of 255, on every channel. */
export function withNoise(image: Image, sd: number, random: Random): Image {
  const noise = random.gaussian(image.data.length, sd);
  const level = (v: number, i: number) => Math.min(255, Math.max(0, Math.round(v + noise[i]!)));
  return { ...image, data: image.data.map(level) };
}

/** The subject of a scene, cut out along its silhouette: two squares of one size. */
export interface Cutout {
  /** Premultiplied colour. */
  readonly ink: Image;
  /** 255 inside, on every channel. */
  readonly alpha: Image;
}

/** Cuts the subject out of a scene. */
export function cutOut(source: RenderedScene): Cutout {
  const box = subjectSquare(source);
  const cut = (value: (pixel: number, channel: number) => number) => {
    const data = source.image.data.map((_, k) => value(Math.floor(k / 3), k));
    return cropImage({ ...source.image, data }, box);
  };
  const inside = (i: number) => source.regions[i] === SUBJECT;
  return {
    alpha: cut((pixel) => inside(pixel) ? 255 : 0),
    ink: cut((pixel, k) => inside(pixel) ? source.image.data[k]! : 0),
  };
}

/**
 * The image with a cutout on it.
 *
 * @param box Where it goes, a square inside the image; side 0 pastes nothing.
 * @param opacity In [0, 1].
 */
export function paste(image: Image, cutout: Cutout, { x, y, width }: Box, opacity = 1): Image {
  if (width === 0) return image;
  const [alpha, ink] = [cutout.alpha, cutout.ink].map((part) =>
    resizeImage(part, width, width).data
  ) as [Image["data"], Image["data"]];
  const data = image.data.slice();
  for (let row = 0, i = 0; row < width; row++) {
    for (let c = 0, o = 3 * ((y + row) * image.width + x); c < 3 * width; c++, i++, o++) {
      const over = ink[i]! + data[o]! * (255 - alpha[i]!) / 255;
      data[o] = Math.round(data[o]! + opacity * (over - data[o]!));
    }
  }
  return { ...image, data };
}

/**
 * The image with the subject of another one in a corner.
 *
 * @param side Of the square around the subject, pixels; 0 pastes nothing.
 * @param corner Bit 0 right, bit 1 bottom.
 * @param opacity In [0, 1].
 */
export function pasteSubject(
  image: Image,
  source: RenderedScene,
  side: number,
  corner: number,
  opacity = 1,
): Image {
  const x = corner & 1 ? image.width - side : 0, y = corner & 2 ? image.height - side : 0;
  return paste(image, cutOut(source), { x, y, width: side, height: side }, opacity);
}

/**
 * The image with a square window of another one at the place where it is there: what copied tokens
 * look like. The window is centred on the other one's subject as far as the token grid allows.
 *
 * @param side Of the window, pixels, a multiple of 4.
 */
export function copyWindow(image: Image, source: RenderedScene, side: number): Image {
  const box = subjectSquare(source);
  const start = (from: number, length: number, size: number) => {
    const middle = Math.round((from + (length - side) / 2) / TOKEN_SIDE) * TOKEN_SIDE;
    return Math.min(size - side, Math.max(0, middle));
  };
  const left = start(box.x, box.width, image.width), top = start(box.y, box.height, image.height);
  const data = image.data.slice();
  for (let y = top; y < top + side; y++) {
    const from = 3 * (y * image.width + left);
    data.set(source.image.data.subarray(from, from + 3 * side), from);
  }
  return { ...image, data };
}

/** The smallest square around the subject, moved into the picture. */
function subjectSquare({ regions, image: { width, height } }: RenderedScene): Box {
  const xs: number[] = [], ys: number[] = [];
  regions.forEach((region, i) => {
    if (region !== SUBJECT) return;
    xs.push(i % width);
    ys.push(Math.floor(i / width));
  });
  const [left, right] = [Math.min(...xs), Math.max(...xs)];
  const [top, bottom] = [Math.min(...ys), Math.max(...ys)];
  const side = Math.max(right - left, bottom - top) + 1;
  const start = (low: number, high: number, size: number) =>
    Math.min(size - side, Math.max(0, Math.floor((low + high + 1 - side) / 2)));
  return { x: start(left, right, width), y: start(top, bottom, height), width: side, height: side };
}
