/**
 * What `deno task bench` times: the work that people wait for.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { Random } from "../../lib/engine/random.ts";
import { fullImageConditions, generate } from "../../lib/generate/pipeline.ts";
import { maskedCrossEntropy } from "../../lib/models/loss.ts";
import type { Muse } from "../../lib/models/muse.ts";
import { uvit } from "../../lib/models/uvit.ts";
import type { Weights } from "../../lib/models/weights.ts";
import type { ClipJudge } from "../../lib/score/judge.ts";
import { applyAdapter, disposeAdapter, initAdapter } from "../../lib/style/adapters.ts";
import { ADAPTER_DEFAULTS } from "../../lib/style/placements.ts";
import { tune, TUNE_DEFAULTS } from "../../lib/style/tune.ts";
import { Adam } from "../../lib/train/adam.ts";
import { benchImages, maskedTokens, PROMPT, type Sizes, TUNING_SEED, tuningPair } from "./work.ts";

/** What runs of a case gave. */
export interface Runs {
  /** Milliseconds of each. */
  readonly ms: number[];
  /** A number that the last run computed, the same for whoever does the same work. */
  readonly value?: number;
}

/** One thing to time. */
export interface Case {
  /** What a peer calls it. */
  readonly id: string;
  /** What the table calls it. */
  readonly name: string;
  /** Runs the work `times` in a row. */
  readonly run: (times: number) => Promise<Runs>;
}

/** Times `work`; `valueOf` its last result is not timed. */
async function repeated<T>(
  times: number,
  work: () => Promise<T>,
  valueOf?: (result: T) => number,
): Promise<Runs> {
  const ms: number[] = [];
  let result: T;
  for (let i = 0; i < times; i++) {
    const start = performance.now();
    result = await work();
    ms.push(performance.now() - start);
  }
  return { ms, ...(valueOf && { value: valueOf(result!) }) };
}

const rootMeanSquare = (values: Float32Array) =>
  Math.sqrt(values.reduce((sum, x) => sum + x * x, 0) / values.length);

const SIDE = 1024, PRODUCTS = 8;

/**
 * The cases; the first is the ceiling of matrix products, and the others come in the order of the
 * memory that they need, so that the peak after each is its own.
 *
 * @param judge The model's judge, if it has one.
 */
export function benchCases(muse: Muse, judge: ClipJudge | undefined, sizes: Sizes): Case[] {
  const { forward, images, tokenized, tuning, pretraining } = sizes;
  const judged = benchImages(muse, sizes).judged;
  const cases: (Case & { readonly size: number })[] = [
    { id: "matmul", size: 1, name: `${PRODUCTS} products of ${SIDE} x ${SIDE}`, run: matmul },
    {
      ...{ id: "judged", size: judge ? judged.length : 0, name: `score ${judged.length} images` },
      run: (times) => scoring(judge!, judged, times),
    },
    {
      ...{ id: "tokenized", size: tokenized, name: `encode and decode ${count(tokenized)}` },
      run: (times) => tokenizing(muse, sizes, times),
    },
    {
      ...{ id: "forward", size: forward, name: `forward pass, batch ${forward}` },
      run: (times) => forwardPass(muse, forward, times),
    },
    {
      ...{ id: "images", size: images, name: `${count(images)}, 12 steps, 3 branches` },
      run: (times) => sampling(muse, images, times),
    },
    {
      ...{ id: "tuning", size: tuning, name: `tuning step, batch ${tuning}` },
      run: (times) => tuningSteps(muse, tuning, times),
    },
    {
      ...{ id: "pretraining", size: pretraining, name: `pretraining step, batch ${pretraining}` },
      run: (times) => pretrainingSteps(muse, pretraining, times),
    },
  ];
  return cases.filter(({ size }) => size > 0);
}

const count = (images: number) => images === 1 ? "1 image" : `${images} images`;

