/**
 * The codebook of `emoji-64`: k-means of the patches of its training scenes.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import type { Random } from "../../lib/engine/random.ts";

/** Points with a weight each. */
export interface WeightedPoints {
  /** [n * depth] */
  readonly points: Float32Array;
  readonly weights: Float32Array;
  readonly depth: number;
}

/**
 * Distinct points, each weighted by the square root of how often it came: backgrounds repeat a few
 * patches without end, and drawings need the codes.
 */
export function distinctPoints(points: Float32Array, depth: number): WeightedPoints {
  const counts = new Map<string, [first: number, count: number]>();
  for (let from = 0; from < points.length; from += depth) {
    let key = "";
    for (let d = 0; d < depth; d++) {
      key += String.fromCharCode(0x4000 + Math.round(points[from + d]! * 32));
    }
    const entry = counts.get(key);
    if (entry) entry[1]++;
    else counts.set(key, [from, 1]);
  }
  const distinct = new Float32Array(counts.size * depth), weights = new Float32Array(counts.size);
  let i = 0;
  for (const [from, count] of counts.values()) {
    distinct.set(points.subarray(from, from + depth), i * depth);
    weights[i++] = Math.sqrt(count);
  }
  return { points: distinct, weights, depth };
}

/** Lloyd's k-means from weighted random points: the centres, [k * depth]. */
export async function kMeans(
  { points, weights, depth }: WeightedPoints,
  k: number,
  random: Random,
  rounds = 25,
): Promise<Float32Array> {
  const n = weights.length;
  const chosen = [...drawWeighted(weights, k, random)];
  const centres = new Float32Array(k * depth);
  chosen.forEach((i, c) => centres.set(points.subarray(i * depth, (i + 1) * depth), c * depth));
  for (let round = 0; round < rounds; round++) {
    const owners = await nearest(points, centres, depth);
    const sums = new Float64Array(k * depth), totals = new Float64Array(k);
    owners.forEach((c, i) => {
      totals[c]! += weights[i]!;
      for (let d = 0; d < depth; d++) sums[c * depth + d]! += weights[i]! * points[i * depth + d]!;
    });
    for (let c = 0; c < k; c++) {
      const from = random.below(n) * depth; // for a centre that lost all its points
      for (let d = 0; d < depth; d++) {
        centres[c * depth + d] = totals[c] ? sums[c * depth + d]! / totals[c]! : points[from + d]!;
      }
    }
  }
  return centres;
}

/** `k` different indices, drawn by weight. */
function drawWeighted(weights: Float32Array, k: number, random: Random): Set<number> {
  const sums = new Float64Array(weights.length);
  weights.reduce((sum, weight, i) => sums[i] = sum + weight, 0);
  const chosen = new Set<number>();
  while (chosen.size < k) {
    const u = random.next() * sums[sums.length - 1]!;
    let low = 0, high = sums.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (sums[middle]! <= u) low = middle + 1;
      else high = middle;
    }
    chosen.add(low);
  }
  return chosen;
}

/** The nearest centre of each point. */
async function nearest(
  points: Float32Array,
  centres: Float32Array,
  depth: number,
): Promise<Int32Array> {
  const n = points.length / depth, chunk = 16_384;
  const owners = new Int32Array(n);
  for (let from = 0; from < n; from += chunk) {
    const count = Math.min(chunk, n - from);
    const ids = tf.tidy(() => {
      const x = tf.tensor2d(points.subarray(from * depth, (from + count) * depth), [count, depth]);
      const c = tf.tensor2d(centres, [centres.length / depth, depth]);
      const cross = tf.matMul(x, c, false, true);
      return tf.argMin(tf.sub(tf.sum(tf.square(c), 1), tf.mul(cross, 2)), 1);
    });
    owners.set(await ids.data() as Int32Array, from);
    ids.dispose();
  }
  return owners;
}
