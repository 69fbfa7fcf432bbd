import type { UVitConfig } from "../../lib/models/uvit.ts";
import { adapterShapes } from "../../lib/style/adapters.ts";
import type { TuneConfig } from "../../lib/style/tune.ts";
import { type StudyConfig, styleDropTuning } from "./presets.ts";

/**
 * StyleDrop's published values for the base model of Muse-3B, round 1 and round 2 (Sohn et al. 2023,
 * table S3). FineStyle's own table is published as a picture only, without readable values.
 */
const PUBLISHED: Readonly<Record<string, readonly [string, string]>> = {
  "learning rate": ["0.00003", "0.00003"],
  "batch size": ["8", "8"],
  "steps": ["1,000", "1,000"],
  "d_prj": ["4", "32"],
  "adapter shared": ["yes", "no"],
  "adapter parameters": ["0.23 M", "12.6 M"],
  "decoding steps": ["36", "36"],
  "temperature": ["4.5", "4.5"],
  "λ1 (λA)": ["0 to 2", "2"],
  "λ2 (λB)": ["5", "5"],
};

/**
 * The hyper-parameters of a study beside StyleDrop's published ones, the header first; a row per
 * parameter, in the paper's order. Temperatures are not on one scale: Muse's is that of the choice,
 * which here falls from the value given to 0.
 */
export function hyperparameterCells(config: StudyConfig, model: UVitConfig): string[][] {
  const { styledrop, finestyle, muse } = config.guidance;
  const drop = tuned(styleDropTuning(config), model);
  const fine = tuned(config.tune, model);
  const { steps, choiceTemperature: [temperature] } = config.sampling;
  const ours: Record<string, readonly [string, string]> = {
    ...Object.fromEntries(Object.keys(drop).map((key) => [key, [drop[key]!, fine[key]!]])),
    "decoding steps": [String(steps), String(steps)],
    "temperature": [String(temperature), String(temperature)],
    "λ1 (λA)": [String(styledrop.lambdaA), String(finestyle.lambda1)],
    "λ2 (λB)": [String(styledrop.lambdaB), String(finestyle.lambda2)],
    "λ of plain Muse": [String(muse.lambda), String(muse.lambda)],
    "share of full pairs": ["1", String(config.tune.pFull)],
  };
  return [
    ["", "StyleDrop, round 1", "StyleDrop, round 2", "styledrop here", "finestyle here"],
    ...Object.entries(ours).map(([name, values]) => [
      ...[name, ...PUBLISHED[name] ?? ["-", "-"]],
      ...values,
    ]),
  ];
}

function tuned(
  { adapter, learningRate, batch, steps }: TuneConfig,
  model: UVitConfig,
): Record<string, string> {
  const shapes = [...adapterShapes(model, adapter).values()];
  const parameters = shapes.reduce((sum, shape) => sum + shape.reduce((a, b) => a * b, 1), 0);
  return {
    "learning rate": String(learningRate),
    "batch size": String(batch),
    "steps": steps.toLocaleString("en-US"),
    "d_prj": String(adapter.dPrj),
    "adapter shared": adapter.shared ? "yes" : "no",
    "adapter parameters": parameters.toLocaleString("en-US"),
  };
}
