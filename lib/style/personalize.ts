import { shown } from "../io/shown.ts";
import type { Random } from "../engine/random.ts";
import { imageSide } from "../generate/pipeline.ts";
import { type Box, type Image, resizeImage } from "../io/image.ts";
import type { Muse } from "../models/muse.ts";
import { type Adapter } from "./adapters.ts";
import { type AttentionOptions, type ConceptMap, conceptMaps } from "./attention.ts";
import { decompose, type DecomposeOptions, type Decomposition } from "./concepts.ts";
import { findRegion, normalised, type Region, regionOfBox, type RegionOptions } from "./regions.ts";
import { type Pair, scalePairs, type ScalingOptions } from "./scaling.ts";
import { tune, TUNE_DEFAULTS, type TuneConfig, type TuneOptions } from "./tune.ts";

/** One style image and a sentence about it. */
export interface Reference {
  readonly image: Image;
  readonly caption: string;
  /** The style phrase, where the caption does not end with "in ... style". */
  readonly style?: string;
  /** Concepts to take instead of those found in the caption. */
  readonly concepts?: DecomposeOptions["override"];
  /** Boxes in pixels, by phrase, to take instead of those found. */
  readonly boxes?: ReadonlyMap<string, Box>;
  /** Where each phrase truly is, where that is known; read by `regionsFrom: "truth"` only. */
  readonly truth?: ReadonlyMap<string, Region>;
}

/** FineStyle's settings, each part's defaults where nothing is given. */
export interface FineStyleConfig {
  readonly attention?: Partial<AttentionOptions>;
  readonly regions?: Partial<RegionOptions>;
  /** `truth` takes the reference's: what tuning gives where attention makes no mistake. */
  readonly regionsFrom?: "attention" | "truth";
  /** How a background's region is boxed; `inscribed` unless given, so that subjects stay out. */
  readonly backgroundFit?: RegionOptions["fit"];
  /** Whether a place belongs to the one subject that stands out most there; true unless given. */
  readonly exclusive?: boolean;
  readonly scaling?: Partial<ScalingOptions>;
  readonly tune?: Partial<TuneConfig>;
}

/** A reference taken apart, and the pairs made of it. */
export interface Prepared {
  readonly decomposition: Decomposition;
  /** Empty where data scaling is off. */
  readonly maps: readonly ConceptMap[];
  /** By phrase. */
  readonly regions: ReadonlyMap<string, Region>;
  readonly pairs: readonly Pair[];
}

/**
 * Everything before tuning: caption to concepts, concepts to maps, maps to regions, regions to pairs
 * (method.md 1.3).
 *
 * @throws as decompose, conceptMaps, findRegion and scalePairs do
 * @throws {RangeError} if true regions are wanted and the reference has none
 */
export async function preparePairs(
  muse: Muse,
  reference: Reference,
  config: FineStyleConfig,
  random: Random,
): Promise<Prepared> {
  const { image, caption, style, concepts } = reference;
  const decomposition = decompose(caption, {
    ...(style === undefined ? {} : { style }),
    ...(concepts === undefined ? {} : { override: concepts }),
  });
  const scaled = config.scaling?.mode !== "none";
  const truth = config.regionsFrom === "truth" ? truthOf(reference) : undefined;
  const maps = scaled && !truth
    ? await referenceMaps(muse, image, decomposition, config, random)
    : [];
  const regions = truth ?? findRegions(maps, decomposition, image, config, reference.boxes);
  const stream = random.split("scaling");
  const pairs = await scalePairs(muse, image, decomposition, regions, stream, config.scaling);
  return { decomposition, maps, regions, pairs };
}

function truthOf({ truth, caption }: Reference): ReadonlyMap<string, Region> {
  if (truth) return truth;
  throw new RangeError(
    `Cannot take the true regions of "${shown(caption)}": the reference has none`,
  );
}

/** Attention maps of all concepts of a reference. */
async function referenceMaps(
  muse: Muse,
  image: Image,
  { caption, subjects, backgrounds }: Decomposition,
  config: FineStyleConfig,
  random: Random,
): Promise<ConceptMap[]> {
  const side = imageSide(muse);
  const ids = muse.encodeImage([resizeImage(image, side, side)]);
  const tokens = await ids.data() as Int32Array;
  ids.dispose();
  const phrases = [...subjects, ...backgrounds];
  return conceptMaps(muse, tokens, caption, phrases, random.split("masks"), config.attention);
}

/**
 * Regions by phrase, the subjects first, so that backgrounds can leave them out.
 *
 * @param boxes taken instead of what the maps say
 * @throws {RangeError} if a box is of no concept or does not fit the image
 */
export function findRegions(
  maps: readonly ConceptMap[],
  { backgrounds }: Decomposition,
  size: { readonly width: number; readonly height: number },
  config: FineStyleConfig = {},
  boxes: ReadonlyMap<string, Box> = new Map(),
): Map<string, Region> {
  checkBoxes(boxes, maps);
  const regions = new Map<string, Region>();
  const regionOf = (map: ConceptMap, options?: Partial<RegionOptions>, exclude?: Uint8Array) => {
    const box = boxes.get(map.phrase);
    if (box) return regionOfBox(box, size, map.side, map.phrase);
    return findRegion(map, size, options, exclude);
  };
  const isBackground = (map: ConceptMap) => backgrounds.includes(map.phrase);
  const taken = new Uint8Array(maps[0]?.values.length ?? 0);
  const subjects = maps.filter((map) => !isBackground(map));
  const others = config.exclusive === false ? [] : otherSubjects(subjects);
  for (const [i, map] of subjects.entries()) {
    const region = regionOf(map, config.regions, others[i]);
    region.mask.forEach((inside, i) => taken[i]! |= inside);
    regions.set(map.phrase, region);
  }
  const options = { ...config.regions, fit: config.backgroundFit ?? "inscribed" };
  for (const map of maps.filter(isBackground)) {
    regions.set(map.phrase, regionOf(map, options, taken));
  }
  return regions;
}

/** For each map, where another one stands out more: 1 there, each measured against its own range. */
function otherSubjects(maps: readonly ConceptMap[]): Uint8Array[] {
  const heights = maps.map(({ values }) => normalised(values));
  return heights.map((own) =>
    Uint8Array.from(own, (value, i) => heights.some((other) => other[i]! > value) ? 1 : 0)
  );
}

function checkBoxes(boxes: ReadonlyMap<string, Box>, maps: readonly ConceptMap[]): void {
  const phrases = maps.map((map) => map.phrase);
  for (const phrase of boxes.keys()) {
    if (phrases.includes(phrase)) continue;
    throw new RangeError(
      `Cannot use the box of "${shown(phrase)}": the concepts are "${phrases.join('", "')}"`,
    );
  }
}

/**
 * FineStyle from one reference to a tuned adapter.
 *
 * @returns the adapter, which the caller disposes, the loss of each step and what led there
 * @throws as preparePairs and tune do
 */
export async function personalize(
  muse: Muse,
  reference: Reference,
  config: FineStyleConfig,
  options: TuneOptions,
): Promise<Prepared & { adapter: Adapter; losses: number[] }> {
  const prepared = await preparePairs(muse, reference, config, options.random.split("prepare"));
  const settings = { ...TUNE_DEFAULTS, ...config.tune };
  return { ...prepared, ...await tune(muse, prepared.pairs, settings, options) };
}
