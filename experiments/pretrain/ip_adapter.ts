/**
 * Trains the IP-Adapter of `emoji-64` on its published generator, text encoder and tokens, all frozen.
 *
 * COMMAND   deno task pretrain ip-adapter
 *
 * Every picture is its own reference, as in the paper (Ye et al. 2023; method.md 4.2): mirrored in
 * half of the cases and moved by some tokens, so that it cannot be copied place by place. Many captions
 * leave out the style or call it by words that mean nothing, as captions of an unseen style do: the
 * style is then in the picture alone.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { Random } from "../../lib/engine/random.ts";
import { clipText } from "../../lib/models/clip.ts";
import {
  decoupledAttention,
  imageKeys,
  imageTokens,
  initIpAdapter,
  type IpAdapterConfig,
  ipAdapterConfig,
} from "../../lib/models/ip_adapter.ts";
import { maskedCrossEntropy } from "../../lib/models/loss.ts";
import type { Muse } from "../../lib/models/muse.ts";
import { uvit } from "../../lib/models/uvit.ts";
import { toWeights, type Weights } from "../../lib/models/weights.ts";
import { ADAM, Adam } from "../../lib/train/adam.ts";
import { isUnnamed, TRAINED_STYLES } from "../../lib/world/mod.ts";
import { VALIDATION_STYLES } from "../study/presets.ts";
import { PATCH_TRANSFORM } from "./patch_transform.ts";
import type { Pool } from "./pool.ts";
import { type Progress, type Recipe, train } from "./run.ts";
import { CODEBOOK, LENGTH } from "./tokenizer.ts";
import { trainingCaption } from "./training_captions.ts";
import { maskTokens, MICRO_CONDITIONS } from "./transformer.ts";

/**
 * The styles of its pictures: all that training may see but those that settings are chosen on. Some are
 * none of the generator's, so that it learns to bring a style that the generator does not know.
 */
export const IP_ADAPTER_STYLES: readonly string[] = Object.freeze(
  TRAINED_STYLES.filter((style) => !VALIDATION_STYLES.includes(style)),
);

/** How it is trained. */
export const IP_ADAPTER_RUN = Object.freeze({
  seed: 15,
  steps: 1500,
  learningRate: 1e-3,
  warmup: 50,
  saveEvery: 120,
  batch: 32,
  /** Shares of examples without their image, without their caption, and without both. */
  dropImage: 0.05,
  dropText: 0.05,
  dropBoth: 0.05,
  /** As in the generator's captions; style words are missing or strange more often. */
  dropCaption: 0,
  dropBackground: 0.1,
  dropStyle: 0.1,
  strangeStyle: 0.4,
  strangeUnnamed: 0.5,
  /** Share of references that are mirrored. */
  mirror: 0.5,
  /** A reference is moved by up to so many tokens each way. */
  shift: 4,
  /** As the generator's: weight of the loss where objects stand. */
  objectWeight: 3,
});

/** A batch of `B` pictures. */
export type IpAdapterBatch = {
  /** [B, L] with holes. */
  readonly ids: tf.Tensor2D;
  readonly targets: tf.Tensor2D;
  /** [B, L], the loss's weight of each token: 0 where it is not masked. */
  readonly holes: tf.Tensor2D;
  /** [B, T] */
  readonly words: tf.Tensor2D;
  /** Tokens of the references, [B, L]. */
  readonly image: tf.Tensor2D;
  /** [B, 1], 0 where the zero image stands for the reference. */
  readonly seen: tf.Tensor2D;
};

/** Logits [B, L, V] of a model that reads the images of a batch at scale 1. */
export function ipAdapterLogits(
  { transformer, text }: Pick<Muse, "transformer" | "text">,
  weights: Weights,
  config: IpAdapterConfig,
  { ids, words, image, seen }: Omit<IpAdapterBatch, "targets" | "holes">,
): tf.Tensor3D {
  return tf.tidy(() => {
    const tokens = imageTokens(weights, config, image, seen);
    const keys = imageKeys(weights, config, tokens, transformer.config.num_attention_heads);
    const micro = tf.tensor2d(Array.from({ length: ids.shape[0] }, () => MICRO_CONDITIONS));
    const encoding = clipText(text.weights, text.config, words);
    const hooks = decoupledAttention(keys, 1);
    return uvit(transformer.weights, transformer.config, ids, encoding, micro, hooks);
  });
}

/** Cross-entropy of masked tokens as a function of the adapter's weights. */
export function ipAdapterLoss(muse: Muse, config: IpAdapterConfig) {
  return (weights: Weights, batch: IpAdapterBatch): tf.Scalar =>
    tf.tidy(() => {
      const logits = ipAdapterLogits(muse, weights, config, batch);
      return maskedCrossEntropy(logits, batch.targets, batch.holes);
    });
}

