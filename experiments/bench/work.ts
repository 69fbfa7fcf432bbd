import { Random } from "../../lib/engine/random.ts";
import { fullImageConditions, imageSide } from "../../lib/generate/pipeline.ts";
import type { Image } from "../../lib/io/image.ts";
import type { Muse } from "../../lib/models/muse.ts";
import { maskToken } from "../../lib/models/uvit.ts";
import { fromWeights, type RawTensors } from "../../lib/models/weights.ts";
import { disposeAdapter, initAdapter } from "../../lib/style/adapters.ts";
import { ADAPTER_DEFAULTS } from "../../lib/style/placements.ts";
import type { Pair } from "../../lib/style/scaling.ts";
import { TUNE_DEFAULTS } from "../../lib/style/tune.ts";
import { drawBatch } from "../../lib/style/tune_batch.ts";

/** What all cases are about. */
export const PROMPT = "a cat on a blue background, in pixel art style";

/** How much each case does; a case of size 0 is left out. */
export interface Sizes {
  /** Examples of a forward pass. */
  readonly forward: number;
  /** Images that are sampled together. */
  readonly images: number;
  /** Images that are encoded and decoded. */
  readonly tokenized: number;
  /** Examples of a tuning step. */
  readonly tuning: number;
  /** Examples of a pretraining step. */
  readonly pretraining: number;
}

const SMALL: Sizes = { forward: 8, images: 16, tokenized: 64, tuning: 8, pretraining: 32 };
const LARGE: Sizes = { forward: 1, images: 1, tokenized: 1, tuning: 1, pretraining: 0 };
/** Parameters of a transformer from which one example is work enough, and pretraining too much. */
const LARGE_PARAMETERS = 1e8;

/** The sizes that suit a model. */
export function sizesOf({ transformer: { weights } }: Muse): Sizes {
  const parameters = [...weights.values()].reduce((sum, tensor) => sum + tensor.size, 0);
  return parameters < LARGE_PARAMETERS ? SMALL : LARGE;
}

/** Images of random levels. */
function noise(side: number, count: number): Image[] {
  const random = new Random("bench");
  return Array.from({ length: count }, () => ({
    width: side,
    height: side,
    data: Uint8Array.from({ length: side * side * 3 }, () => random.below(256)),
  }));
}

/** Side of the images that the judge scores, and their number. */
const JUDGED_SIDE = 64, JUDGED = 256;

/** The images of the cases without a generator: random levels. */
export function benchImages(
  muse: Muse,
  { tokenized }: Sizes,
): Record<"tokenized" | "judged", Image[]> {
  return { tokenized: noise(imageSide(muse), tokenized), judged: noise(JUDGED_SIDE, JUDGED) };
}

/** A batch as training sees it, each `[batch, L]`, row-major. */
export interface MaskedTokens {
  /** Token ids, masked ones the mask token. */
  readonly ids: Int32Array;
  readonly targets: Int32Array;
  /** 1 where masked. */
  readonly holes: Float32Array;
}

/** Random tokens, 64 % of them masked. */
export function maskedTokens({ transformer: { config } }: Muse, batch: number): MaskedTokens {
  const random = new Random("pretraining");
  const targets = Int32Array.from(
    { length: batch * config.sample_size ** 2 },
    () => random.below(config.codebook_size),
  );
  const holes = Float32Array.from(targets, () => random.next() < 0.64 ? 1 : 0);
  return { targets, holes, ids: targets.map((id, i) => holes[i] ? maskToken(config) : id) };
}

/** The one pair to tune on: random tokens. */
export function tuningPair(muse: Muse): Pair {
  const { config } = muse.transformer;
  const random = new Random("tokens");
  const tokens = Int32Array.from(
    { length: config.sample_size ** 2 },
    () => random.below(config.codebook_size),
  );
  return {
    kind: "full",
    text: PROMPT,
    variants: [tokens],
    microConditions: fullImageConditions(muse),
    image: noise(imageSide(muse), 1)[0]!,
  };
}

/** Seed of the tuning: its adapter and its batches. */
export const TUNING_SEED = 0;

/**
 * The inputs of all cases, for a peer that is to do the same work: texts as token ids, the batches of
 * the first `steps` tuning steps, and the adapter that they start from.
 */
export async function workTensors(muse: Muse, sizes: Sizes, steps: number): Promise<RawTensors> {
  const length = muse.transformer.config.sample_size ** 2;
  const tensors: RawTensors = new Map();
  const put = (name: string, values: ArrayLike<number>, ...shape: number[]) =>
    tensors.set(name, { shape, data: Float32Array.from(values) });
  put("text", muse.tokenizer.encode([PROMPT, ""]), 2, muse.tokenizer.length);
  put("micro", fullImageConditions(muse), 1, 5);
  put("images", [sizes.images], 1);

  const pair = tuningPair(muse), random = new Random(TUNING_SEED), { tuning: batch } = sizes;
  for (let step = 0; step < steps; step++) {
    const options = { ...TUNE_DEFAULTS, batch };
    const drawn = drawBatch(muse, [pair], options, random.split("step").split(step));
    put(`tuning.${step}.ids`, drawn.ids, batch, length);
    put(`tuning.${step}.targets`, drawn.targets, batch, length);
    put(`tuning.${step}.holes`, drawn.weights, batch, length);
  }
  const { config } = muse.transformer;
  const adapter = initAdapter(config, ADAPTER_DEFAULTS, random.split("adapter"));
  for (const [name, raw] of await fromWeights(adapter.tensors)) tensors.set(`adapter.${name}`, raw);
  disposeAdapter(adapter);

  for (const name of ["forward", "pretraining"] as const) {
    const rows = sizes[name];
    for (const [part, values] of Object.entries(maskedTokens(muse, rows))) {
      if (rows > 0) put(`${name}.${part}`, values, rows, length);
    }
  }
  for (const [name, images] of Object.entries(benchImages(muse, sizes))) {
    const { width, height } = images[0]!;
    put(name, images.flatMap(({ data }) => [...data]), images.length, height, width, 3);
  }
  return tensors;
}
