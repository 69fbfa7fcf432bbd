/**
 * Trains the judge: a CLIP on scenes of all styles, with heads that name concepts, style, background
 * colour and decoration.
 *
 * COMMAND   deno task pretrain judge
 *
 * The judge is the measuring instrument: unlike the generator it also learns from the concepts and
 * pairs that are held out, so that it can tell whether the generator draws them.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { Random } from "../../lib/engine/random.ts";
import {
  clipText,
  type ClipTextConfig,
  clipTextConfig,
  clipVision,
  type ClipVisionConfig,
  clipVisionConfig,
  initClipText,
  initClipVision,
} from "../../lib/models/clip.ts";
import { writeAtomic } from "../../lib/io/files.ts";
import type { Tokenizer } from "../../lib/models/tokenizer.ts";
import { vqDecode, vqEncode } from "../../lib/models/vq.ts";
import {
  fanInSpread,
  initTensors,
  type RawTensors,
  toWeights,
  weight,
  type Weights,
} from "../../lib/models/weights.ts";
import { presenceLoss } from "../../lib/models/loss.ts";
import { headLogits, headShapes, type Reading } from "../../lib/score/judge.ts";
import { ADAM, Adam } from "../../lib/train/adam.ts";
import { captionOf, type Scene, showsColour, standingIn } from "../../lib/world/mod.ts";
import { classOf, conceptTargets, type NamedCutout, pasteSome } from "./judge_scenes.ts";
import { BLOCK, IMAGE_BYTES, type Pool } from "./pool.ts";
import { type Progress, type Recipe, train } from "./run.ts";
import { VQ } from "./patch_transform.ts";
import { pixelsOf } from "./tokenizer.ts";

const WIDTH = 128;

/** The image tower's sizes. */
export const JUDGE_VISION: ClipVisionConfig = clipVisionConfig({
  hidden_size: 128,
  intermediate_size: 512,
  num_hidden_layers: 4,
  num_attention_heads: 4,
  projection_dim: WIDTH,
  image_size: 64,
  patch_size: 8,
});

/** The text tower's sizes; the vocabulary comes with the tokenizer. */
export function judgeTextConfig(tokenizer: Tokenizer): ClipTextConfig {
  return clipTextConfig({
    hidden_size: 96,
    intermediate_size: 384,
    num_hidden_layers: 2,
    num_attention_heads: 3,
    projection_dim: WIDTH,
    vocab_size: tokenizer.size,
    max_position_embeddings: tokenizer.length,
    eos_token_id: tokenizer.pad,
  });
}

/** How it is trained. */
export const JUDGE_RUN = Object.freeze({
  seed: 13,
  steps: 6000,
  learningRate: 2e-3,
  warmup: 150,
  saveEvery: 120,
  batch: 64,
  /** How many of the batch went through the tokenizer and back, as generated images do. */
  reconstructed: 16,
  /** How many of the batch come from the combinations that the generator never sees. */
  heldOut: 8,
  /** Further scenes with objects pasted in, from which only the concept head learns. */
  pasted: 16,
});

/** Scenes whose reconstruction is made for training. */
const RECONSTRUCTIONS = 6 * BLOCK;

const PARTS = ["image", "text", "heads"] as const;

/** The trained tensors by part: image tower, text tower, heads (and the temperature). */
export function splitJudge<T>(joint: ReadonlyMap<string, T>) {
  const parts = {
    image: new Map<string, T>(),
    text: new Map<string, T>(),
    heads: new Map<string, T>(),
  };
  for (const [name, value] of joint) {
    const part = PARTS.find((p) => name.startsWith(p + ":"));
    if (part) parts[part].set(name.slice(part.length + 1), value);
  }
  return parts;
}

/** The logarithm of the inverse temperature of the contrastive loss. */
const SCALE = "logit_scale";

