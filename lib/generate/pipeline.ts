import * as tf from "@tensorflow/tfjs";
import { Random } from "../engine/random.ts";
import { replayed } from "../engine/replay.ts";
import type { Image } from "../io/image.ts";
import type { Hooks } from "../models/hooks.ts";
import type { Muse } from "../models/muse.ts";
import { maskToken, type TextEncoding, uvit } from "../models/uvit.ts";
import { vqStride } from "../models/vq.ts";
import type { Weights } from "../models/weights.ts";
import { decode, type DecodeOptions, type TokensToLogits } from "./decode.ts";
import {
  type BranchWeights,
  branchWeights,
  type Forward,
  type Guidance,
  GUIDANCE_DEFAULTS,
  guidedLogits,
  type GuidedModels,
  guidedTerms,
  mixTerms,
} from "./guidance.ts";

/** A transformer with an adapter: merged weights, or the base weights and hooks. */
export interface AdaptedModel {
  readonly weights: Weights;
  readonly hooks?: Hooks;
  /** The hooks of the pass without a prompt, where they differ: IP-Adapter shows it no image. */
  readonly nullHooks?: Hooks;
}

/** Settings of {@linkcode generate}. */
export interface GenerateOptions extends
  Pick<
    DecodeOptions,
    "steps" | "temperature" | "choiceTemperature" | "schedule"
  > {
  readonly prompts: readonly string[];
  /** 1 unless given. */
  readonly imagesPerPrompt?: number;
  /** The adapted model G^; the base model alone unless given. */
  readonly adapted?: AdaptedModel;
  /** A second adapter's object, mixed into the style of `adapted`. */
  readonly object?: MixedObject;
  /** The null prompt n of every guidance: what not to draw; no words unless given. */
  readonly negative?: string;
  /** FineStyle's with an adapted model, Muse's without, unless given. */
  readonly guidance?: Guidance;
  /** An image's tokens depend on seed, prompt and image number alone; 0 unless given. */
  readonly seed?: number | string;
  /** Images decoded together; 16 unless given. */
  readonly batch?: number;
  /** Width, height, crop top, crop left, aesthetic score; the full image and 6 unless given. */
  readonly microConditions?: MicroConditions;
  /** Called after each batch with the number of images done; what it throws ends the generation. */
  readonly onProgress?: (done: number, total: number) => void | Promise<void>;
}

/** A second adapted model whose guided logits are mixed in ({@linkcode mixTerms}). */
export interface MixedObject {
  readonly adapted: AdaptedModel;
  /** gamma: the object's share, in [0, 1]; 0.5 to 0.7 in the paper. */
  readonly gamma: number;
  /** What it draws, one text per prompt: the prompt without its style; the prompts unless given. */
  readonly prompts?: readonly string[];
}

/** What aMUSEd is told about an image: [width, height, crop, crop, aesthetic score] (method.md 3.4). */
export type MicroConditions = readonly [number, number, number, number, number];

/** Images in the order of the prompts, the images of one prompt side by side. */
export interface Generated {
  /** [N * L] int32 */
  readonly ids: Int32Array;
  /** N images */
  readonly images: Image[];
}

/** The micro-conditions of an uncropped image of this model, aesthetic score 6. */
export function fullImageConditions(muse: Muse): MicroConditions {
  const side = imageSide(muse);
  return [side, side, 0, 0, 6];
}

/** Side of the model's images, in pixels. */
export function imageSide(muse: Muse): number {
  return muse.transformer.config.sample_size * vqStride(muse.vq.config);
}

/**
 * Generates images of prompts by parallel decoding under guidance (method.md 1.6).
 *
 * @throws {RangeError} if a number is out of range
 */
export async function generate(muse: Muse, options: GenerateOptions): Promise<Generated> {
  const { batch = 16, onProgress } = options;
  const length = muse.transformer.config.sample_size ** 2;
  const jobs = jobsOf(options);
  const ids = new Int32Array(jobs.length * length);
  const images: Image[] = [];
  const step = guidedSteps(forwards(muse, options), options.object?.gamma);
  for (let start = 0; start < jobs.length; start += batch) {
    const part = jobs.slice(start, start + batch);
    const tokens = await decodeJobs(muse, part, step, options);
    ids.set(tokens, start * length);
    const tensor = tf.tensor2d(tokens, [part.length, length], "int32");
    images.push(...await muse.decodeImage(tensor));
    tensor.dispose();
    await onProgress?.(images.length, jobs.length);
  }
  return { ids, images };
}

/** One image to make. */
interface Job {
  readonly prompt: string;
  /** What the mixed object draws. */
  readonly content: string;
  readonly random: Random;
}

