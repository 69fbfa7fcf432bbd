/**
 * Trains the VQ model of `emoji-64`: 64 x 64 pixels to 16 x 16 tokens of 512 codes.
 *
 * COMMAND   deno task pretrain tokenizer
 *
 * It sees the trained styles only. A plain autoencoder runs for the first steps; k-means of its
 * latents then gives the first codebook, and codes that nothing uses are moved onto latents.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { Random } from "../../lib/engine/random.ts";
import {
  initVq,
  nearestCodes,
  type VQConfig,
  vqConfig,
  vqDecodeLatents,
  vqLatents,
} from "../../lib/models/vq.ts";
import { toWeights, weight, type Weights } from "../../lib/models/weights.ts";
import { ADAM, Adam } from "../../lib/train/adam.ts";
import { quantise } from "../../lib/train/quantise.ts";
import { SCENE_SIZE } from "../../lib/world/mod.ts";
import { IMAGE_BYTES, type Pool } from "./pool.ts";
import { type Progress, type Recipe, train } from "./run.ts";

/** The tokenizer's sizes. */
export const VQ: VQConfig = vqConfig({
  block_out_channels: [16, 32, 64],
  layers_per_block: 1,
  latent_channels: 8,
  num_vq_embeddings: 512,
  norm_num_groups: 4,
  mid_block_add_attention: false,
});

/** How it is trained. */
export const TOKENIZER_RUN = Object.freeze({
  seed: 11,
  steps: 1000,
  learningRate: 2e-3,
  warmup: 50,
  saveEvery: 120,
  /** Crops per step, and their side in pixels, while most of the run lasts. */
  batch: 48,
  crop: 32,
  /** Whole images per step in the rest of the run. */
  wholeBatch: 12,
  wholeFrom: 0.85,
  /** Steps before the codebook takes part. */
  plainSteps: 120,
  /** Steps between looks for unused codes, and the share of the run after which it ends. */
  reviveEvery: 40,
  reviveUntil: 0.7,
});

const CODEBOOK = "quantize.embedding.weight";

/** Scenes `ids` of the pool as pixels in [0, 1], [B, 64, 64, 3]. */
export function pixelsOf(pool: Pick<Pool, "pixels">, ids: readonly number[]): tf.Tensor4D {
  const bytes = new Float32Array(ids.length * IMAGE_BYTES);
  ids.forEach((id, i) => {
    const image = pool.pixels(id);
    for (let k = 0; k < IMAGE_BYTES; k++) bytes[i * IMAGE_BYTES + k] = image[k]! / 255;
  });
  return tf.tensor4d(bytes, [ids.length, 64, 64, 3]);
}

/** A random crop of each scene on the token grid, [B, side, side, 3]. */
function cropsOf(pool: Pool, ids: readonly number[], side: number, random: Random): tf.Tensor4D {
  const row = side * 3;
  const values = new Float32Array(ids.length * side * row);
  ids.forEach((id, i) => {
    const image = pool.pixels(id);
    const places = (SCENE_SIZE - side) / 4 + 1;
    const [left, top] = [random.below(places) * 4, random.below(places) * 4];
    for (let y = 0; y < side; y++) {
      const from = ((top + y) * SCENE_SIZE + left) * 3;
      for (let k = 0; k < row; k++) values[(i * side + y) * row + k] = image[from + k]! / 255;
    }
  });
  return tf.tensor4d(values, [ids.length, side, side, 3]);
}

/** Squared and absolute error of the pixels. */
function reconstructionLoss(decoded: tf.Tensor4D, pixels: tf.Tensor4D): tf.Scalar {
  const difference = tf.sub(decoded, pixels);
  return tf.add(
    tf.mul(tf.mean(tf.square(difference)), 10),
    tf.mean(tf.abs(difference)),
  ) as tf.Scalar;
}

/** Latents of scenes and which codes they take, on the host. */
async function latentsOf(weights: Weights, pixels: tf.Tensor4D) {
  const [latents, ids] = tf.tidy(() => {
    const z = vqLatents(weights, VQ, pixels);
    return [z, nearestCodes(weights, z)];
  });
  const values = [await latents.data(), await ids.data()] as [Float32Array, Int32Array];
  tf.dispose([latents, ids]);
  return { latents: values[0], ids: values[1] };
}

