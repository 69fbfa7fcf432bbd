import type { Guidance } from "../../lib/generate/guidance.ts";
import { EMOJI_64_STUDY, type Preset, PRESETS, VALIDATION_STYLES } from "../study/presets.ts";

/** The methods whose two coefficients are varied. */
export const GUIDED = ["finestyle", "styledrop"] as const;

/** One of {@linkcode GUIDED}. */
export type GuidedMethod = typeof GUIDED[number];

/** FineStyle on the full pair alone, which goes through the grid too. */
export const UNSCALED = "finestyle-no-scaling";

/** Rows whose coefficients are varied. */
export type GridRow = GuidedMethod | typeof UNSCALED;

/**
 * The coefficients of a method's formula: FineStyle's lambda1 and lambda2 (method.md 1.6), StyleDrop's
 * lambdaA and lambdaB (2.4). The first weighs the style in both, the second the prompt.
 */
export interface Lambdas {
  readonly lambda1: number;
  readonly lambda2: number;
}

/** The values of both coefficients, ascending; every pair of them is tried. */
export interface Grid {
  readonly lambda1: readonly number[];
  readonly lambda2: readonly number[];
}

/** All pairs of a grid in rows of equal lambda2. */
export function gridLambdas({ lambda1, lambda2 }: Grid): Lambdas[] {
  return lambda2.flatMap((semantic) =>
    lambda1.map((style) => ({ lambda1: style, lambda2: semantic }))
  );
}

/** A method's own formula with these coefficients. */
export function guidanceOf(method: GridRow, { lambda1, lambda2 }: Lambdas): Guidance {
  return method === "styledrop"
    ? { kind: "styledrop", lambdaA: lambda1, lambdaB: lambda2 }
    : { kind: "finestyle", lambda1, lambda2 };
}

/** A size of the study. */
export interface GuidancePreset extends Preset {
  readonly grid: Grid;
}

const { finestyle: F, styledrop: S } = EMOJI_64_STUDY.guidance;

/** Both coefficients at these values and at those of the other studies. */
function gridWith(lambda1: readonly number[], lambda2: readonly number[]): Grid {
  const ascending = (values: readonly number[]) => [...new Set(values)].sort((a, b) => a - b);
  return {
    lambda1: ascending([...lambda1, F.lambda1, S.lambdaA]),
    lambda2: ascending([...lambda2, F.lambda2, S.lambdaB]),
  };
}

/** `quick` fits 3 minutes on 2 cores; `validation` is where the studies' coefficients were chosen. */
export const GUIDANCE_PRESETS: Readonly<
  Record<"quick" | "validation" | "standard", GuidancePreset>
> = {
  quick: {
    styles: PRESETS.quick.styles,
    config: { ...EMOJI_64_STUDY, prompts: 6, imagesPerPrompt: 1 },
    grid: gridWith([0, 2], [0, 2]),
  },
  validation: {
    styles: VALIDATION_STYLES,
    config: { ...EMOJI_64_STUDY, prompts: 6, imagesPerPrompt: 1 },
    grid: gridWith([0, 0.25, 0.5, 1], [0, 0.25, 0.5, 1]),
  },
  standard: {
    styles: [
      "glossy 3d rendering",
      "watercolor painting",
      "engraving",
      "melting golden 3d rendering",
      "sticker",
    ],
    config: { ...EMOJI_64_STUDY, prompts: 12, imagesPerPrompt: 1 },
    grid: gridWith([0, 0.25, 0.5, 1], [0.5, 1, 2, 4]),
  },
};
