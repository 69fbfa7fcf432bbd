/**
 * Guidance and parallel decoding beside diffusers' AmusedPipeline and AmusedScheduler, which were
 * given the same noise.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { Random } from "../../lib/engine/random.ts";
import { decode, type DecodeOptions } from "../../lib/generate/decode.ts";
import {
  branchWeights,
  guidedLogits,
  guidedTerms,
  lambdaOfScale,
} from "../../lib/generate/guidance.ts";
import { maskedCount, type MaskSchedule } from "../../lib/generate/mask_schedule.ts";
import {
  maskToken,
  type TextEncoding,
  uvit,
  type UVitConfig,
  uvitConfig,
} from "../../lib/models/uvit.ts";
import { type Fixture, openFixture } from "../models/fixture.ts";
import type { Component } from "./components.ts";
import { different } from "./measure.ts";

/** A stream that gives recorded numbers: `split` goes down the axes of [steps, B, 2 L]. */
class Recorded extends Random {
  constructor(readonly rows: (step: number) => Float32Array) {
    super(0);
  }
  override split(step: string | number): Random {
    const row = this.rows(Number(step));
    const stream = new Random(0);
    stream.uniform = (length) => row.slice(0, length);
    return stream;
  }
}

/** One recorded stream per image. */
async function recorded(fixture: Fixture): Promise<Recorded[]> {
  const noise = fixture.input("noise");
  const [, batch = 0, width = 0] = noise.shape;
  const data = await noise.data() as Float32Array;
  return Array.from(
    { length: batch },
    (_, image) =>
      new Recorded((step) => data.subarray((step * batch + image) * width).subarray(0, width)),
  );
}

/** Decodes and compares the tokens after every step. */
async function compareSteps(
  fixture: Fixture,
  tokensToLogits: Parameters<typeof decode>[0],
  options: Omit<DecodeOptions, "batch" | "length" | "random">,
) {
  const { shape: [, batch = 0, length = 0], data } = fixture.expected("ids");
  const found: number[] = [];
  const onStep = (ids: Int32Array) => found.push(...ids);
  const random = await recorded(fixture);
  await decode(tokensToLogits, { ...options, batch, length, random, onStep });
  return different(found, data);
}

const GUIDANCE = branchWeights({ kind: "muse", lambda: lambdaOfScale(10) });

/** The whole way of a pipeline: guided logits of recorded ones, or of the U-ViT itself. */
async function comparePipeline(fixture: Fixture, ownLogits: boolean) {
  const model = await openFixture("uvit");
  const config = uvitConfig(model.config as Partial<UVitConfig>);
  const [prompt, empty] = ["prompt", "empty"].map((name) => ({
    sequence: fixture.input(`${name}.sequence`) as tf.Tensor3D,
    pooled: fixture.input(`${name}.pooled`) as tf.Tensor2D,
  })) as [TextEncoding, TextEncoding];
  // [steps, B, L, V]; guidance runs both texts in one batch, prompts first
  const stored = tf.concat([fixture.input("logits.prompt"), fixture.input("logits.empty")], 1);
  return compareSteps(fixture, (tokens, { index }) =>
    tf.tidy(() => {
      const ids = tf.tensor2d(tokens, [2, tokens.length / 2], "int32");
      const forward = (ids: tf.Tensor2D, text: TextEncoding) => {
        if (!ownLogits) return tf.squeeze(tf.slice(stored, index, 1), [0]) as tf.Tensor3D;
        const micro = tf.tile(tf.tensor2d([[16, 16, 0, 0, 6]]), [ids.shape[0], 1]);
        return uvit(model.weights, config, ids, text, micro);
      };
      const models = { base: forward, adapted: forward, prompt, nullText: empty };
      return guidedLogits(guidedTerms(models, GUIDANCE), ids);
    }), { maskTokenId: maskToken(config), steps: 12 });
}

/** The scheduler alone, on logits that never change. */
async function compareSchedule(fixture: Fixture) {
  const { steps, schedule, temperature, mask } = fixture.config as {
    steps: number;
    schedule: MaskSchedule;
    temperature: number | [number, number];
    mask: number;
  };
  const logits = await fixture.input("logits").data() as Float32Array;
  const known = await fixture.input("start", "int32").data() as Int32Array;
  const options = { maskTokenId: mask, choiceTemperature: temperature, steps, schedule, known };
  return compareSteps(fixture, () => logits, options);
}

/** Masked tokens after every step; the decoder's own rule unmasks at least one. */
function compareCounts(fixture: Fixture) {
  const found: number[] = [], wanted: number[] = [];
  for (const schedule of ["cosine", "linear"] as const) {
    const { data, shape: [, width = 0] } = fixture.expected(schedule);
    for (let row = 0; row < data.length; row += width) {
      const [length = 0, steps = 0] = data.subarray(row, row + 2);
      let left = length;
      for (let step = 0; step < steps; step++) {
        const most = Math.max(1, left - 1);
        left = Math.min(maskedCount(step, steps, length, schedule), most);
        found.push(left);
        wanted.push(data[row + 2 + step]!);
      }
    }
  }
  return different(found, wanted);
}

const row = { library: "diffusers", limit: 0 } as const;

/** The decoder's rows of the parity table; their error is the share of tokens that differ. */
export const DECODING: readonly Component[] = [{
  ...row,
  title: "AmusedPipeline, guidance 10, 12 steps: tokens on the same logits",
  fixture: "decoding",
  measure: (fixture) => comparePipeline(fixture, false),
}, {
  ...row,
  title: "AmusedPipeline, guidance 10, 12 steps: tokens on one's own logits",
  fixture: "decoding",
  measure: (fixture) => comparePipeline(fixture, true),
}, {
  ...row,
  title: "AmusedScheduler, cosine, 36 steps: tokens",
  fixture: "decoding_cosine",
  measure: compareSchedule,
}, {
  ...row,
  title: "AmusedScheduler, linear, more steps than tokens: tokens",
  fixture: "decoding_linear",
  measure: compareSchedule,
}, {
  ...row,
  title: "AmusedScheduler, some tokens known: tokens",
  fixture: "decoding_known",
  measure: compareSchedule,
}, {
  ...row,
  title: "AmusedScheduler, 1 to 40 steps: numbers of masked tokens",
  fixture: "decoding_counts",
  measure: (fixture) => Promise.resolve(compareCounts(fixture)),
}];