/** Lloyd's k-means from random points: [n * D] -> [K * D]. */
export function kMeans(
  points: Float32Array,
  depth: number,
  k: number,
  random: Random,
): Float32Array {
  const n = points.length / depth;
  const centres = new Float32Array(k * depth);
  for (let c = 0; c < k; c++) {
    const from = random.below(n) * depth;
    centres.set(points.subarray(from, from + depth), c * depth);
  }
  for (let round = 0; round < 8; round++) {
    const sums = new Float64Array(k * depth), counts = new Float64Array(k);
    for (let i = 0; i < n; i++) {
      const c = nearest(points, i * depth, centres, depth, k);
      counts[c]!++;
      for (let d = 0; d < depth; d++) sums[c * depth + d]! += points[i * depth + d]!;
    }
    for (let c = 0; c < k; c++) {
      const from = random.below(n) * depth;
      for (let d = 0; d < depth; d++) {
        centres[c * depth + d] = counts[c] ? sums[c * depth + d]! / counts[c]! : points[from + d]!;
      }
    }
  }
  return centres;
}

function nearest(
  points: Float32Array,
  from: number,
  centres: Float32Array,
  depth: number,
  k: number,
): number {
  let best = 0, least = Infinity;
  for (let c = 0; c < k; c++) {
    let distance = 0;
    for (let d = 0; d < depth; d++) distance += (points[from + d]! - centres[c * depth + d]!) ** 2;
    if (distance < least) [best, least] = [c, distance];
  }
  return best;
}

/** Trains and returns the weights; `onStep` sees every step. */
export async function trainTokenizer(
  folder: string,
  pool: Pool,
  run: Recipe<typeof TOKENIZER_RUN>,
  onStep: (progress: Progress) => void,
): Promise<Adam> {
  const adam = new Adam(toWeights(initVq(VQ, new Random(run.seed))), {
    ...ADAM,
    averageDecay: 0.995,
  });
  const used = new Uint32Array(VQ.num_vq_embeddings);
  const depth = VQ.latent_channels;
  const draw = (random: Random, count: number) =>
    pixelsOf(pool, Array.from({ length: count }, () => random.pick(pool.trained)));
  const drawCrops = (random: Random, count: number, side: number) => {
    const scenes = Array.from({ length: count }, () => random.pick(pool.trained));
    return cropsOf(pool, scenes, side, random);
  };

  /** Gives the codebook its first values, or moves codes that nothing used. */
  const tendCodebook = async (random: Random, step: number, weights: Weights) => {
    const first = step === run.plainSteps;
    if (!first && (step % run.reviveEvery || step > run.reviveUntil * run.steps)) return;
    const pixels = draw(random, first ? 48 : 16);
    const { latents, ids } = await latentsOf(weights, pixels);
    pixels.dispose();
    const size = VQ.num_vq_embeddings;
    let codes: Float32Array;
    if (first) {
      codes = kMeans(latents, depth, size, random);
    } else {
      used.fill(0);
      for (const id of ids) used[id]!++;
      codes = (await weight(weights, CODEBOOK).data()).slice() as Float32Array;
      for (let c = 0; c < size; c++) {
        if (used[c]) continue;
        const from = random.below(latents.length / depth) * depth;
        codes.set(latents.subarray(from, from + depth), c * depth);
      }
    }
    adam.replace(CODEBOOK, tf.tensor2d(codes, [size, depth]));
  };

  await train(folder, adam, run, async (random, step, weights) => {
    if (step >= run.plainSteps) await tendCodebook(random.split("codebook"), step, weights);
    const scenes = random.split("scenes");
    const pixels = step < run.wholeFrom * run.steps
      ? drawCrops(scenes, run.batch, run.crop)
      : draw(scenes, run.wholeBatch);
    const loss = (w: Weights) =>
      tf.tidy(() => {
        const latents = vqLatents(w, VQ, pixels);
        const codes = weight(w, CODEBOOK) as tf.Tensor2D;
        const used = step < run.plainSteps
          ? tf.add(latents, tf.mul(tf.sum(codes), 0)) as tf.Tensor4D
          : quantise(latents, codes);
        return reconstructionLoss(vqDecodeLatents(w, VQ, used), pixels);
      });
    return { loss, dispose: () => pixels.dispose() };
  }, onStep);
  return adam;
}
