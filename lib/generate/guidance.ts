import * as tf from "@tensorflow/tfjs";
import type { TextEncoding } from "../models/uvit.ts";

/**
 * Which formula mixes the logits, and its coefficients. G is the base model, G^ the adapted one, t the
 * prompt, n the null prompt. Every coefficient is a difference's weight as Muse and StyleDrop write
 * it, `l_c + lambda (l_c - l_u)`; aMUSEd's guidance scale is 1 + lambda
 * ({@linkcode lambdaOfScale}).
 */
export type Guidance =
  & (MuseGuidance | StyleDropGuidance | FineStyleGuidance)
  & {
    /** `linear` lets all coefficients grow from 1/steps to their full value (Muse section 2.7). */
    readonly growth?: "constant" | "linear";
  };

/** `l = G(t) + lambda (G(t) - G(n))`: classifier-free guidance of a single model (method.md 1.2). */
export interface MuseGuidance {
  readonly kind: "muse";
  readonly lambda: number;
}

/** `l = G^(t) + lambdaA (G^(t) - G(t)) + lambdaB (G(t) - G(n))` (StyleDrop eq. 4, method.md 2.4). */
export interface StyleDropGuidance {
  readonly kind: "styledrop";
  readonly lambdaA: number;
  readonly lambdaB: number;
}

/** `l = G^(t) + lambda1 (G^(t) - G(t)) + lambda2 (G^(t) - G^(n))` (FineStyle, method.md 1.6). */
export interface FineStyleGuidance {
  readonly kind: "finestyle";
  /** Style guidance: nearer to the reference, at the risk of its content. */
  readonly lambda1: number;
  /** Semantic guidance: nearer to the prompt, against leakage. */
  readonly lambda2: number;
}

/** Start values where the paper is silent (method.md 8): StyleDrop's lambdas. */
export const GUIDANCE_DEFAULTS = {
  muse: { kind: "muse", lambda: 5 },
  styledrop: { kind: "styledrop", lambdaA: 1, lambdaB: 5 },
  finestyle: { kind: "finestyle", lambda1: 1, lambda2: 5 },
} as const satisfies Record<string, Guidance>;

/** lambda of aMUSEd's guidance scale s in `l_u + s (l_c - l_u)`: s - 1 (method.md 3.2). */
export function lambdaOfScale(scale: number): number {
  return scale - 1;
}

/** One forward pass: a model and a text. */
export type Branch = "adaptedPrompt" | "adaptedNull" | "basePrompt" | "baseNull";

/** What each forward pass is multiplied with; they sum to 1, and a branch at 0 is not run. */
export type BranchWeights = Readonly<Record<Branch, number>>;

/**
 * The formula expanded to one weight per branch.
 *
 * @param progress `(step + 1) / steps`, in (0, 1]; matters under `growth: "linear"` only
 * @throws {RangeError} if a coefficient is not finite
 */
export function branchWeights(guidance: Guidance, progress = 1): BranchWeights {
  const none = { adaptedPrompt: 0, adaptedNull: 0, basePrompt: 0, baseNull: 0 };
  const grow = guidance.growth === "linear" ? progress : 1;
  const of = (name: string, lambda: number): number => {
    if (Number.isFinite(lambda)) return lambda * grow;
    throw new RangeError(`Cannot guide with ${name} ${lambda}: want a finite number`);
  };
  if (guidance.kind === "muse") {
    const lambda = of("lambda", guidance.lambda);
    return { ...none, basePrompt: 1 + lambda, baseNull: -lambda };
  }
  if (guidance.kind === "styledrop") {
    const [a, b] = [of("lambdaA", guidance.lambdaA), of("lambdaB", guidance.lambdaB)];
    return { ...none, adaptedPrompt: 1 + a, basePrompt: b - a, baseNull: -b };
  }
  const [style, semantic] = [of("lambda1", guidance.lambda1), of("lambda2", guidance.lambda2)];
  return {
    ...none,
    adaptedPrompt: 1 + style + semantic,
    basePrompt: -style,
    adaptedNull: -semantic,
  };
}

/** A model with everything but tokens and text bound: ids [B, L] int32 -> logits [B, L, V]. */
export type Forward = (ids: tf.Tensor2D, text: TextEncoding) => tf.Tensor3D;

/** The models and texts a guided step chooses from; texts have B rows each. */
export interface GuidedModels {
  readonly base: Forward;
  /** The same function as `base` where nothing is adapted: all branches then share one pass. */
  readonly adapted: Forward;
  readonly prompt: TextEncoding;
  readonly empty: TextEncoding;
}

/**
 * The guided logits of one step, `sum of weight * branch`. Branches of the same model run as one
 * batched forward pass, and branches with weight 0 do not run.
 *
 * @param ids [B, L] int32
 * @returns logits [B, L, V]; the caller disposes them
 */
export function guidedLogits(
  models: GuidedModels,
  weights: BranchWeights,
  ids: tf.Tensor2D,
): tf.Tensor3D {
  return tf.tidy(() => {
    const terms: tf.Tensor3D[] = [];
    for (const [forward, mixture] of passes(models, weights)) {
      terms.push(mixedForward(forward, mixture, ids));
    }
    return terms.length === 1 ? terms[0]! : tf.addN(terms);
  });
}

type Mixture = readonly (readonly [text: TextEncoding, weight: number])[];

/** The branches with a weight, grouped by model, equal model and text added up. */
function passes(models: GuidedModels, weights: BranchWeights): Map<Forward, Mixture> {
  const grouped = new Map<Forward, Map<TextEncoding, number>>();
  const add = (forward: Forward, text: TextEncoding, weight: number) => {
    const texts = grouped.get(forward) ?? new Map<TextEncoding, number>();
    grouped.set(forward, texts.set(text, (texts.get(text) ?? 0) + weight));
  };
  add(models.adapted, models.prompt, weights.adaptedPrompt);
  add(models.adapted, models.empty, weights.adaptedNull);
  add(models.base, models.prompt, weights.basePrompt);
  add(models.base, models.empty, weights.baseNull);
  const used = new Map<Forward, Mixture>();
  for (const [forward, texts] of grouped) {
    const mixture = [...texts].filter(([, weight]) => weight !== 0);
    if (mixture.length > 0) used.set(forward, mixture);
  }
  return used;
}

/** One batched pass over n texts, mixed: ids [B, L] -> logits [B, L, V]. */
function mixedForward(forward: Forward, mixture: Mixture, ids: tf.Tensor2D): tf.Tensor3D {
  const n = mixture.length;
  const sequence = tf.concat(mixture.map(([text]) => text.sequence), 0); // [n B, T, E]
  const pooled = tf.concat(mixture.map(([text]) => text.pooled), 0); // [n B, P]
  const logits = forward(tf.tile(ids, [n, 1]), { sequence, pooled }); // [n B, L, V]
  const parts = n === 1 ? [logits] : tf.split(logits, n, 0);
  return tf.addN(parts.map((part, i) => tf.mul(part, mixture[i]![1]))) as tf.Tensor3D;
}
