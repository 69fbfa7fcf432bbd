import * as tf from "@tensorflow/tfjs";
import type { Random } from "../engine/random.ts";
import { maskedCount, type MaskSchedule } from "./mask_schedule.ts";

/** Where the decoder stands. */
export interface DecodeStep {
  /** 0 .. steps - 1 */
  readonly index: number;
  readonly steps: number;
}

/**
 * The model as the decoder sees it: token ids [B * L], row-major, masked ones equal to the mask id,
 * to logits [B, L, V]. A returned tensor is disposed by the decoder.
 */
export type TokensToLogits = (
  ids: Int32Array,
  step: DecodeStep,
) => Float32Array | tf.Tensor | Promise<Float32Array | tf.Tensor>;

/** What {@linkcode decode} needs to know; the defaults are aMUSEd's (method.md 3.3). */
export interface DecodeOptions {
  /** B */
  readonly batch: number;
  /** L, tokens per image */
  readonly length: number;
  /** Id that marks a token as still to be decoded; the logits have no class for it. */
  readonly maskTokenId: number;
  /** One stream per image, or one stream whose children `split(i)` serve the images. */
  readonly random: Random | readonly Random[];
  /** Number of forward passes, 12 unless given. */
  readonly steps?: number;
  /** Divides the logits before tokens are drawn; 1 unless given, 0 takes the likeliest token. */
  readonly temperature?: number;
  /**
   * Weight of the Gumbel noise on the confidence, `[first step, last step]` with a straight line
   * between; a number `T` means `[T, 0.01]`. `[2, 0]` unless given.
   */
  readonly choiceTemperature?: number | readonly [number, number];
  /** `cosine` unless given. */
  readonly schedule?: MaskSchedule;
  /** Start ids [B * L]: tokens other than the mask id never change. All masked unless given. */
  readonly known?: Int32Array;
  /** Called after each step with the ids so far; copy them to keep them. */
  readonly onStep?: (ids: Int32Array, step: DecodeStep) => void;
}

/**
 * Decodes all tokens of a batch in parallel over a few steps (MaskGIT; aMUSEd's scheduler,
 * method.md 3.3): draw a token at every masked position, keep the confident ones, mask the rest
 * again. Confidence is `log p + choiceTemperature * Gumbel`, p after division by `temperature`.
 * An image's tokens depend on its own stream and logits only, never on its batch.
 *
 * @returns ids [B * L], none of them masked
 * @throws {RangeError} if an option is out of range or the logits are not finite
 */
export async function decode(
  tokensToLogits: TokensToLogits,
  options: DecodeOptions,
): Promise<Int32Array> {
  const { batch, length, maskTokenId, steps = 12, temperature = 1, schedule = "cosine" } = options;
  checkOptions(options);
  const ids = options.known?.slice() ?? new Int32Array(batch * length).fill(maskTokenId);
  const unknown = countMasked(ids, batch, length, maskTokenId);
  const noise = linearSchedule(options.choiceTemperature ?? [2, 0], steps);
  const streams = imageStreams(options.random, batch);

  for (let index = 0; index < steps; index++) {
    const step = { index, steps };
    const logits = await readLogits(tokensToLogits(ids.slice(), step), batch * length);
    for (let image = 0; image < batch; image++) {
      const tokens = ids.subarray(image * length, (image + 1) * length);
      const size = logits.length / batch;
      decodeStep(tokens, logits.subarray(image * size, (image + 1) * size), {
        maskTokenId,
        temperature,
        noise: noise[index]!,
        stillMasked: maskedCount(index, steps, unknown[image]!, schedule),
        random: streams[image]!.split(index),
      });
    }
    options.onStep?.(ids, step);
  }
  return ids;
}

interface ImageStep {
  readonly maskTokenId: number;
  readonly temperature: number;
  readonly noise: number;
  readonly stillMasked: number;
  readonly random: Random;
}

/** One step of one image, in place: tokens [L], logits [L * V]. */
function decodeStep(tokens: Int32Array, logits: Float32Array, step: ImageStep): void {
  const length = tokens.length;
  const vocabulary = logits.length / length;
  // Drawn for all positions, so that what one token gets does not depend on which others are masked.
  const draws = step.random.uniform(2 * length);
  const masked = maskedPositions(tokens, step.maskTokenId);
  const confidence = new Float64Array(length);
  const weights = new Float64Array(vocabulary);
  const drawn = { token: 0, logProbability: 0 };
  for (const position of masked) {
    const row = logits.subarray(position * vocabulary, (position + 1) * vocabulary);
    drawToken(row, step.temperature, draws[position]!, weights, drawn);
    tokens[position] = drawn.token;
    confidence[position] = drawn.logProbability + step.noise * gumbel(draws[length + position]!);
  }
  // one token stays masked until the last step, even where there are more steps than tokens
  const remask = Math.min(step.stillMasked, Math.max(1, masked.length - 1));
  if (remask <= 0) return;
  masked.sort((a, b) => confidence[a]! - confidence[b]!);
  for (let i = 0; i < remask; i++) tokens[masked[i]!] = step.maskTokenId;
}