function initial(tokenizer: Tokenizer, random: Random): RawTensors {
  const joint: RawTensors = new Map();
  const add = (part: string, tensors: RawTensors) => {
    for (const [name, tensor] of tensors) joint.set(`${part}:${name}`, tensor);
  };
  add("image", initClipVision(JUDGE_VISION, random.split("image")));
  add("text", initClipText(judgeTextConfig(tokenizer), random.split("text")));
  add(
    "heads",
    initTensors(
      headShapes(JUDGE_VISION),
      random.split("heads"),
      (name, shape) =>
        shape.length > 1 ? fanInSpread(shape) : { fill: name === "concepts.bias" ? -8 : 0 },
    ),
  );
  joint.set(SCALE, { shape: [1], data: Float32Array.of(Math.log(10)) });
  return joint;
}

/** Targets of the heads on whole images, one row per scene; a colour that the style hides has weight 0. */
function targetsOf(scenes: readonly Scene[]) {
  const ids = (head: keyof Reading, name: (scene: Scene) => string) =>
    tf.tensor1d(Int32Array.from(scenes, (scene) => classOf(head, name(scene))), "int32");
  return {
    style: ids("style", (scene) => scene.style),
    colour: ids("colour", (scene) => scene.colour),
    decoration: ids("decoration", (scene) => scene.decoration),
    colourShown: tf.tensor1d(Float32Array.from(scenes, (s) => showsColour(s.style) ? 1 : 0)),
  };
}

/** Cross-entropy of each row. */
function rowLoss(logits: tf.Tensor2D, ids: tf.Tensor1D): tf.Tensor1D {
  const target = tf.cast(tf.oneHot(ids, logits.shape[1]), "float32");
  return tf.neg(tf.sum(tf.mul(tf.logSoftmax(logits), target), 1));
}

/** The symmetric contrastive loss of CLIP (Radford et al., 2021, figure 3). */
function contrastiveLoss(images: tf.Tensor2D, texts: tf.Tensor2D, logScale: tf.Tensor): tf.Scalar {
  const normal = (x: tf.Tensor2D) =>
    tf.div(x, tf.sqrt(tf.add(tf.sum(tf.square(x), 1, true), 1e-8)));
  const scale = tf.exp(tf.minimum(logScale, Math.log(50)));
  const logits = tf.mul(
    tf.matMul(normal(images), normal(texts), false, true),
    scale,
  ) as tf.Tensor2D;
  const own = tf.range(0, images.shape[0], 1, "int32") as tf.Tensor1D;
  const other = tf.transpose(logits) as tf.Tensor2D;
  return tf.mul(tf.add(tf.mean(rowLoss(logits, own)), tf.mean(rowLoss(other, own))), 0.5);
}

/** The pool's first scenes through the tokenizer and back; kept in a file. */
export async function reconstruct(
  path: string,
  pool: Pool,
  vq: Weights,
  onStep: (done: number, total: number) => void,
): Promise<Uint8Array> {
  const stored = await Deno.readFile(path).catch(() => null);
  if (stored?.length === RECONSTRUCTIONS * IMAGE_BYTES) return stored;
  const bytes = new Uint8Array(RECONSTRUCTIONS * IMAGE_BYTES);
  for (let from = 0; from < RECONSTRUCTIONS; from += 64) {
    const pixels = pixelsOf(pool, Array.from({ length: 64 }, (_, i) => from + i));
    const decoded = tf.tidy(() => tf.mul(vqDecode(vq, VQ, vqEncode(vq, VQ, pixels)), 255));
    bytes.set(Uint8Array.from(await decoded.data(), Math.round), from * IMAGE_BYTES);
    tf.dispose([pixels, decoded]);
    onStep(from + 64, RECONSTRUCTIONS);
  }
  await writeAtomic(path, bytes);
  return bytes;
}

/** A pool whose first scenes are reconstructions. */
function reconstructedPool(bytes: Uint8Array): Pick<Pool, "pixels"> {
  return { pixels: (i) => bytes.subarray(i * IMAGE_BYTES, (i + 1) * IMAGE_BYTES) };
}