function jobsOf(options: GenerateOptions): Job[] {
  const { prompts, imagesPerPrompt = 1, batch = 16, seed = 0 } = options;
  const contents = options.object?.prompts ?? prompts;
  if (contents.length !== prompts.length) {
    throw new RangeError(
      `Cannot generate: ${contents.length} prompts of the object for ${prompts.length} prompts`,
    );
  }
  for (const [name, value] of Object.entries({ imagesPerPrompt, batch })) {
    if (!Number.isInteger(value) || value < 1) {
      throw new RangeError(`Cannot generate: ${name} is ${value}, want a whole number from 1`);
    }
  }
  const random = new Random(seed);
  return prompts.flatMap((prompt, p) => {
    const stream = random.split(prompt), content = contents[p]!;
    return Array.from({ length: imagesPerPrompt }, (_, i) => ({
      ...{ prompt, content },
      random: stream.split(i),
    }));
  });
}

/** An adapted model, and as it is without a prompt: the same function where nothing differs. */
type Adapted = Required<Pick<GuidedModels, "adapted" | "adaptedNull">>;

type Models = Adapted & { readonly base: Forward; readonly object?: Adapted };

/** The models as functions of tokens and text; the same function where nothing is adapted. */
function forwards(muse: Muse, options: GenerateOptions): Models {
  const { adapted, object, microConditions = fullImageConditions(muse) } = options;
  const { config, weights } = muse.transformer;
  const bind = (model: AdaptedModel): Forward => (ids, text) => {
    const micro = tf.tile(tf.tensor2d([...microConditions], [1, 5]), [ids.shape[0], 1]);
    return uvit(model.weights, config, ids, text, micro, model.hooks);
  };
  const base = bind({ weights });
  const adapt = (model: AdaptedModel): Adapted => {
    const { nullHooks: hooks } = model, own = bind(model);
    return { adapted: own, adaptedNull: hooks ? bind({ weights: model.weights, hooks }) : own };
  };
  return {
    base,
    ...(adapted ? adapt(adapted) : { adapted: base, adaptedNull: base }),
    ...(object && { object: adapt(object.adapted) }),
  };
}

/** The texts of a batch; `content` where an object is mixed in. */
type Texts = Readonly<Record<"prompt" | "nullText", TextEncoding>> & {
  readonly content?: TextEncoding;
};

/** Guided logits of ids [B, L] and texts; one recording per mixture of the branches. */
type GuidedStep = (weights: BranchWeights, ids: tf.Tensor2D, texts: Texts) => Promise<tf.Tensor>;

function guidedSteps({ object, ...models }: Models, gamma = 0): GuidedStep {
  const recorded = new Map<string, ReturnType<typeof replayed>>();
  return async (weights, ids, { prompt, nullText, content }) => {
    const key = JSON.stringify(weights);
    const run = recorded.get(key) ?? replayed((inputs) => {
      const [ids, a, b, c, d, e, f] = inputs as [tf.Tensor2D, ...tf.Tensor[]];
      const text = (sequence?: tf.Tensor, pooled?: tf.Tensor) =>
        ({ sequence, pooled }) as TextEncoding;
      const all = { ...models, prompt: text(a, b), nullText: text(c, d) };
      const terms = guidedTerms(all, weights);
      if (!object) return [guidedLogits(terms, ids)];
      const mixed = { ...all, ...object, prompt: text(e, f) };
      return [guidedLogits(mixTerms(terms, guidedTerms(mixed, weights), gamma), ids)];
    });
    recorded.set(key, run);
    const texts = [prompt, nullText, ...(content ? [content] : [])];
    return (await run([ids, ...texts.flatMap((text) => [text.sequence, text.pooled])]))[0]!;
  };
}

/** Decodes one batch: ids [B * L]. */
async function decodeJobs(
  muse: Muse,
  jobs: readonly Job[],
  step: GuidedStep,
  options: GenerateOptions,
): Promise<Int32Array> {
  const { config } = muse.transformer;
  const [batch, length] = [jobs.length, config.sample_size ** 2];
  const guidance = options.guidance ?? GUIDANCE_DEFAULTS[options.adapted ? "finestyle" : "muse"];
  const texts: Texts = {
    prompt: muse.encodeText(jobs.map((job) => job.prompt)),
    nullText: muse.encodeText(jobs.map(() => options.negative ?? "")),
    ...(options.object && { content: muse.encodeText(jobs.map((job) => job.content)) }),
  };
  const tokensToLogits: TokensToLogits = async (tokens, { index, steps }) => {
    const ids = tf.tensor2d(tokens, [batch, length], "int32");
    const logits = await step(branchWeights(guidance, (index + 1) / steps), ids, texts);
    ids.dispose();
    return logits;
  };
  try {
    const random = jobs.map((job) => job.random);
    const shape = { batch, length, maskTokenId: maskToken(config), random };
    return await decode(tokensToLogits, { ...options, ...shape });
  } finally {
    Object.values(texts).forEach(({ sequence, pooled }) => tf.dispose([sequence, pooled]));
  }
}