/** exp(-30) = 1e-13 is below what a float32 sum can hold. */
const NEGLIGIBLE = -30;

/**
 * Draws one token from softmax(row / temperature) by inversion: row [V], `uniform` in [0, 1);
 * `weights` [V] is scratch space, `out` receives the answer (no allocation in the hot loop).
 */
function drawToken(
  row: Float32Array,
  temperature: number,
  uniform: number,
  weights: Float64Array,
  out: { token: number; logProbability: number },
): void {
  const size = row.length;
  let best = 0;
  let top = row[0]!;
  for (let v = 1; v < size; v++) if (row[v]! > top) top = row[best = v]!;
  const inverse = temperature > 0 ? 1 / temperature : 1;
  let total = 0;
  for (let v = 0; v < size; v++) {
    const log = (row[v]! - top) * inverse;
    total += weights[v] = log < NEGLIGIBLE ? 0 : Math.exp(log);
  }
  if (!(total >= 1) || total === Infinity) { // NaN among them, or all of them -Infinity
    throw new RangeError(`Cannot decode: the logits of a token are not finite (largest ${top})`);
  }
  out.token = temperature > 0 ? invert(weights, uniform * total, best) : best;
  out.logProbability = Math.log(weights[out.token]! / total);
}

/** First index at which the running sum exceeds `target`; `fallback` where rounding finds none. */
function invert(weights: Float64Array, target: number, fallback: number): number {
  let sum = 0;
  for (let v = 0; v < weights.length; v++) if ((sum += weights[v]!) > target) return v;
  return fallback;
}

/** Standard Gumbel noise of a uniform number, with aMUSEd's clamps. */
function gumbel(uniform: number): number {
  return -Math.log(Math.max(-Math.log(Math.max(uniform, 1e-20)), 1e-20));
}

function maskedPositions(tokens: Int32Array, maskTokenId: number): number[] {
  const positions: number[] = [];
  for (let i = 0; i < tokens.length; i++) if (tokens[i] === maskTokenId) positions.push(i);
  return positions;
}

function countMasked(ids: Int32Array, batch: number, length: number, maskTokenId: number) {
  return Array.from(
    { length: batch },
    (_, i) => maskedPositions(ids.subarray(i * length, (i + 1) * length), maskTokenId).length,
  );
}

/** A straight line over the steps, both ends included; one step takes the first value. */
function linearSchedule(range: number | readonly [number, number], steps: number): number[] {
  const [first, last] = typeof range === "number" ? [range, 0.01] : range;
  return Array.from(
    { length: steps },
    (_, i) => first + (last - first) * i / Math.max(1, steps - 1),
  );
}

function imageStreams(random: Random | readonly Random[], batch: number): readonly Random[] {
  if ("split" in random) return Array.from({ length: batch }, (_, i) => random.split(i));
  return random;
}

async function readLogits(
  pending: ReturnType<TokensToLogits>,
  tokens: number,
): Promise<Float32Array> {
  const result = await pending;
  if (result instanceof Float32Array) return checkSize(result, tokens);
  const values = await result.data() as Float32Array;
  result.dispose();
  return checkSize(values, tokens);
}

function checkSize(logits: Float32Array, tokens: number): Float32Array {
  if (logits.length === 0 || logits.length % tokens !== 0) {
    throw new RangeError(
      `Cannot decode: ${logits.length} logits do not divide into ${tokens} tokens`,
    );
  }
  return logits;
}

function checkOptions(options: DecodeOptions): void {
  const { batch, length, steps = 12, temperature = 1, known, random } = options;
  for (const [name, value] of Object.entries({ batch, length, steps })) {
    if (!Number.isInteger(value) || value < 1) {
      throw new RangeError(`Cannot decode: ${name} is ${value}, want a whole number from 1`);
    }
  }
  if (!(temperature >= 0)) {
    throw new RangeError(`Cannot decode: temperature is ${temperature}, want 0 or more`);
  }
  if (known && known.length !== batch * length) {
    throw new RangeError(`Cannot decode: ${known.length} known ids, want ${batch} x ${length}`);
  }
  if (!("split" in random) && random.length !== batch) {
    throw new RangeError(`Cannot decode: ${random.length} random streams for ${batch} images`);
  }
}
