import * as tf from "@tensorflow/tfjs";
import { Random } from "../../lib/engine/random.ts";
import { imageSide } from "../../lib/generate/pipeline.ts";
import { type Image, resizeImage } from "../../lib/io/image.ts";
import type { Muse } from "../../lib/models/muse.ts";
import type { Reference } from "../../lib/style/personalize.ts";
import {
  captionOf,
  evaluationPrompts,
  referenceScene,
  type Scene,
  type World,
} from "../../lib/world/mod.ts";
import { trueRegions } from "../regions/truth.ts";

/** A reference and the prompts in its style, as scenes and as pictures. */
export interface Task {
  readonly style: string;
  /** The scene that is tuned on. */
  readonly scene: Scene;
  /** Its picture and caption, as the methods take them. */
  readonly reference: Reference;
  /** The picture through the tokenizer and back: the most that any method can reach. */
  readonly roundTrip: Image;
  /** Tokens of the picture, [L]. */
  readonly ids: Int32Array;
  readonly prompts: readonly Scene[];
  /** The exact rendering of each prompt. */
  readonly truths: readonly Image[];
}

/**
 * The fixed reference of a style, and `n` prompts that name none of its concepts.
 *
 * @param seed Draws the prompts.
 * @throws {RangeError} if no style has that name
 */
export function openTask(
  muse: Muse,
  world: World,
  style: string,
  n: number,
  seed: number,
): Promise<Task> {
  return taskOf(muse, world, referenceScene(style), evaluationPrompts(style, n, seed));
}

/**
 * Any scene as the reference, and prompts in its style.
 *
 * @throws {RangeError} if the world has not loaded the style
 */
export async function taskOf(
  muse: Muse,
  world: World,
  scene: Scene,
  prompts: readonly Scene[],
): Promise<Task> {
  const side = imageSide(muse);
  const render = (scene: Scene) => resizeImage(world.render(scene).image, side, side);
  const image = render(scene);
  const cells = muse.transformer.config.sample_size;
  const tokens = muse.encodeImage([image]);
  const ids = await tokens.data() as Int32Array;
  const [roundTrip] = await muse.decodeImage(tokens);
  tokens.dispose();
  return {
    style: scene.style,
    scene,
    reference: {
      ...{ image, caption: captionOf(scene) },
      truth: trueRegions(scene, world.render(scene), cells, side),
    },
    roundTrip: roundTrip!,
    ids,
    prompts,
    truths: prompts.map(render),
  };
}

/** Decodes stored tokens [N * L] to images. */
export async function imagesOf(muse: Muse, ids: Int32Array): Promise<Image[]> {
  const length = muse.transformer.config.sample_size ** 2;
  const tensor = tf.tensor2d(ids, [ids.length / length, length], "int32");
  const images = await muse.decodeImage(tensor);
  tensor.dispose();
  return images;
}

/** The stream that tunes a style: the same for every method, so that batches and masks agree. */
export function studyRandom(seed: number, { style }: Task): Random {
  return new Random(seed).split("tune").split(style);
}

/** A name as part of a path: `glossy-3d-rendering`. */
export function slug(name: string): string {
  return name.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-");
}
