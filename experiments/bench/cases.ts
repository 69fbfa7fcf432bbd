/**
 * What `deno task bench` times: the work that people wait for.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { Random } from "../../lib/engine/random.ts";
import { fullImageConditions, generate, imageSide } from "../../lib/generate/pipeline.ts";
import type { Image } from "../../lib/io/image.ts";
import { maskedCrossEntropy } from "../../lib/models/loss.ts";
import type { Muse } from "../../lib/models/muse.ts";
import { maskToken, uvit } from "../../lib/models/uvit.ts";
import type { ClipJudge } from "../../lib/score/judge.ts";
import { applyAdapter, disposeAdapter, initAdapter } from "../../lib/style/adapters.ts";
import { ADAPTER_DEFAULTS } from "../../lib/style/placements.ts";
import type { Pair } from "../../lib/style/scaling.ts";
import { tune, TUNE_DEFAULTS } from "../../lib/style/tune.ts";
import { Adam } from "../../lib/train/adam.ts";

/** One thing to time. */
export interface Case {
  readonly name: string;
  /** Runs the work `times` in a row and gives the milliseconds of each. */
  readonly run: (times: number) => Promise<number[]>;
}

const PROMPT = "a cat on a blue background, in pixel art style";

async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

async function repeated(times: number, work: () => Promise<unknown>): Promise<number[]> {
  const taken = [];
  for (let i = 0; i < times; i++) taken.push(await timed(work));
  return taken;
}

function noise(side: number, count: number): Image[] {
  const random = new Random("bench");
  return Array.from({ length: count }, () => ({
    width: side,
    height: side,
    data: Uint8Array.from({ length: side * side * 3 }, () => random.below(256)),
  }));
}

const SIDE = 1024, PRODUCTS = 8;

/** The cases, most telling first; the first is the ceiling of matrix products. */
export function benchCases(muse: Muse, judge: ClipJudge): Case[] {
  return [
    { name: "8 products of 1024 x 1024", run: matmul },
    { name: "tuning step, batch 8", run: (times) => tuning(muse, times) },
    { name: "pretraining step, batch 32", run: (times) => pretraining(muse, times) },
    { name: "16 images, 12 steps, 3 branches", run: (times) => sampling(muse, times) },
    { name: "encode and decode 64 images", run: (times) => tokenizing(muse, times) },
    { name: "score 256 images", run: (times) => scoring(judge, times) },
  ];
}

async function matmul(times: number): Promise<number[]> {
  const random = new Random("matmul");
  const [a, b] = [0, 1].map(() =>
    tf.tensor2d(random.gaussian(SIDE ** 2).map((x) => x / Math.sqrt(SIDE)), [SIDE, SIDE])
  );
  const taken = await repeated(times, async () => {
    const sum = tf.tidy(() => {
      let product = a!;
      for (let i = 0; i < PRODUCTS; i++) product = tf.matMul(product, b!);
      return tf.sum(product);
    });
    await sum.data();
    sum.dispose();
  });
  tf.dispose([a!, b!]);
  return taken;
}

async function tuning(muse: Muse, times: number): Promise<number[]> {
  const { config } = muse.transformer;
  const random = new Random("tokens");
  const tokens = Int32Array.from(
    { length: config.sample_size ** 2 },
    () => random.below(config.codebook_size),
  );
  const pair: Pair = {
    kind: "full",
    text: PROMPT,
    variants: [tokens],
    microConditions: fullImageConditions(muse),
    image: noise(imageSide(muse), 1)[0]!,
  };
  const taken: number[] = [];
  let last = performance.now();
  const { adapter } = await tune(muse, [pair], { ...TUNE_DEFAULTS, steps: times }, {
    random: new Random(0),
    onStep() {
      taken.push(performance.now() - last);
      last = performance.now();
    },
  });
  disposeAdapter(adapter);
  return taken;
}

async function pretraining(muse: Muse, times: number): Promise<number[]> {
  const { weights, config } = muse.transformer;
  const batch = 32, length = config.sample_size ** 2;
  const random = new Random("pretraining");
  const adam = new Adam(new Map([...weights].map(([name, tensor]) => [name, tf.clone(tensor)])));
  const targets = Int32Array.from(
    { length: batch * length },
    () => random.below(config.codebook_size),
  );
  const holes = Float32Array.from(targets, () => random.next() < 0.64 ? 1 : 0);
  const ids = targets.map((id, i) => holes[i] ? maskToken(config) : id);
  const text = muse.encodeText(Array<string>(batch).fill(PROMPT));
  const inputs = {
    ids: tf.tensor2d(ids, [batch, length], "int32"),
    targets: tf.tensor2d(targets, [batch, length], "int32"),
    holes: tf.tensor2d(holes, [batch, length]),
    micro: tf.tile(tf.tensor2d([...fullImageConditions(muse)], [1, 5]), [batch, 1]),
  };
  await text.pooled.data();
  const taken = await repeated(times, () =>
    adam.step((trained) =>
      tf.tidy(() =>
        maskedCrossEntropy(
          uvit(trained, config, inputs.ids, text, inputs.micro),
          inputs.targets,
          inputs.holes,
        )
      ), 0));
  adam.dispose();
  tf.dispose([inputs, text.sequence, text.pooled]);
  return taken;
}

async function sampling(muse: Muse, times: number): Promise<number[]> {
  const adapter = initAdapter(muse.transformer.config, ADAPTER_DEFAULTS, new Random(0));
  const adapted = applyAdapter(adapter, muse.transformer.weights);
  const guidance = { kind: "finestyle", lambda1: 1, lambda2: 1 } as const;
  const taken = await repeated(times, () =>
    generate(muse, {
      ...{ prompts: [PROMPT], imagesPerPrompt: 16, steps: 12, guidance, adapted },
    }));
  adapted.dispose();
  disposeAdapter(adapter);
  return taken;
}

function tokenizing(muse: Muse, times: number): Promise<number[]> {
  const images = noise(imageSide(muse), 64);
  return repeated(times, async () => {
    const ids = muse.encodeImage(images);
    await muse.decodeImage(ids);
    ids.dispose();
  });
}

function scoring(judge: ClipJudge, times: number): Promise<number[]> {
  const images = noise(64, 256);
  return repeated(times, () => judge.embedImages(images));
}
