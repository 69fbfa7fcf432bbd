/**
 * Trains the text encoder of `emoji-64`, which then stays frozen, as aMUSEd's CLIP does.
 *
 * COMMAND   deno task pretrain text
 *
 * It reads captions alone and learns to tell the scene's record from the pooled text. Trained
 * together with the generator it learned styles and colours, but no concepts: the pooled text of
 * "a cat" and "a dog" stayed the same, and so did the drawings.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { Random } from "../../lib/engine/random.ts";
import {
  clipText,
  type ClipTextConfig,
  clipTextConfig,
  initClipText,
} from "../../lib/models/clip.ts";
import { linear } from "../../lib/models/layers.ts";
import { presenceLoss } from "../../lib/models/loss.ts";
import type { Tokenizer } from "../../lib/models/tokenizer.ts";
import {
  fanInSpread,
  initTensors,
  type RawTensors,
  toWeights,
  type Weights,
} from "../../lib/models/weights.ts";
import { ADAM, Adam } from "../../lib/train/adam.ts";
import {
  COLOURS,
  CONCEPTS,
  DECORATIONS,
  FEATURE_WORDS,
  PATTERNS,
  RELATIONS,
  sampleScene,
  showsColour,
  TRAINED_STYLES,
  unnamedStyle,
} from "../../lib/world/mod.ts";
import { type Progress, type Recipe, train } from "./run.ts";
import { type CaptionShares, trainingCaption } from "./training_captions.ts";

/** The text encoder's sizes; the vocabulary comes with the tokenizer. */
export function textConfig(tokenizer: Tokenizer): ClipTextConfig {
  return clipTextConfig({
    hidden_size: 128,
    intermediate_size: 512,
    num_hidden_layers: 2,
    num_attention_heads: 4,
    projection_dim: 128,
    vocab_size: tokenizer.size,
    max_position_embeddings: tokenizer.length,
    eos_token_id: tokenizer.pad,
  });
}

/** How it is trained. */
export const TEXT_RUN = Object.freeze({
  seed: 14,
  steps: 1500,
  learningRate: 1e-3,
  warmup: 50,
  saveEvery: 60,
  batch: 128,
  dropCaption: 0,
  dropBackground: 0.15,
  dropStyle: 0.03,
  strangeStyle: 0.1,
  strangeUnnamed: 0.2,
});

/** What is told from a caption, and what it may be. */
const FIELDS: Readonly<Record<string, readonly string[]>> = {
  subject: CONCEPTS.map((concept) => concept.name),
  object: ["none", ...CONCEPTS.map((concept) => concept.name)],
  relation: ["none", ...RELATIONS],
  pattern: ["none", ...PATTERNS],
  colour: ["none", ...Object.keys(COLOURS)],
  decoration: DECORATIONS,
  style: ["none", ...TRAINED_STYLES],
};

/** A caption, the class of each field in it, and whether it tells each feature of a style, 0 or 1. */
interface Example {
  readonly caption: string;
  readonly classes: readonly number[];
  readonly features: readonly number[];
}

function example(random: Random, shares: CaptionShares): Example {
  const scene = sampleScene(random, {
    styles: random.next() < 0.5 ? TRAINED_STYLES : [unnamedStyle(random.below(2 ** 31))],
    objects: random.next() < 0.5 ? 2 : 1,
    decorations: random.next() < 0.3,
    split: "train",
  });
  const { text, background, named, features } = trainingCaption(scene, random, shares);
  const told: Record<string, string> = {
    subject: scene.subject,
    object: scene.object ?? "none",
    relation: scene.relation ?? "none",
    pattern: background ? scene.pattern : "none",
    colour: background && showsColour(scene.style) ? scene.colour : "none",
    decoration: background ? scene.decoration : "none",
    style: named ? scene.style : "none",
  };
  const words = new Set(features.join(" ").split(" "));
  return {
    caption: text,
    classes: Object.entries(FIELDS).map(([field, names]) => names.indexOf(told[field]!)),
    features: FEATURE_WORDS.map((word) => words.has(word) ? 1 : 0),
  };
}

const HEAD = "head:";

function initial(config: ClipTextConfig, random: Random): RawTensors {
  const heads = new Map(
    Object.entries({ ...FIELDS, features: FEATURE_WORDS }).map(([field, names]) => [
      `${HEAD}${field}.weight`,
      [names.length, config.projection_dim],
    ]),
  );
  return new Map([
    ...initClipText(config, random.split("text")),
    ...initTensors(heads, random.split("heads"), (_, shape) => fanInSpread(shape)),
  ]);
}

/** The encoder's tensors without the heads it was trained with. */
export function withoutHeads<T>(joint: ReadonlyMap<string, T>): Map<string, T> {
  return new Map([...joint].filter(([name]) => !name.startsWith(HEAD)));
}

/** What a step reads: tokens [B, T], classes [B, fields], features [B, words]. */
type Batch = Readonly<Record<"words" | "classes" | "features", tf.Tensor2D>>;

/** Sum over the fields of their mean cross-entropy, and that of the features, told or not. */
function recordLoss(
  weights: Weights,
  config: ClipTextConfig,
  { words, classes, features }: Batch,
) {
  const { pooled } = clipText(weights, config, words);
  const losses = Object.keys(FIELDS).map((field, i) => {
    const logits = linear(weights, HEAD + field, pooled);
    const ids = tf.slice(classes, [0, i], [-1, 1]);
    const target = tf.cast(tf.oneHot(tf.reshape(ids, [-1]), logits.shape[1]!), "float32");
    return tf.neg(tf.mean(tf.sum(tf.mul(tf.logSoftmax(logits), target), 1)));
  });
  const logits = linear(weights, `${HEAD}features`, pooled);
  return tf.addN([...losses, presenceLoss(logits, features)]) as tf.Scalar;
}

/** Trains the text encoder; `onStep` sees every step. */
export async function trainText(
  folder: string,
  tokenizer: Tokenizer,
  run: Recipe<typeof TEXT_RUN>,
  onStep: (progress: Progress) => void,
): Promise<Adam> {
  const config = textConfig(tokenizer);
  const adam = new Adam(toWeights(initial(config, new Random(run.seed))), {
    ...ADAM,
    weightDecay: 0.01,
    averageDecay: 0.98,
  });
  const makeBatch = (random: Random) => {
    const examples = Array.from({ length: run.batch }, (_, i) => example(random.split(i), run));
    const words = tf.tensor2d(
      tokenizer.encode(examples.map((e) => e.caption)),
      [run.batch, tokenizer.length],
      "int32",
    );
    return {
      words,
      classes: tf.tensor2d(examples.map((e) => [...e.classes]), undefined, "int32"),
      features: tf.tensor2d(examples.map((e) => [...e.features])),
    };
  };
  const loss = (weights: Weights, batch: Batch) =>
    tf.tidy(() => recordLoss(weights, config, batch));
  await train(folder, adam, run, { loss, makeBatch }, onStep);
  return adam;
}
