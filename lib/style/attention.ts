import * as tf from "@tensorflow/tfjs";
import type { Random } from "../engine/random.ts";
import { maskRatio } from "../generate/mask_schedule.ts";
import { fullImageConditions } from "../generate/pipeline.ts";
import type { Hooks } from "../models/hooks.ts";
import type { Muse } from "../models/muse.ts";
import { maskToken, uvit } from "../models/uvit.ts";

/** How cross-attention is read out; the defaults are {@linkcode ATTENTION_DEFAULTS}. */
export interface AttentionOptions {
  /** Shares of reference tokens that are masked, each in (0, 1]. */
  readonly maskRatios: readonly number[];
  /** Random masks per ratio. */
  readonly masksPerRatio: number;
  /**
   * Which cross-attentions are averaged: `attn2` of the transformer layers, the text attentions of the
   * U-ViT blocks, or both.
   */
  readonly sites: "layers" | "blocks" | "both";
  /** How a concept of several tokens is read: its strongest token at each place, or their mean. */
  readonly tokens: "max" | "mean";
  /**
   * What a concept's attention is a share of: that to all words of the caption, or that to its concepts
   * alone. The second tells concepts apart where words of style or background soak attention up.
   */
  readonly among: "caption" | "concepts";
}

/** Nothing of this is published; `deno task regions` measures the alternatives. */
export const ATTENTION_DEFAULTS: AttentionOptions = Object.freeze({
  maskRatios: Object.freeze([0.75, 0.9]),
  masksPerRatio: 6,
  sites: "both",
  tokens: "max",
  among: "concepts",
});

/** Where a concept is, on the transformer's grid. */
export interface ConceptMap {
  readonly phrase: string;
  /** The grid is side x side. */
  readonly side: number;
  /** [side * side], row-major: the share of attention at each place, in [0, 1]. */
  readonly values: Float32Array;
}

/**
 * One attention map per concept: the frozen model sees the reference's tokens, partly masked, with the
 * full caption; softmax weights are renormalised over the caption's own tokens (start, end and padding
 * soak attention up) and averaged over masks, heads and layers (method.md 1.3).
 *
 * @param tokens [L] token ids of the reference
 * @param phrases concepts, each standing in the caption
 * @throws {RangeError} if a phrase does not stand in the caption, or the caption has too many tokens
 */
export async function conceptMaps(
  muse: Muse,
  tokens: Int32Array,
  caption: string,
  phrases: readonly string[],
  random: Random,
  options: Partial<AttentionOptions> = {},
): Promise<ConceptMap[]> {
  const settings = { ...ATTENTION_DEFAULTS, ...options };
  const [first, end] = muse.tokenizer.span(caption, caption);
  const spans = phrases.map((phrase) => muse.tokenizer.span(caption, phrase));
  const shares = tf.tidy(() => {
    const ids = maskedReference(muse, tokens, random, settings);
    return attentionShares(muse, ids, caption, [first, end], settings.sites);
  });
  const [places, width] = shares.shape; // [places, end - first]
  const values = await shares.data() as Float32Array;
  shares.dispose();
  const maps = phrases.map((phrase, i) => {
    const [from, to] = spans[i]!;
    const at = (place: number) =>
      values.subarray(place * width + from - first, place * width + to - first);
    const read = settings.tokens === "max" ? largest : mean;
    return {
      phrase,
      side: Math.sqrt(places),
      values: Float32Array.from({ length: places }, (_, place) => read(at(place))),
    };
  });
  return settings.among === "concepts" && maps.length > 1 ? sharesAmong(maps) : maps;
}

/** At each place, every concept's part of what the concepts have together. */
function sharesAmong(maps: readonly ConceptMap[]): ConceptMap[] {
  const together = (place: number) => maps.reduce((sum, { values }) => sum + values[place]!, 0);
  return maps.map((map) => ({
    ...map,
    values: map.values.map((value, place) => value / Math.max(together(place), 1e-12)),
  }));
}

/** The reference under every mask: [masks, L] int32. */
function maskedReference(
  muse: Muse,
  tokens: Int32Array,
  random: Random,
  { maskRatios, masksPerRatio }: AttentionOptions,
): tf.Tensor2D {
  const length = tokens.length;
  const mask = maskToken(muse.transformer.config);
  const positions = Array.from({ length }, (_, i) => i);
  const rows = maskRatios.flatMap((ratio, r) =>
    Array.from({ length: masksPerRatio }, (_, m) => {
      const row = [...tokens];
      const masked = random.split(r).split(m).shuffle(positions).slice(0, maskCount(ratio, length));
      for (const position of masked) row[position] = mask;
      return row;
    })
  );
  return tf.tensor2d(rows, [rows.length, length], "int32");
}

function maskCount(ratio: number, length: number): number {
  maskRatio(ratio); // throws outside [0, 1]
  return Math.max(1, Math.round(ratio * length));
}

/** Mean attention of each place to each caption token: [side * side, end - first]. */
function attentionShares(
  muse: Muse,
  ids: tf.Tensor2D,
  caption: string,
  [first, end]: [number, number],
  sites: AttentionOptions["sites"],
): tf.Tensor2D {
  const { weights, config } = muse.transformer;
  const batch = ids.shape[0];
  const maps: tf.Tensor2D[] = [];
  const hooks: Hooks = {
    observe(module, probabilities) { // [B, H, places, T]
      if (!isCrossAttention(module, sites)) return;
      const shares = tf.tidy(() => {
        const own = tf.slice(probabilities, [0, 0, 0, first], [-1, -1, -1, end - first]);
        return tf.mean(tf.div(own, tf.add(tf.sum(own, -1, true), 1e-12)), [0, 1]) as tf.Tensor2D;
      });
      maps.push(tf.keep(shares));
    },
  };
  const micro = tf.tile(tf.tensor2d([...fullImageConditions(muse)], [1, 5]), [batch, 1]);
  const text = muse.encodeText(Array(batch).fill(caption));
  uvit(weights, config, ids, text, micro, hooks);
  const shares = tf.mean(tf.stack(maps), 0) as tf.Tensor2D;
  tf.dispose(maps);
  return shares;
}

function isCrossAttention(module: string, sites: AttentionOptions["sites"]): boolean {
  const block = module.includes("_block.");
  return (sites !== "layers" && block) ||
    (sites !== "blocks" && !block && module.endsWith("attn2"));
}

const largest = (values: Float32Array) => values.reduce((a, b) => Math.max(a, b), 0);
const mean = (values: Float32Array) => values.reduce((a, b) => a + b, 0) / values.length;

/** The map at the size of an image, interpolated linearly between cell centres: [height * width]. */
export function upsampleMap(map: ConceptMap, width: number, height: number): Float32Array {
  const { side, values } = map;
  const out = new Float32Array(width * height);
  const axis = (size: number) =>
    Array.from({ length: size }, (_, i) => {
      const at = Math.min(side - 1, Math.max(0, (i + 0.5) * side / size - 0.5));
      const low = Math.floor(at);
      return { low, high: Math.min(side - 1, low + 1), part: at - low };
    });
  const columns = axis(width);
  axis(height).forEach((row, y) => {
    columns.forEach((column, x) => {
      const value = (r: number) => {
        const left = values[r * side + column.low]!;
        return left + (values[r * side + column.high]! - left) * column.part;
      };
      out[y * width + x] = value(row.low) + (value(row.high) - value(row.low)) * row.part;
    });
  });
  return out;
}
