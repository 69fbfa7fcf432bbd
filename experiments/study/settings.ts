import { lambdaOfScale } from "../../lib/generate/guidance.ts";
import { FEEDBACK_CONTENTS } from "../../lib/baselines/feedback.ts";
import { imageSide } from "../../lib/generate/pipeline.ts";
import type { Muse } from "../../lib/models/muse.ts";
import { SCALING_DEFAULTS } from "../../lib/style/scaling.ts";
import { TUNE_DEFAULTS } from "../../lib/style/tune.ts";
import { PAPER_TEMPLATE } from "../../lib/style/template.ts";
import { SCENE_SIZE } from "../../lib/world/mod.ts";
import { EMOJI_64_STUDY, type StudyConfig } from "./presets.ts";

/**
 * Settings for aMUSEd: its own sampling (method.md 3.3), the learning rate and batch of its StyleDrop
 * recipe (3.7) and StyleDrop's lambdas (2.2). FineStyle's own values are not published; none of these
 * has been tried on the real weights.
 */
export const AMUSED_STUDY: StudyConfig = {
  prompts: 190,
  imagesPerPrompt: 8,
  sampling: { steps: 12, temperature: 1, choiceTemperature: [2, 0], batch: 8 },
  guidance: {
    muse: { kind: "muse", lambda: lambdaOfScale(10) },
    styledrop: { kind: "styledrop", lambdaA: 1, lambdaB: 5 },
    finestyle: { kind: "finestyle", lambda1: 1, lambda2: 5 },
  },
  tune: { ...TUNE_DEFAULTS, steps: 1500, batch: 1, learningRate: 4e-4 },
  tuneStyleDrop: {},
  scaling: SCALING_DEFAULTS,
  feedback: { contents: FEEDBACK_CONTENTS, template: PAPER_TEMPLATE, perPrompt: 64, lambdaA: 2 },
};

/** The settings that suit a model: those of the embedded one for scenes of EmojiWorld, else aMUSEd's. */
export function settingsOf(muse: Muse): StudyConfig {
  return imageSide(muse) === SCENE_SIZE ? EMOJI_64_STUDY : AMUSED_STUDY;
}