/** What the adapter is trained on and with. */
export interface IpAdapterData {
  /** The published model. */
  readonly muse: Muse;
  readonly pool: Pool;
  /** Of the scenes that are not held out, in the order of `pool.trained`. */
  readonly tokens: Uint16Array;
}

/** Trains the adapter; `onStep` sees every step. */
export async function trainIpAdapter(
  folder: string,
  { muse, pool, tokens }: IpAdapterData,
  run: Recipe<typeof IP_ADAPTER_RUN>,
  onStep: (progress: Progress) => void,
): Promise<Adam> {
  const { config: uvitConfig, weights: generator } = muse.transformer;
  const config = ipAdapterConfig(uvitConfig);
  const random = new Random(run.seed).split("ip-adapter");
  const initial = await initIpAdapter(config, generator, uvitConfig, random);
  const adam = new Adam(toWeights(initial), { ...ADAM, weightDecay: 0.01, averageDecay: 0.99 });
  const codebook = muse.vq.weights.get(CODEBOOK)!;
  const mirrored = mirroredCodes(await codebook.data() as Float32Array, codebook.shape[1]!);
  const rows = pool.trained.flatMap((id, row) => {
    const { style } = pool.scene(id);
    return isUnnamed(style) || IP_ADAPTER_STYLES.includes(style) ? [row] : [];
  });

  const makeBatch = (random: Random): IpAdapterBatch => {
    const { batch } = run;
    const [ids, targets, image] = [0, 1, 2].map(() => new Int32Array(batch * LENGTH));
    const holes = new Float32Array(batch * LENGTH), seen = new Float32Array(batch);
    const captions = Array.from({ length: batch }, (_, i) => {
      const row = random.pick(rows), at = i * LENGTH;
      const own = tokens.subarray(row * LENGTH, (row + 1) * LENGTH);
      const id = pool.trained[row]!;
      const masked = maskTokens(own, pool.cells(id), random, run.objectWeight);
      ids!.set(masked.ids, at);
      holes.set(masked.holes, at);
      targets!.set(own, at);
      image!.set(varied(own, mirrored, random, run), at);
      const u = random.next(), { dropImage, dropText, dropBoth } = run;
      const without = u < dropBoth ? "both" : u < dropBoth + dropText ? "text" : "";
      seen[i] = without === "both" || u >= 1 - dropImage ? 0 : 1;
      return without ? "" : trainingCaption(pool.scene(id), random, run).text;
    });
    const { tokenizer } = muse;
    const grid = (data: Int32Array) => tf.tensor2d(data, [batch, LENGTH], "int32");
    return {
      ids: grid(ids!),
      targets: grid(targets!),
      holes: tf.tensor2d(holes, [batch, LENGTH]),
      words: tf.tensor2d(tokenizer.encode(captions), [batch, tokenizer.length], "int32"),
      image: grid(image!),
      seen: tf.tensor2d(seen, [batch, 1]),
    };
  };
  await train(folder, adam, run, { loss: ipAdapterLoss(muse, config), makeBatch }, onStep);
  return adam;
}

const SIDE = Math.sqrt(LENGTH);

/** A picture's tokens [L] as its reference: perhaps mirrored, and moved, its edge repeated. */
export function varied(
  tokens: Uint16Array,
  mirrored: Uint16Array,
  random: Random,
  { mirror, shift }: { readonly mirror: number; readonly shift: number },
): Int32Array {
  const flip = random.next() < mirror;
  const [down, right] = [0, 1].map(() => random.below(2 * shift + 1) - shift);
  const inside = (i: number) => Math.min(SIDE - 1, Math.max(0, i));
  return Int32Array.from({ length: LENGTH }, (_, i) => {
    const row = inside(Math.floor(i / SIDE) - down!), column = inside(i % SIDE - right!);
    const code = tokens[row * SIDE + (flip ? SIDE - 1 - column : column)]!;
    return flip ? mirrored[code]! : code;
  });
}

/** Which frequencies of {@linkcode PATCH_TRANSFORM} change sign from left to right. */
const ODD = PATCH_TRANSFORM.map(([first, , , last]) => first! * last! < 0);

/**
 * For each code the one nearest to its mirror image, left and right exchanged: a code is the cosine
 * transform of a patch, so that mirroring changes the signs of odd frequencies.
 *
 * @param codebook [codes * depth]
 */
export function mirroredCodes(codebook: Float32Array, depth: number): Uint16Array {
  const codes = codebook.length / depth;
  const distance = (a: number, b: number) => {
    let sum = 0;
    for (let d = 0; d < depth; d++) {
      const mirrored = ODD[d] ? -codebook[a * depth + d]! : codebook[a * depth + d]!;
      sum += (mirrored - codebook[b * depth + d]!) ** 2;
    }
    return sum;
  };
  return Uint16Array.from({ length: codes }, (_, code) => {
    let [best, nearest] = [0, Infinity];
    for (let other = 0; other < codes; other++) {
      const d = distance(code, other);
      if (d < nearest) [best, nearest] = [other, d];
    }
    return best;
  });
}
