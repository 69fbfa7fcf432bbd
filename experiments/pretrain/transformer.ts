/**
 * Trains the generator of `emoji-64`: its U-ViT, on tokenised scenes, with the text encoder frozen.
 *
 * COMMAND   deno task pretrain transformer
 *
 * Masked-token modelling (Muse section 2; method.md 3.1 and 3.7). Single objects come first, pairs
 * join soon. Some captions are dropped for classifier-free guidance; some leave out the background
 * or the style, so that short prompts work. All that a caption says goes through cross-attention, as
 * in Muse. Large models come to attend to a thing's words where it stands; a small one is told so
 * ({@linkcode placementLoss}), and learns two objects with it.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { Random } from "../../lib/engine/random.ts";
import { clipText, type ClipTextConfig } from "../../lib/models/clip.ts";
import { maskedCrossEntropy } from "../../lib/models/loss.ts";
import type { Tokenizer } from "../../lib/models/tokenizer.ts";
import { maskToken, uvit } from "../../lib/models/uvit.ts";
import { type RawTensors, toWeights, type Weights } from "../../lib/models/weights.ts";
import { ADAM, Adam, type AdamConfig } from "../../lib/train/adam.ts";
import { isUnnamed, type Scene } from "../../lib/world/mod.ts";
import { initGenerator, UVIT } from "./generator_init.ts";
import { CELLS, type Pool } from "./pool.ts";
import { type Progress, type Recipe, train } from "./run.ts";
import { textConfig } from "./text.ts";
import { CODEBOOK, LENGTH } from "./tokenizer.ts";
import {
  CaptionReader,
  PARTS,
  type TrainingCaption,
  trainingCaption,
} from "./training_captions.ts";

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
  steps: 32_000,
  learningRate: 2e-3,
  warmup: 100,
  saveEvery: 180,
  batch: 32,
  /** Share of the run with single objects only. */
  singlesUntil: 0.05,
  /** Share of pairs after that. */
  pairs: 0.6,
  dropCaption: 0.08,
  dropBackground: 0.1,
  dropStyle: 0.03,
  strangeStyle: 0.08,
  strangeUnnamed: 0.25,
  /** Weight of the loss where objects stand, beside 1 elsewhere. */
  objectWeight: 3,
  /** Weight of {@linkcode placementLoss}. */
  placementWeight: 0.1,
  /** Attention to a thing's words that is enough where it stands. */
  placementGoal: 0.4,
});

/** Original size, crop and aesthetic score of every training image (method.md 3.4). */
export const MICRO_CONDITIONS = [64, 64, 0, 0, 6];

const MASK = maskToken(UVIT);

/**
 * Masks a share cos(pi u / 2) of the tokens: ids with holes, and the loss's weight there.
 *
 * @param cells what stands in each cell of the scene, see `cellsOf`
 */
export function maskTokens(
  tokens: Uint16Array,
  cells: Uint8Array,
  random: Random,
  objectWeight: number,
) {
  const ids = Int32Array.from(tokens), holes = new Float32Array(LENGTH);
  const count = Math.max(1, Math.round(LENGTH * Math.cos((Math.PI / 2) * random.next())));
  const order = random.shuffle(Array.from({ length: LENGTH }, (_, i) => i));
  for (const i of order.slice(0, count)) {
    ids[i] = MASK;
    holes[i] = cells[cellOf(i)] ? objectWeight : 1;
  }
  return { ids, holes };
}

/** The cell that a token lies in. */
function cellOf(i: number): number {
  const side = Math.sqrt(LENGTH), grid = Math.sqrt(CELLS), scale = side / grid;
  return Math.floor(Math.floor(i / side) / scale) * grid + Math.floor(i % side / scale);
}

/** What the generator is trained on and with. */
export interface GeneratorData {
  readonly pool: Pool;
  /** Of the scenes that are not held out, in the order of `pool.trained`. */
  readonly tokens: Uint16Array;
  readonly tokenizer: Tokenizer;
  /** The frozen text encoder, {@linkcode withoutPooled}. */
  readonly text: RawTensors;
  /** Image encoder and codebook. */
  readonly frozen: RawTensors;
}

/** Rows of `pool.trained` that the generator draws: with one object, and with two. */
export function drawnRows(pool: Pool): { singles: number[]; pairs: number[] } {
  const rows = { singles: [] as number[], pairs: [] as number[] };
  pool.trained.forEach((id, row) => {
    const { style, object } = pool.scene(id);
    if (!isUnnamed(style) && !GENERATOR_STYLES.includes(style)) return;
    rows[object === undefined ? "singles" : "pairs"].push(row);
  });
  return rows;
}

/** Trains the generator; `onStep` sees every step. */
export async function trainTransformer(
  folder: string,
  { pool, tokens, tokenizer, text, frozen }: GeneratorData,
  run: Recipe<typeof TRANSFORMER_RUN>,
  onStep: (progress: Progress) => void,
): Promise<Adam> {
  const initial = initGenerator(frozen.get(CODEBOOK)!, new Random(run.seed));
  const adam = new Adam(toWeights(initial), GENERATOR_ADAM);
  const { singles, pairs } = drawnRows(pool);
  const reader = new CaptionReader(tokenizer);

  const makeBatch = (random: Random, step: number): GeneratorBatch => {
    const paired = step >= run.singlesUntil * run.steps ? run.pairs : 0;
    const examples = Array.from({ length: run.batch }, () => {
      const row = random.pick(random.next() < paired ? pairs : singles);
      const id = pool.trained[row]!, scene = pool.scene(id), cells = pool.cells(id);
      const own = tokens.subarray(row * LENGTH, (row + 1) * LENGTH);
      const masked = maskTokens(own, cells, random, run.objectWeight);
      const caption = trainingCaption(scene, random, run);
      return { own, cells, ...masked, ...read(reader, caption, scene) };
    });
    return batchTensors(examples, tokenizer.length);
  };
  const encoder = toWeights(text), config = textConfig(tokenizer);
  const loss = (weights: Weights, batch: GeneratorBatch) =>
    generatorLoss(weights, encoder, config, batch, run);
  await train(folder, adam, run, { loss, makeBatch }, onStep);
  encoder.forEach((tensor) => tensor.dispose());
  return adam;
}

