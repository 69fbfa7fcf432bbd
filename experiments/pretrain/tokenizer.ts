/**
 * Makes the VQ model of `emoji-64`: 64 x 64 pixels to 16 x 16 tokens of 2,048 codes, and back.
 *
 * COMMAND   deno task pretrain tokenizer
 *
 * It sees trained styles and styles without a name. The encoder is set ({@linkcode patchEncoder}),
 * the codebook is k-means of what it gives, and the decoder is trained to draw images from their codes.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { Random } from "../../lib/engine/random.ts";
import { writeAtomic } from "../../lib/io/files.ts";
import { lookUpCodes, vqDecodeLatents, vqEncode, vqLatents } from "../../lib/models/vq.ts";
import { type RawTensors, toWeights, type Weights } from "../../lib/models/weights.ts";
import { ADAM, Adam } from "../../lib/train/adam.ts";
import { SCENE_SIZE } from "../../lib/world/mod.ts";
import { distinctPoints, kMeans } from "./codebook.ts";
import { initPatchDecoder, PATCH, patchEncoder, VQ } from "./patch_transform.ts";
import { IMAGE_BYTES, type Pool } from "./pool.ts";
import { type Progress, type Recipe, train } from "./run.ts";

/** How it is made. */
export const TOKENIZER_RUN = Object.freeze({
  seed: 11,
  steps: 2400,
  learningRate: 1e-3,
  warmup: 30,
  saveEvery: 120,
  /** Scenes whose patches give the codebook. */
  codebookScenes: 4096,
  batch: 16,
});

/** Tokens per side of an image. */
const SIDE = SCENE_SIZE / PATCH;

/** Tokens of an image. */
export const LENGTH = SIDE ** 2;

/** The codebook's tensor. */
export const CODEBOOK = "quantize.embedding.weight";

/** Scenes `ids` of the pool as pixels in [0, 1], [B, 64, 64, 3]. */
export function pixelsOf(pool: Pick<Pool, "pixels">, ids: readonly number[]): tf.Tensor4D {
  const bytes = new Float32Array(ids.length * IMAGE_BYTES);
  ids.forEach((id, i) => {
    const image = pool.pixels(id);
    for (let k = 0; k < IMAGE_BYTES; k++) bytes[i * IMAGE_BYTES + k] = image[k]! / 255;
  });
  return tf.tensor4d(bytes, [ids.length, SCENE_SIZE, SCENE_SIZE, 3]);
}

/** Encoder and codebook, which training leaves alone. */
export async function frozenParts(
  pool: Pool,
  run: Recipe<typeof TOKENIZER_RUN>,
  onStep: (done: number, total: number) => void,
): Promise<RawTensors> {
  const tensors = patchEncoder();
  const encoder = toWeights(tensors);
  const random = new Random(run.seed).split("codebook");
  const depth = VQ.latent_channels, total = run.codebookScenes, count = 64;
  const points = new Float32Array(total * LENGTH * depth);
  for (let from = 0; from < total; from += count) {
    const ids = Array.from({ length: count }, () => random.pick(pool.trained));
    const latents = tf.tidy(() => vqLatents(encoder, VQ, pixelsOf(pool, ids)));
    points.set(await latents.data(), from * LENGTH * depth);
    latents.dispose();
    onStep(from + count, total);
  }
  encoder.forEach((tensor) => tensor.dispose());
  const centres = await kMeans(distinctPoints(points, depth), VQ.num_vq_embeddings, random);
  tensors.set(CODEBOOK, {
    shape: [VQ.num_vq_embeddings, depth],
    data: centres.map(Math.f16round),
  });
  return tensors;
}

/** Tokens of every scene that is not held out, in the order of `pool.trained`; kept in a file. */
export async function tokenise(
  path: string,
  pool: Pool,
  frozen: RawTensors,
  onStep: (done: number, total: number) => void,
): Promise<Uint16Array> {
  const total = pool.trained.length;
  const stored = await Deno.readFile(path).catch(() => null);
  if (stored?.length === total * LENGTH * 2) return new Uint16Array(stored.buffer);
  const vq = toWeights(frozen);
  const tokens = new Uint16Array(total * LENGTH);
  for (let from = 0; from < total; from += 64) {
    const ids = tf.tidy(() =>
      vqEncode(vq, VQ, pixelsOf(pool, pool.trained.slice(from, from + 64)))
    );
    tokens.set(await ids.data() as Int32Array, from * LENGTH);
    ids.dispose();
    onStep(Math.min(total, from + 64), total);
  }
  vq.forEach((tensor) => tensor.dispose());
  await writeAtomic(path, new Uint8Array(tokens.buffer));
  return tokens;
}

/** Squared and absolute error of the pixels. */
function reconstructionLoss(decoded: tf.Tensor4D, pixels: tf.Tensor4D): tf.Scalar {
  const difference = tf.sub(decoded, pixels);
  return tf.add(
    tf.mul(tf.mean(tf.square(difference)), 10),
    tf.mean(tf.abs(difference)),
  ) as tf.Scalar;
}

/** What the decoder is trained on. */
export interface DecoderData {
  readonly pool: Pool;
  /** Of the scenes that are not held out, in the order of `pool.trained`. */
  readonly tokens: Uint16Array;
  /** Encoder and codebook. */
  readonly frozen: RawTensors;
}

/** Trains the decoder; `onStep` sees every step. */
export async function trainDecoder(
  folder: string,
  { pool, tokens, frozen }: DecoderData,
  run: Recipe<typeof TOKENIZER_RUN>,
  onStep: (progress: Progress) => void,
): Promise<Adam> {
  const decoder = initPatchDecoder(new Random(run.seed));
  const adam = new Adam(toWeights(decoder), {
    ...ADAM,
    averageDecay: 0.998,
    orthogonal: (_, shape) => shape.length === 4,
  });
  const codebook = toWeights(new Map([[CODEBOOK, frozen.get(CODEBOOK)!]]));
  const makeBatch = (random: Random) => {
    const rows = Array.from({ length: run.batch }, () => random.below(pool.trained.length));
    const ids = new Int32Array(run.batch * LENGTH);
    rows.forEach((row, i) =>
      ids.set(tokens.subarray(row * LENGTH, (row + 1) * LENGTH), i * LENGTH)
    );
    const pixels = pixelsOf(pool, rows.map((row) => pool.trained[row]!));
    const codes = tf.tidy(() =>
      lookUpCodes(codebook, VQ, tf.tensor2d(ids, [run.batch, LENGTH], "int32"))
    );
    return { codes, pixels };
  };
  const loss = (weights: Weights, { codes, pixels }: ReturnType<typeof makeBatch>) =>
    tf.tidy(() => reconstructionLoss(vqDecodeLatents(weights, VQ, codes), pixels));
  await train(folder, adam, run, { loss, makeBatch }, onStep);
  return adam;
}
