import { assert, assertEquals, assertLess } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { distinctPoints, kMeans } from "../../experiments/pretrain/codebook.ts";
import {
  initPatchDecoder,
  PATCH,
  PATCH_TRANSFORM,
  patchEncoder,
  VQ,
} from "../../experiments/pretrain/patch_transform.ts";
import { codeEmbeddings } from "../../experiments/pretrain/generator_init.ts";
import { useEngine } from "../../lib/engine/mod.ts";
import { Random } from "../../lib/engine/random.ts";
import { vqDecodeLatents, vqLatents } from "../../lib/models/vq.ts";
import { toWeights } from "../../lib/models/weights.ts";

await useEngine();

type Grid = number[][][];

async function latentsOf(pixels: Grid): Promise<Grid> {
  const encoder = toWeights(patchEncoder());
  const latents = tf.tidy(() => vqLatents(encoder, VQ, tf.tensor4d([pixels])));
  const [grid] = await latents.array();
  latents.dispose();
  encoder.forEach((tensor) => tensor.dispose());
  return grid!;
}

function randomImage(side: number, seed: string): Grid {
  const random = new Random(seed);
  return Array.from(
    { length: side },
    () => Array.from({ length: side }, () => [random.next(), random.next(), random.next()]),
  );
}

Deno.test("patchEncoder() gives each patch's cosine transform", async () => {
  const image = randomImage(16, "image");
  const latents = await latentsOf(image);
  assertEquals([latents.length, latents[0]!.length, latents[0]![0]!.length], [4, 4, 24]);
  for (let row = 0; row < 4; row++) {
    for (let column = 0; column < 4; column++) {
      PATCH_TRANSFORM.forEach((factors, d) => {
        const sum = factors.reduce((sum, factor, k) => {
          const [channel, y, x] = [k >> 4, (k >> 2) & 3, k & 3];
          return sum + factor * image[row * PATCH + y]![column * PATCH + x]![channel]!;
        }, 0);
        // the tensors are rounded to fp16
        assertLess(Math.abs(sum - latents[row]![column]![d]!), 5e-3);
      });
    }
  }
});

Deno.test("PATCH_TRANSFORM is orthonormal", () => {
  PATCH_TRANSFORM.forEach((a, i) =>
    PATCH_TRANSFORM.forEach((b, j) => {
      const product = a.reduce((sum, v, k) => sum + v * b[k]!, 0);
      assertLess(Math.abs(product - (i === j ? 1 : 0)), 1e-12);
    })
  );
});

Deno.test("patchEncoder() gives a crop the latents that it has in the image", async () => {
  const image = randomImage(32, "whole");
  const whole = await latentsOf(image);
  const crop = await latentsOf(image.slice(8, 24).map((row) => row.slice(12, 28)));
  crop.forEach((row, y) =>
    row.forEach((latent, x) =>
      latent.forEach((value, d) => assertLess(Math.abs(value - whole[y + 2]![x + 3]![d]!), 1e-3))
    )
  );
});

Deno.test("initPatchDecoder() starts by undoing the encoder", async () => {
  const smooth = Array.from(
    { length: 16 },
    (_, y) => Array.from({ length: 16 }, (_, x) => [x / 16, y / 16, (x + y) / 32]),
  );
  const latents = await latentsOf(smooth);
  const decoder = toWeights(initPatchDecoder(new Random("decoder")));
  const decoded = tf.tidy(() => vqDecodeLatents(decoder, VQ, tf.tensor4d([latents])));
  const [pixels] = await decoded.array();
  decoded.dispose();
  decoder.forEach((tensor) => tensor.dispose());
  pixels!.forEach((row, y) =>
    row.forEach((pixel, x) =>
      pixel.forEach((value, c) => assertLess(Math.abs(value - smooth[y]![x]![c]!), 0.03))
    )
  );
});

Deno.test("distinctPoints() weighs by the root of the count", () => {
  const { points, weights } = distinctPoints(Float32Array.of(1, 2, 3, 4, 1, 2, 1, 2, 1, 2), 2);
  assertEquals([...points], [1, 2, 3, 4]);
  assertEquals([...weights], [2, 1]);
});

Deno.test("kMeans() finds the middle of each cluster", async () => {
  const random = new Random("clusters");
  const truth = [[0, 0], [10, 0], [0, 10]];
  const points = new Float32Array(300 * 2);
  for (let i = 0; i < 300; i++) {
    points[2 * i] = truth[i % 3]![0]! + random.next() - 0.5;
    points[2 * i + 1] = truth[i % 3]![1]! + random.next() - 0.5;
  }
  // one start may put two centres into one cluster; some start must find all three
  const found = await Promise.all([1, 2, 3, 4, 5, 6].map(async (seed) => {
    const weights = new Float32Array(300).fill(1);
    const centres = await kMeans({ points, weights, depth: 2 }, 3, new Random(seed));
    return truth.every(([x, y]) =>
      [0, 1, 2].some((c) => Math.hypot(centres[2 * c]! - x!, centres[2 * c + 1]! - y!) < 0.2)
    );
  }));
  assert(found.some(Boolean));
});

Deno.test("codeEmbeddings() places alike codes alike, at the spread of random ones", () => {
  const random = new Random("codes");
  const [codes, depth, width] = [64, 24, 96];
  const data = random.gaussian(codes * depth);
  data.subarray(0, depth).forEach((v, d) => data[depth + d] = v + 0.05); // code 1 is like code 0
  const rows = codeEmbeddings({ shape: [codes, depth], data }, width, random);
  const distance = (a: number, b: number) => {
    let sum = 0;
    for (let k = 0; k < width; k++) sum += (rows[a * width + k]! - rows[b * width + k]!) ** 2;
    return sum;
  };
  for (let code = 2; code < codes; code++) assertLess(10 * distance(0, 1), distance(0, code));
  const spread = Math.sqrt(rows.reduce((sum, v) => sum + v * v, 0) / rows.length);
  assert(spread > 0.2 && spread < 0.4, `spread ${spread}`);
});