/** What the judge is trained on. */
export interface JudgeData {
  /** Scenes of the training split, in held-out styles too. */
  readonly seen: Pool;
  /** Scenes of combinations that are held out from the generator. */
  readonly heldOut: Pool;
  /** Pixels of the first scenes of `seen` as the tokenizer gives them back. */
  readonly reconstructions: Uint8Array;
  /** What is pasted in. */
  readonly cutouts: readonly NamedCutout[];
}

/** Whether a tensor is a matrix inside a tower; embeddings, projections and heads are not. */
function isTowerMatrix(name: string, shape: readonly number[]): boolean {
  return shape.length === 2 && name.includes(".encoder.layers.");
}

/** Trains the judge; `onStep` sees every step. */
export async function trainJudge(
  folder: string,
  { seen, heldOut, reconstructions, cutouts }: JudgeData,
  tokenizer: Tokenizer,
  run: Recipe<typeof JUDGE_RUN>,
  onStep: (progress: Progress) => void,
): Promise<Adam> {
  const text = judgeTextConfig(tokenizer);
  const settings = {
    ...ADAM,
    weightDecay: 0.02,
    averageDecay: 0.998,
    orthogonal: isTowerMatrix,
  };
  const adam = new Adam(toWeights(initial(tokenizer, new Random(run.seed))), settings);
  const blurred = reconstructedPool(reconstructions);
  const makeBatch = (random: Random) => {
    const draw = (count: number, below: number) =>
      Array.from({ length: count }, () => random.below(below));
    const parts = [
      { records: seen, images: blurred, ids: draw(run.reconstructed, RECONSTRUCTIONS) },
      { records: heldOut, images: heldOut, ids: draw(run.heldOut, heldOut.config.size) },
      {
        records: seen,
        images: seen,
        ids: draw(run.batch - run.reconstructed - run.heldOut, seen.config.size),
      },
    ];
    const scenes = parts.flatMap(({ records, ids }) => ids.map((id) => records.scene(id)));
    const altered = draw(run.pasted, RECONSTRUCTIONS).map((id, i) => {
      const data = (i % 2 ? blurred : seen).pixels(id);
      return pasteSome({ data, objects: standingIn(seen.scene(id)) }, cutouts, random);
    });
    const pixels = tf.tidy(() =>
      tf.concat([
        ...parts.map(({ images, ids }) => pixelsOf(images, ids)),
        pixelsOf({ pixels: (i) => altered[i]!.data }, [...altered.keys()]),
      ])
    );
    const words = tf.tensor2d(
      tokenizer.encode(scenes.map(captionOf)),
      [run.batch, tokenizer.length],
      "int32",
    );
    const standing = [...scenes.map(standingIn), ...altered.map(({ objects }) => objects)];
    return { pixels, words, ...conceptTargets(standing), ...targetsOf(scenes) };
  };
  const loss = (joint: Weights, batch: ReturnType<typeof makeBatch>) =>
    tf.tidy(() => {
      const parts = splitJudge(joint);
      const images = clipVision(parts.image, JUDGE_VISION, batch.pixels);
      const { pooled } = clipText(parts.text, text, batch.words);
      const logits = headLogits(parts.heads, images);
      const whole = (x: tf.Tensor2D) => tf.slice(x, [0, 0], [run.batch, x.shape[1]]);
      const heads = tf.addN([
        rowLoss(whole(logits.style), batch.style),
        tf.mul(rowLoss(whole(logits.colour), batch.colour), batch.colourShown),
        tf.mul(rowLoss(whole(logits.decoration), batch.decoration), 0.5),
      ]);
      return tf.addN([
        presenceLoss(logits.concepts, batch.present),
        presenceLoss(logits.conceptsAt, batch.presentAt),
        tf.mean(heads),
        contrastiveLoss(whole(images.pooled), pooled, weight(joint, SCALE)),
      ]) as tf.Scalar;
    });
  await train(folder, adam, run, { loss, makeBatch }, onStep);
  return adam;
}