async function matmul(times: number): Promise<Runs> {
  const random = new Random("matmul");
  const [a, b] = [0, 1].map(() =>
    tf.tensor2d(random.gaussian(SIDE ** 2).map((x) => x / Math.sqrt(SIDE)), [SIDE, SIDE])
  );
  const runs = await repeated(times, async () => {
    const sum = tf.tidy(() => {
      let product = a!;
      for (let i = 0; i < PRODUCTS; i++) product = tf.matMul(product, b!);
      return tf.sum(product);
    });
    await sum.data();
    sum.dispose();
  });
  tf.dispose([a!, b!]);
  return runs;
}

async function forwardPass(muse: Muse, batch: number, times: number): Promise<Runs> {
  const { weights, config } = muse.transformer;
  const { text, inputs } = await trainingInputs(muse, batch);
  const runs = await repeated(times, async () => {
    const logits = uvit(weights, config, inputs.ids, text, inputs.micro);
    const values = await logits.data() as Float32Array;
    logits.dispose();
    return values;
  }, rootMeanSquare);
  tf.dispose([inputs, text.sequence, text.pooled]);
  return runs;
}

async function tuningSteps(muse: Muse, batch: number, times: number): Promise<Runs> {
  const ms: number[] = [];
  let last = performance.now();
  const config = { ...TUNE_DEFAULTS, batch, steps: times };
  const { adapter, losses } = await tune(muse, [tuningPair(muse)], config, {
    random: new Random(TUNING_SEED),
    onStep() {
      ms.push(performance.now() - last);
      last = performance.now();
    },
  });
  disposeAdapter(adapter);
  return { ms, value: losses.at(-1)! };
}

/** A masked batch and its encoded text; the caller disposes them. */
async function trainingInputs(muse: Muse, batch: number) {
  const { ids, targets, holes } = maskedTokens(muse, batch);
  const shape: [number, number] = [batch, ids.length / batch];
  const text = muse.encodeText(Array<string>(batch).fill(PROMPT));
  const inputs = {
    ids: tf.tensor2d(ids, shape, "int32"),
    targets: tf.tensor2d(targets, shape, "int32"),
    holes: tf.tensor2d(holes, shape),
    micro: tf.tile(tf.tensor2d([...fullImageConditions(muse)], [1, 5]), [batch, 1]),
  };
  await text.pooled.data();
  return { text, inputs };
}

async function pretrainingSteps(muse: Muse, batch: number, times: number): Promise<Runs> {
  const { weights, config } = muse.transformer;
  const adam = new Adam(new Map([...weights].map(([name, tensor]) => [name, tf.clone(tensor)])));
  const { text, inputs } = await trainingInputs(muse, batch);
  const loss = (trained: Weights, { ids, targets, holes, micro }: typeof inputs) =>
    tf.tidy(() => maskedCrossEntropy(uvit(trained, config, ids, text, micro), targets, holes));
  const runs = await repeated(times, () => adam.step(loss, inputs, 0), (value) => value);
  adam.dispose();
  tf.dispose([inputs, text.sequence, text.pooled]);
  return runs;
}

async function sampling(muse: Muse, images: number, times: number): Promise<Runs> {
  const adapter = initAdapter(muse.transformer.config, ADAPTER_DEFAULTS, new Random(0));
  const adapted = applyAdapter(adapter, muse.transformer.weights);
  const guidance = { kind: "finestyle", lambda1: 1, lambda2: 1 } as const;
  const runs = await repeated(times, async () => {
    await generate(muse, {
      ...{ prompts: [PROMPT], imagesPerPrompt: images, steps: 12, guidance, adapted },
    });
  });
  adapted.dispose();
  disposeAdapter(adapter);
  return runs;
}

function tokenizing(muse: Muse, sizes: Sizes, times: number): Promise<Runs> {
  const images = benchImages(muse, sizes).tokenized;
  return repeated(times, async () => {
    const ids = muse.encodeImage(images);
    const decoded = await muse.decodeImage(ids);
    ids.dispose();
    return decoded;
  }, ([first]) => first!.data.reduce((sum, level) => sum + level, 0) / first!.data.length);
}

/** Embeds the images; the value is the cosine of the first two. */
function scoring(judge: ClipJudge, images: Parameters<ClipJudge["embedImages"]>[0], times: number) {
  return repeated(
    times,
    () => judge.embedImages(images),
    ([first, second]) => first!.reduce((sum, x, i) => sum + x * second![i]!, 0),
  );
}
