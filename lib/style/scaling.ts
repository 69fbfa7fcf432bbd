import type { Random } from "../engine/random.ts";
import { type Box, cropImage, type Image, resizeImage } from "../io/image.ts";
import { fullImageConditions, imageSide, type MicroConditions } from "../generate/pipeline.ts";
import type { Muse } from "../models/muse.ts";
import type { Decomposition } from "./concepts.ts";
import { type Region, resizeMask } from "./regions.ts";
import { fillTemplate, PAPER_TEMPLATE } from "./template.ts";

/** One image-text pair to tune on. */
export interface Pair {
  readonly kind: "full" | "subject" | "background";
  /** The prompt, which names the style. */
  readonly text: string;
  /** The phrase of the caption; none for the full pair. */
  readonly concept?: string;
  /** Token ids [L] of the image and of its augmented variants; training draws one of them. */
  readonly variants: readonly Int32Array[];
  readonly microConditions: MicroConditions;
  /** [L]: 1 where tokens may be masked, and so trained on; everywhere unless given. */
  readonly maskable?: Uint8Array;
  /** What was encoded, at the model's size. */
  readonly image: Image;
}

/** How one reference becomes several pairs; the defaults are {@linkcode SCALING_DEFAULTS}. */
export interface ScalingOptions {
  /**
   * `crop` cuts the concept's box and encodes it anew; `mask` keeps the whole image and trains only on
   * tokens inside the region; `none` gives the full pair alone (the ablation's other arm).
   */
  readonly mode: "crop" | "mask" | "none";
  /** Text of a concept's pair, see {@linkcode fillTemplate}. */
  readonly template: string;
  /**
   * What the model is told about a crop: the same as about a full image, or the crop's own size and
   * corner as aMUSEd was trained (method.md 3.4), which fits models trained with crops only.
   */
  readonly cropConditions: "full" | "crop";
  /** Augmented variants of each crop besides the crop itself. */
  readonly variants: number;
  /** Largest shift of an augmented crop, as a share of its side. */
  readonly shift: number;
  /** Largest change of an augmented crop's side, as a share of it. */
  readonly zoom: number;
}

/** The confirmed template; crops without augmentation. */
export const SCALING_DEFAULTS: ScalingOptions = Object.freeze({
  mode: "crop",
  template: PAPER_TEMPLATE,
  cropConditions: "full",
  variants: 0,
  shift: 0.1,
  zoom: 0.1,
});

/**
 * Concept-oriented data scaling (FineStyle's first contribution, method.md 1.3): the full pair, then
 * one pair per subject and background.
 *
 * @param regions where each concept is, by phrase
 * @throws {RangeError} if a concept has no region or an option is out of range
 */
export async function scalePairs(
  muse: Muse,
  reference: Image,
  decomposition: Decomposition,
  regions: ReadonlyMap<string, Region>,
  random: Random,
  options: Partial<ScalingOptions> = {},
): Promise<Pair[]> {
  const settings = { ...SCALING_DEFAULTS, ...options };
  checkOptions(settings);
  const side = imageSide(muse);
  const whole = resizeImage(reference, side, side);
  const full: Sketch = {
    kind: "full",
    text: decomposition.caption,
    microConditions: fullImageConditions(muse),
    images: [whole],
  };
  const sketches = [full, ...conceptSketches()];
  const tokens = await encodeImages(muse, sketches.flatMap((sketch) => sketch.images));
  return sketches.map(({ images, ...pair }) => {
    const variants = tokens.splice(0, images.length);
    return { ...pair, variants, image: images[0]! };
  });

  function conceptSketches(): Sketch[] {
    if (settings.mode === "none") return [];
    const { subjects, backgrounds, style } = decomposition;
    const all = [
      ...subjects.map((concept) => ({ concept, kind: "subject" as const })),
      ...backgrounds.map((concept) => ({ concept, kind: "background" as const })),
    ];
    return all.map((entry) => {
      const region = regions.get(entry.concept);
      if (!region) throw new RangeError(`Cannot scale: no region for "${entry.concept}"`);
      const named = { ...entry, text: fillTemplate(settings.template, entry.concept, style) };
      if (settings.mode === "mask") return { ...named, ...maskedWhole(region) };
      const images = cropBoxes(region.box, reference, random.split(entry.concept), settings)
        .map((box) => resizeImage(cropImage(reference, box), side, side));
      return { ...named, images, microConditions: cropConditions(region.box) };
    });
  }

  function maskedWhole(region: Region) {
    const maskable = resizeMask(region, muse.transformer.config.sample_size);
    return { images: [whole], maskable, microConditions: full.microConditions };
  }

  function cropConditions({ x, y, width, height }: Box): MicroConditions {
    return settings.cropConditions === "crop" ? [width, height, y, x, 6] : full.microConditions;
  }
}

/** A pair whose images are not encoded yet. */
type Sketch = Omit<Pair, "variants" | "image"> & { readonly images: readonly Image[] };

/**
 * The tokens [L] of each image, which has the model's size; one by one, since a lazy engine compiles the
 * encoder for one batch size.
 */
export async function encodeImages(muse: Muse, images: readonly Image[]): Promise<Int32Array[]> {
  const all: Int32Array[] = [];
  for (const image of images) {
    const tensor = muse.encodeImage([image]);
    all.push(await tensor.data() as Int32Array);
    tensor.dispose();
  }
  return all;
}

/** The box, then shifted and zoomed squares around it, all inside the image. */
function cropBoxes(box: Box, image: Image, random: Random, options: ScalingOptions): Box[] {
  const boxes = [box];
  for (let i = 0; i < options.variants; i++) {
    const draw = (share: number) => (2 * random.next() - 1) * share * box.width;
    const limit = Math.min(image.width, image.height);
    const side = Math.min(limit, Math.max(1, Math.round(box.width + draw(options.zoom))));
    const place = (from: number, length: number) => {
      const centre = from + box.width / 2 + draw(options.shift);
      return Math.min(length - side, Math.max(0, Math.round(centre - side / 2)));
    };
    const [x, y] = [place(box.x, image.width), place(box.y, image.height)];
    boxes.push({ x, y, width: side, height: side });
  }
  return boxes;
}

function checkOptions(options: ScalingOptions): void {
  if (!["crop", "mask", "none"].includes(options.mode)) {
    throw new RangeError(`Cannot scale: mode is ${options.mode}, want crop, mask or none`);
  }
  if (!Number.isInteger(options.variants) || options.variants < 0) {
    throw new RangeError(
      `Cannot scale: variants is ${options.variants}, want a whole number from 0`,
    );
  }
  for (const [name, value] of [["shift", options.shift], ["zoom", options.zoom]] as const) {
    if (!(value >= 0 && value < 1)) {
      throw new RangeError(`Cannot scale: ${name} is ${value}, want a share in [0, 1)`);
    }
  }
}