/** Whether a tensor maps hidden features to hidden features; embeddings and heads do not. */
export function isHiddenMatrix(name: string, shape: readonly number[]): boolean {
  return shape.length === 2 && !/embeddings|encoder_proj|norm\d\.linear|cond_embed/.test(name);
}

/** How the optimizer is set. */
export const GENERATOR_ADAM: AdamConfig = Object.freeze({
  ...ADAM,
  weightDecay: 0.01,
  averageDecay: 0.999,
  orthogonal: isHiddenMatrix,
});

function read(reader: CaptionReader, caption: TrainingCaption, scene: Scene) {
  const { ids: words, parts } = reader.read(caption.text, scene);
  return { words, parts };
}

/** What the loss of one picture needs. */
export interface GeneratorExample {
  /** [L] each: the picture's tokens, the same with holes, the loss's weight. */
  readonly own: Uint16Array;
  readonly ids: Int32Array;
  readonly holes: Float32Array;
  /** [C], see `cellsOf`. */
  readonly cells: Uint8Array;
  /** [T] each: the caption's tokens, and the part that each names. */
  readonly words: Int32Array;
  readonly parts: Uint8Array;
}

/** The same for `B` pictures. */
export type GeneratorBatch = {
  /** [B, L] with holes. */
  readonly ids: tf.Tensor2D;
  readonly targets: tf.Tensor2D;
  readonly holes: tf.Tensor2D;
  /** [B, T] */
  readonly words: tf.Tensor2D;
  /** [B, C, T], 1 where a token names what stands in a cell. */
  readonly named: tf.Tensor3D;
};

/** Stacks examples whose captions have `length` tokens. */
export function batchTensors(
  examples: readonly GeneratorExample[],
  length: number,
): GeneratorBatch {
  const batch = examples.length;
  const stack = (key: "own" | "ids" | "holes" | "words", width: number) => {
    const values = new Float32Array(batch * width);
    examples.forEach((example, i) => values.set(example[key], i * width));
    return tf.tensor2d(values, [batch, width], key === "holes" ? "float32" : "int32");
  };
  const named = new Float32Array(batch * CELLS * length);
  examples.forEach(({ cells, parts }, i) =>
    cells.forEach((region, cell) => {
      const part = region === 0 ? PARTS.background : region;
      const at = (i * CELLS + cell) * length;
      parts.forEach((p, t) => named[at + t] = p === part ? 1 : 0);
    })
  );
  return {
    ids: stack("ids", LENGTH),
    targets: stack("own", LENGTH),
    holes: stack("holes", LENGTH),
    words: stack("words", length),
    named: tf.tensor3d(named, [batch, CELLS, length]),
  };
}

/** Cross-entropy of masked tokens, and how far attention is from the words of what is drawn. */
export function generatorLoss(
  transformer: Weights,
  text: Weights,
  config: ClipTextConfig,
  batch: GeneratorBatch,
  run: Pick<Recipe<typeof TRANSFORMER_RUN>, "placementWeight" | "placementGoal">,
): tf.Scalar {
  return tf.tidy(() => {
    const losses: tf.Scalar[] = [];
    const observe = (module: string, probabilities: tf.Tensor4D) => {
      if (!PLACED.test(module)) return;
      losses.push(tf.keep(placementLoss(probabilities, batch.named, run.placementGoal)));
    };
    const micro = tf.tensor2d(Array.from({ length: batch.ids.shape[0] }, () => MICRO_CONDITIONS));
    const encoding = clipText(text, config, batch.words);
    const logits = uvit(transformer, UVIT, batch.ids, encoding, micro, { observe });
    const placement = tf.mul(tf.addN(losses), run.placementWeight / losses.length);
    tf.dispose(losses);
    return tf.add(maskedCrossEntropy(logits, batch.targets, batch.holes), placement);
  });
}

/** Attentions that learn where words belong: of all layers but the first, which reads the layout. */
export const PLACED = /^transformer_layers\.[1-9]\d*\.attn2$/;

/**
 * `max(0, log goal - log a)`, where `a` is the attention of a cell, averaged over heads, to the words
 * of what stands there: mean over the cells whose thing the caption names.
 *
 * @param probabilities [B, H, C, T]
 * @param named [B, C, T], 1 where a token names what stands in a cell
 */
export function placementLoss(
  probabilities: tf.Tensor4D,
  named: tf.Tensor3D,
  goal: number,
): tf.Scalar {
  return tf.tidy(() => {
    const attention = tf.sum(tf.mul(tf.mean(probabilities, 1), named), 2); // [B, C]
    const missing = tf.relu(tf.sub(Math.log(goal), tf.log(tf.add(attention, 1e-6))));
    const weights = tf.max(named, 2); // 1 where the caption names the cell's thing
    return tf.div(tf.sum(tf.mul(missing, weights)), tf.add(tf.sum(weights), 1e-6));
  });
}
