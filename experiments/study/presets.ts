import type {
  FineStyleGuidance,
  MuseGuidance,
  StyleDropGuidance,
} from "../../lib/generate/guidance.ts";
import { STYLEDROP_ADAPTER } from "../../lib/baselines/styledrop.ts";
import { SCALING_DEFAULTS, type ScalingOptions } from "../../lib/style/scaling.ts";
import { ADAPTER_DEFAULTS } from "../../lib/style/placements.ts";
import { EMOJI_WORLD_TEMPLATE } from "../../lib/style/template.ts";
import { TUNE_DEFAULTS, type TuneConfig } from "../../lib/style/tune.ts";
import type { FeedbackSettings } from "./feedback.ts";
import { HELD_OUT_STYLES, SETTING_STYLES } from "../../lib/world/mod.ts";

/** Everything that decides the numbers of a study, apart from model, engine and seed. */
export interface StudyConfig {
  /** Prompts per style. */
  readonly prompts: number;
  readonly imagesPerPrompt: number;
  /** Decoding. */
  readonly sampling: {
    readonly steps: number;
    readonly temperature: number;
    readonly choiceTemperature: readonly [number, number];
    readonly batch: number;
  };
  /** Coefficients of each method's own guidance formula. */
  readonly guidance: {
    readonly muse: MuseGuidance;
    readonly styledrop: StyleDropGuidance;
    readonly finestyle: FineStyleGuidance;
  };
  /** Tuning of FineStyle; a row of the table may put its adapter elsewhere. */
  readonly tune: TuneConfig;
  /** Where StyleDrop is tuned otherwise, see {@linkcode styleDropTuning}. */
  readonly tuneStyleDrop: Partial<TuneConfig>;
  readonly scaling: Partial<ScalingOptions>;
  /** StyleDrop's second round; the embedded model's unless given. */
  readonly feedback?: FeedbackSettings;
}

/**
 * Where settings are chosen, three styles near to what the generator knows and three far from it; it never
 * drew any of them. The judge knows the first three by name, so "Style named" counts for those alone. The
 * held-out ten are for measuring only.
 */
export const VALIDATION_STYLES: readonly string[] = Object.freeze([
  "two-tone blob",
  "pastel cartoon",
  "flat vector art",
  ...SETTING_STYLES,
]);

/**
 * Settings that suit the embedded model; the presets differ from them in size only. FineStyle's and
 * StyleDrop's lambdas were chosen on {@linkcode VALIDATION_STYLES} by `deno task guidance --preset
 * validation`: of those above 0 whose Oracle was within a standard error of the best, the ones that drew
 * most of what was asked for. Learning rates, steps, sharing and the mode of data scaling were chosen on
 * three of them by `deno task calibrate`, results/calibration; masks instead of crops because a crop
 * shows more than its text names. Muse's lambda is of results/pretraining/notes.md.
 */
export const EMOJI_64_STUDY: StudyConfig = {
  prompts: 19,
  imagesPerPrompt: 1,
  sampling: { steps: 16, temperature: 0.5, choiceTemperature: [5, 0], batch: 16 },
  guidance: {
    muse: { kind: "muse", lambda: 1 },
    styledrop: { kind: "styledrop", lambdaA: 0.5, lambdaB: 0.5 },
    finestyle: { kind: "finestyle", lambda1: 0.25, lambda2: 0.5 },
  },
  tune: {
    ...TUNE_DEFAULTS,
    adapter: { ...ADAPTER_DEFAULTS, shared: false },
    steps: 200,
    learningRate: 8e-4,
  },
  tuneStyleDrop: { learningRate: 3e-4 },
  scaling: { ...SCALING_DEFAULTS, mode: "mask", template: EMOJI_WORLD_TEMPLATE },
};

/** How a study tunes StyleDrop: as FineStyle but for its own adapter and what the study says. */
export function styleDropTuning(
  { tune, tuneStyleDrop }: Pick<StudyConfig, "tune" | "tuneStyleDrop">,
): TuneConfig {
  return { ...tune, adapter: STYLEDROP_ADAPTER, ...tuneStyleDrop };
}

/** A size of the study. */
export interface Preset {
  readonly styles: readonly string[];
  readonly config: StudyConfig;
}

/** `quick` fits 5 minutes on 2 cores; `paper` has the published protocol's size (method.md 1.8). */
export const PRESETS: Readonly<Record<"quick" | "standard" | "paper", Preset>> = {
  quick: {
    styles: ["watercolor painting"],
    config: { ...EMOJI_64_STUDY, prompts: 12, imagesPerPrompt: 1 },
  },
  standard: { styles: HELD_OUT_STYLES, config: EMOJI_64_STUDY },
  paper: {
    styles: HELD_OUT_STYLES,
    config: { ...EMOJI_64_STUDY, prompts: 190, imagesPerPrompt: 8 },
  },
};
