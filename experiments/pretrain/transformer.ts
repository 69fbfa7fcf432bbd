/**
 * Trains the generator of `emoji-64`: its U-ViT, on tokenised scenes, with the text encoder frozen.
 *
 * COMMAND   deno task pretrain transformer
 *
 * Masked-token modelling (Muse section 2; method.md 3.1 and 3.7). Single objects come first, pairs
 * join later. Some captions are dropped for classifier-free guidance; some leave out the background
 * or the style, so that short prompts work. Pooled text is a ladder that is taken away: with it shapes
 * are learned sooner, but then the text has to speak through cross-attention alone, as in Muse. Its
 * key and value kernels are where FineStyle tunes, and its maps are where concepts are found.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { Random } from "../../lib/engine/random.ts";
import { clipText, type ClipTextConfig } from "../../lib/models/clip.ts";
import { maskedCrossEntropy } from "../../lib/models/loss.ts";
import type { Tokenizer } from "../../lib/models/tokenizer.ts";
import { initUVit, maskToken, uvit, type UVitConfig, uvitConfig } from "../../lib/models/uvit.ts";
import { type RawTensors, toWeights, type Weights } from "../../lib/models/weights.ts";
import { ADAM, Adam } from "../../lib/train/adam.ts";
import { captionOf, type Scene, wordsOutsideCaptions } from "../../lib/world/mod.ts";
import { type Pool } from "./pool.ts";
import { type Progress, type Recipe, train } from "./run.ts";
import { shortCaption, textConfig } from "./text.ts";
import { VQ } from "./patch_transform.ts";
import { CODEBOOK, LENGTH } from "./tokenizer.ts";

/** The U-ViT's sizes. */
export const UVIT: UVitConfig = uvitConfig({
  hidden_size: 160,
  num_hidden_layers: 5,
  num_attention_heads: 5,
  intermediate_size: 448,
  cond_embed_dim: 128,
  micro_cond_encode_dim: 16,
  micro_cond_embed_dim: 80,
  encoder_hidden_size: 128,
  codebook_size: VQ.num_vq_embeddings,
  vocab_size: VQ.num_vq_embeddings + LENGTH, // a mask token per position
  in_channels: 96,
  block_out_channels: 96,
  num_res_blocks: 1,
  block_num_heads: 3,
  downsample: true,
  upsample: true,
  sample_size: Math.sqrt(LENGTH),
});

/**
 * The styles that the generator draws. The other trained styles differ from these in their drawings
 * more than in their rendering: the judge confuses them, and each costs 120 drawings to remember.
 */
export const GENERATOR_STYLES: readonly string[] = Object.freeze([
  "soft gradient emoji",
  "bold line drawing",
  "pixel art",
  "halftone print",
  "blueprint",
  "chalkboard drawing",
  "duotone poster",
  "thermal camera",
  "stained glass",
  "plastic brick",
  "pop art",
  "clay",
]);

/** How it is trained. */
export const TRANSFORMER_RUN = Object.freeze({
  seed: 12,
  steps: 36_200,
  learningRate: 2e-3,
  warmup: 100,
  saveEvery: 180,
  batch: 32,
  /** Share of the run with single objects only, and with pooled text. */
  ladderUntil: 0.63,
  /** Share of pairs after that. */
  pairs: 0.5,
  dropCaption: 0.08,
  dropBackground: 0.1,
  dropStyle: 0.03,
  /** Share of captions whose style is called by words that mean nothing: any style may follow. */
  strangeStyle: 0.15,
  /** Of pooled text before it goes for good. */
  dropPooled: 0.1,
  /** Weight of the loss where objects stand, beside 1 where only background can be. */
  objectWeight: 3,
});

/** Original size, crop and aesthetic score of every training image (method.md 3.4). */
export const MICRO_CONDITIONS = [64, 64, 0, 0, 6];

const MASK = maskToken(UVIT);

/** Shares of captions that leave something out or call their style by other words. */
type CaptionShares = Pick<
  Recipe<typeof TRANSFORMER_RUN>,
  "dropCaption" | "dropBackground" | "dropStyle" | "strangeStyle"
>;

