/**
 * What the judge's concept head learns from: which concept stands where, in scenes and in scenes with
 * further objects pasted in.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { Random } from "../../lib/engine/random.ts";
import { HEAD_CLASSES, type Reading } from "../../lib/score/judge.ts";
import {
  type Box,
  COLOURS,
  CONCEPTS,
  HELD_OUT_STYLES,
  openWorld,
  SCENE_SIZE,
  type Standing,
  TRAINED_STYLES,
} from "../../lib/world/mod.ts";
import { type Cutout, cutOut, paste } from "../scene_edits.ts";

/** Index of a class in a head. */
export function classOf(head: keyof Reading, name: string): number {
  return (HEAD_CLASSES[head] as readonly string[]).indexOf(name);
}

/** Pixels of a patch's side, and patches of a picture's. */
const PATCH = 8, SIDE = SCENE_SIZE / PATCH;

/** A concept and its square. */
type Placed = Pick<Standing, "concept" | "box">;

/**
 * Targets of the concept head: `present` [B, 120], and `presentAt` [B, 64, 120], where a patch shows
 * the foremost concept whose box holds its centre.
 *
 * @param pictures The concepts of each picture, from back to front.
 */
export function conceptTargets(pictures: readonly (readonly Placed[])[]) {
  const classes = HEAD_CLASSES.concepts.length, patches = SIDE ** 2;
  const present = new Float32Array(pictures.length * classes);
  const presentAt = new Float32Array(pictures.length * patches * classes);
  pictures.forEach((placed, i) => {
    const shown = new Int16Array(patches).fill(-1);
    for (const { concept, box: [left, top, side] } of placed) {
      const id = classOf("concepts", concept);
      present[i * classes + id] = 1;
      for (let p = 0; p < patches; p++) {
        const x = (p % SIDE + 0.5) * PATCH - left, y = (Math.floor(p / SIDE) + 0.5) * PATCH - top;
        if (x > 0 && y > 0 && x < side && y < side) shown[p] = id;
      }
    }
    shown.forEach((id, p) => {
      if (id >= 0) presentAt[(i * patches + p) * classes + id] = 1;
    });
  });
  return {
    present: tf.tensor2d(present, [pictures.length, classes]),
    presentAt: tf.tensor3d(presentAt, [pictures.length, patches, classes]),
  };
}

/** A concept in one of the styles, cut out. */
export interface NamedCutout {
  readonly concept: string;
  readonly cutout: Cutout;
}

/** Every concept in every style, cut out of a plain background of some colour. */
export async function cutAllOut(
  onStep: (done: number, total: number) => void,
): Promise<NamedCutout[]> {
  const styles = [...TRAINED_STYLES, ...HELD_OUT_STYLES], cutouts: NamedCutout[] = [];
  const colours = Object.keys(COLOURS) as (keyof typeof COLOURS)[];
  const random = new Random("cutouts"), { render } = await openWorld();
  for (const style of styles) {
    for (const { name: subject } of CONCEPTS) {
      const colour = random.pick(colours);
      const scene = { subject, pattern: "plain", colour, decoration: "none", style } as const;
      cutouts.push({ concept: subject, cutout: cutOut(render(scene)) });
    }
    onStep(cutouts.length, styles.length * CONCEPTS.length);
  }
  return cutouts;
}

/** A picture's RGB bytes and its concepts, from back to front. */
export interface Picture {
  readonly data: Uint8Array;
  readonly objects: readonly Placed[];
}

/** Sides of what is pasted, pixels, and the largest share of another box that it may hide. */
const SMALLEST = 12, LARGEST = 36, HIDDEN = 0.35;

/** Pastes one to three cutouts at random places, so that every concept stays to be seen. */
export function pasteSome(
  picture: Picture,
  cutouts: readonly NamedCutout[],
  random: Random,
): Picture {
  let image = { width: SCENE_SIZE, height: SCENE_SIZE, data: picture.data };
  const objects = [...picture.objects];
  for (let left = 1 + random.below(3), tries = 0; left > 0 && tries < 12; tries++) {
    const side = SMALLEST + random.below(LARGEST - SMALLEST + 1);
    const x = random.below(SCENE_SIZE - side + 1), y = random.below(SCENE_SIZE - side + 1);
    const box: Box = [x, y, side];
    if (objects.some((other) => hiddenShare(other.box, box) > HIDDEN)) continue;
    const { concept, cutout } = random.pick(cutouts);
    image = { ...image, data: paste(image, cutout, { x, y, width: side, height: side }).data };
    objects.push({ concept, box });
    left--;
  }
  return { data: image.data, objects };
}

/** The share of a box that another one covers. */
function hiddenShare([x, y, side]: Box, [left, top, width]: Box): number {
  const overlap = (a: number, length: number, b: number, other: number) =>
    Math.max(0, Math.min(a + length, b + other) - Math.max(a, b));
  return overlap(x, side, left, width) * overlap(y, side, top, width) / side ** 2;
}
