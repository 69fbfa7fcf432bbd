import * as tf from "@tensorflow/tfjs";
import type { TextEncoding } from "../models/uvit.ts";

/**
 * Which formula mixes the logits, and its coefficients. G is the base model, G^ the adapted one, t the
 * prompt, n the null prompt: no words, or a negative prompt, which the result moves away from (Muse
 * section 2.7). Every coefficient is a difference's weight as Muse and StyleDrop write
 * it, `l_c + lambda (l_c - l_u)`; aMUSEd's guidance scale is 1 + lambda
 * ({@linkcode lambdaOfScale}).
 */
export type Guidance =
  & (MuseGuidance | StyleDropGuidance | FineStyleGuidance)
  & {
    /** `linear` lets all coefficients grow from 1/steps to their full value (Muse section 2.7). */
    readonly growth?: "constant" | "linear";
  };

/**
 * `l = G(t) + lambda (G(t) - G(n))`: classifier-free guidance of a single model (method.md 1.2). The
 * paper's lambda_muse is read as this lambda, of generation without an adapter (1.6).
 */
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
  /** The adapted model without a prompt, where that is another function. */
  readonly adaptedNull?: Forward;
  readonly prompt: TextEncoding;
  /** The null prompt n: the encoding of "", or of a negative prompt. */
  readonly nullText: TextEncoding;
}

/** One forward pass of a guided step, and what its logits are multiplied with. */
export interface Term {
  readonly forward: Forward;
  readonly text: TextEncoding;
  readonly weight: number;
}

/** The branches as terms, in a fixed order; those with weight 0 are among them. */
export function guidedTerms(models: GuidedModels, weights: BranchWeights): Term[] {
  const { base, adapted, adaptedNull = adapted, prompt, nullText } = models;
  return [
    { forward: adapted, text: prompt, weight: weights.adaptedPrompt },
    { forward: adaptedNull, text: nullText, weight: weights.adaptedNull },
    { forward: base, text: prompt, weight: weights.basePrompt },
    { forward: base, text: nullText, weight: weights.baseNull },
  ];
}

/**
 * Two guided steps mixed, `l = (1 - gamma) l^s + gamma l^c`: "my object in my style" (StyleDrop
 * section 3.4, method.md 2.3). l^s is guided by the style's adapter and the whole prompt, l^c by the
 * object's adapter and the prompt without the style. The logits are mixed, not the adapters' kernels,
 * so both may have any form.
 *
 * @param gamma share of the object, in [0, 1]; 0.5 to 0.7 in the paper
 * @throws {RangeError} if gamma is outside
 */
export function mixTerms(style: readonly Term[], object: readonly Term[], gamma: number): Term[] {
  if (!(gamma >= 0 && gamma <= 1)) {
    throw new RangeError(`Cannot mix two adapters: gamma is ${gamma}, want a share from 0 to 1`);
  }
  const scaled = (terms: readonly Term[], share: number) =>
    terms.map((term) => ({ ...term, weight: share * term.weight }));
  return [...scaled(style, 1 - gamma), ...scaled(object, gamma)];
}

/**
 * The guided logits of one step, `sum of weight * branch`. Branches of the same model run as one
 * batched forward pass, and branches with weight 0 do not run.
 *
 * @param ids [B, L] int32
 * @returns logits [B, L, V]; the caller disposes them
 */
export function guidedLogits(terms: readonly Term[], ids: tf.Tensor2D): tf.Tensor3D {
  return tf.tidy(() => {
    const sums: tf.Tensor3D[] = [];
    for (const [forward, mixture] of passes(terms)) {
      sums.push(mixedForward(forward, mixture, ids));
    }
    return sums.length === 1 ? sums[0]! : tf.addN(sums);
  });
}

type Mixture = readonly (readonly [text: TextEncoding, weight: number])[];

/** The terms with a weight, grouped by model, equal model and text added up. */
function passes(terms: readonly Term[]): Map<Forward, Mixture> {
  const grouped = new Map<Forward, Map<TextEncoding, number>>();
  for (const { forward, text, weight } of terms) {
    const texts = grouped.get(forward) ?? new Map<TextEncoding, number>();
    grouped.set(forward, texts.set(text, (texts.get(text) ?? 0) + weight));
  }
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