/** The scene's caption, or a shorter one that is also true, or nothing. */
export function trainingCaption(scene: Scene, random: Random, run: CaptionShares): string {
  const caption = captionOf(scene);
  const u = random.next();
  if (u < run.dropCaption) return "";
  if (u < run.dropCaption + run.dropBackground) return shortCaption(scene);
  if (u < run.dropCaption + run.dropBackground + run.dropStyle) return caption.split(", in ")[0]!;
  if (random.next() < run.strangeStyle) {
    return captionOf(scene).replace(`${scene.style} style`, `${strangeWords(random)} style`);
  }
  return caption;
}

const STRANGE = wordsOutsideCaptions();

/**
 * One to three words that no caption contains, at times with the last word of a known style. People
 * bring styles with names that the model never read; one picture in one style has to follow, instead
 * of a mixture that no tuning can mend.
 */
function strangeWords(random: Random): string {
  const words = Array.from({ length: 1 + random.below(3) }, () => random.pick(STRANGE));
  if (random.next() < 0.5) words.push(random.pick(GENERATOR_STYLES).split(" ").at(-1)!);
  return words.join(" ");
}

/** Whether a token lies in the middle 48 pixels, where EmojiWorld puts its objects. */
function isCentral(i: number): boolean {
  const side = UVIT.sample_size, [row, column] = [Math.floor(i / side), i % side];
  return Math.min(row, column, side - 1 - row, side - 1 - column) >= side / 8;
}

/** Masks a share cos(pi u / 2) of the tokens: ids with holes, and the loss's weight there. */
export function maskTokens(
  tokens: Uint16Array,
  from: number,
  random: Random,
  objectWeight: number,
) {
  const ids = Int32Array.from(tokens.subarray(from, from + LENGTH));
  const holes = new Float32Array(LENGTH);
  const count = Math.max(1, Math.round(LENGTH * Math.cos((Math.PI / 2) * random.next())));
  const order = random.shuffle(Array.from({ length: LENGTH }, (_, i) => i));
  for (const i of order.slice(0, count)) {
    ids[i] = MASK;
    holes[i] = isCentral(i) ? objectWeight : 1;
  }
  return { ids, holes };
}

/** Whether a tensor maps hidden features to hidden features; embeddings and heads do not. */
function isHiddenMatrix(name: string, shape: readonly number[]): boolean {
  return shape.length === 2 && !/embeddings|encoder_proj/.test(name);
}

/**
 * Embeddings of image tokens to start from, [codes * width]: a random rotation of what each code
 * looks like, so that alike codes begin alike. Drawn at random they stayed random: the generator
 * did not learn to read its own tokens, only their places.
 *
 * @param codebook [codes, depth]
 */
export function codeEmbeddings(
  { shape, data }: { readonly shape: readonly number[]; readonly data: Float32Array },
  width: number,
  random: Random,
): Float32Array {
  const [codes, depth] = shape as [number, number];
  const mean = new Float64Array(depth), spread = new Float64Array(depth);
  data.forEach((v, i) => mean[i % depth]! += v / codes);
  data.forEach((v, i) => spread[i % depth]! += (v - mean[i % depth]!) ** 2 / codes);
  // a constant feature, so that the norm which follows leaves the others their size
  const features = (code: number) => [
    ...Array.from(
      { length: depth },
      (_, d) => (data[code * depth + d]! - mean[d]!) / Math.sqrt(spread[d]!),
    ),
    Math.sqrt(depth),
  ];
  const axes = Array.from({ length: depth + 1 }, () => random.gaussian(width));
  const scale = EMBEDDING_SPREAD / Math.sqrt(2 * depth);
  const rows = new Float32Array(codes * width);
  for (let code = 0; code < codes; code++) {
    features(code).forEach((value, d) => {
      for (let k = 0; k < width; k++) rows[code * width + k]! += scale * value * axes[d]![k]!;
    });
  }
  return rows;
}

/** The text encoder as the finished generator reads it: without pooled text. */
export function withoutPooled(text: RawTensors): RawTensors {
  const { shape, data } = text.get(PROJECTION)!;
  return new Map([...text, [PROJECTION, { shape, data: new Float32Array(data.length) }]]);
}

/** The U-ViT to start from. */
function initGenerator(
  codebook: { readonly shape: readonly number[]; readonly data: Float32Array },
  random: Random,
): RawTensors {
  const tensors = initUVit(UVIT, random.split("transformer"));
  const embeddings = tensors.get("embed.embeddings.weight")!;
  embeddings.data.set(codeEmbeddings(codebook, embeddings.shape[1]!, random.split("codes")));
  return tensors;
}

const PROJECTION = "text_projection.weight";

/** Standard deviation of the token embeddings at the start. */
const EMBEDDING_SPREAD = 0.3;

/** What the generator is trained on and with. */
export interface GeneratorData {
  readonly pool: Pool;
  /** Of the scenes in trained styles, in the order of `pool.trained`. */
  readonly tokens: Uint16Array;
  readonly tokenizer: Tokenizer;
  /** The frozen text encoder. */
  readonly text: Weights;
  /** Image encoder and codebook. */
  readonly frozen: RawTensors;
}

/** Trains the generator; `onStep` sees every step. */
export async function trainTransformer(
  folder: string,
  { pool, tokens, tokenizer, text, frozen }: GeneratorData,
  run: Recipe<typeof TRANSFORMER_RUN>,
  onStep: (progress: Progress) => void,
): Promise<Adam> {
  const initial = initGenerator(frozen.get(CODEBOOK)!, new Random(run.seed));
  const config = textConfig(tokenizer);
  const settings = {
    ...ADAM,
    weightDecay: 0.01,
    averageDecay: 0.998,
    orthogonal: isHiddenMatrix,
  };
  const adam = new Adam(toWeights(initial), settings);
  const rowsOf = (keep: (scene: Scene) => boolean) =>
    pool.trained.flatMap((id, row) => keep(pool.scene(id)) ? [row] : []);
  const drawn = rowsOf(({ style }) => GENERATOR_STYLES.includes(style));
  const isPair = (row: number) => pool.scene(pool.trained[row]!).object !== undefined;
  const singles = drawn.filter((row) => !isPair(row)), pairs = drawn.filter(isPair);

  const makeBatch = (random: Random, step: number): BatchTensors => {
    const { batch } = run;
    const ladder = step < run.ladderUntil * run.steps;
    const rows = Array.from(
      { length: batch },
      () => random.pick(!ladder && random.next() < run.pairs ? pairs : singles),
    );
    const ids = new Int32Array(batch * LENGTH), targets = new Int32Array(batch * LENGTH);
    const holes = new Float32Array(batch * LENGTH);
    rows.forEach((row, i) => {
      const masked = maskTokens(tokens, row * LENGTH, random, run.objectWeight);
      ids.set(masked.ids, i * LENGTH);
      holes.set(masked.holes, i * LENGTH);
      targets.set(tokens.subarray(row * LENGTH, (row + 1) * LENGTH), i * LENGTH);
    });
    const captions = rows.map((row) =>
      trainingCaption(pool.scene(pool.trained[row]!), random, run)
    );
    const words = tokenizer.encode(captions);
    const keep = Float32Array.from(rows, () => ladder && random.next() >= run.dropPooled ? 1 : 0);
    return {
      ids: tf.tensor2d(ids, [batch, LENGTH], "int32"),
      targets: tf.tensor2d(targets, [batch, LENGTH], "int32"),
      holes: tf.tensor2d(holes, [batch, LENGTH]),
      words: tf.tensor2d(words, [batch, tokenizer.length], "int32"),
      keep: tf.tensor2d(keep, [batch, 1]),
      micro: tf.tensor2d(rows.flatMap(() => MICRO_CONDITIONS), [batch, 5]),
    };
  };
  const loss = (weights: Weights, batch: BatchTensors) =>
    generatorLoss(weights, text, config, batch);
  await train(folder, adam, run, { loss, makeBatch }, onStep);
  return adam;
}

type BatchTensors = {
  /** [B, L] with holes. */
  readonly ids: tf.Tensor2D;
  readonly targets: tf.Tensor2D;
  readonly holes: tf.Tensor2D;
  /** [B, T] */
  readonly words: tf.Tensor2D;
  /** [B, 1], 0 where the pooled text is zero. */
  readonly keep: tf.Tensor2D;
  readonly micro: tf.Tensor2D;
};

function generatorLoss(
  transformer: Weights,
  text: Weights,
  config: ClipTextConfig,
  batch: BatchTensors,
): tf.Scalar {
  return tf.tidy(() => {
    const { sequence, pooled } = clipText(text, config, batch.words);
    const encoding = { sequence, pooled: tf.mul(pooled, batch.keep) as tf.Tensor2D };
    const logits = uvit(transformer, UVIT, batch.ids, encoding, batch.micro);
    return maskedCrossEntropy(logits, batch.targets, batch.holes);
  });
}
