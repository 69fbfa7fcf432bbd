/**
 * How the settings of the studies were chosen: each trial changes one thing of a method, on styles that
 * are kept for that, and never on the held-out ones. `deno task guidance --preset validation` does the
 * same for the coefficients of guidance.
 *
 * COMMAND   deno task calibrate [--preset quick|standard] [--style NAME|all] [--engine E] [--seed N]
 *           [--out DIR] [--resume]
 * MINUTES   quick: 36 on 2 cores, 6 a style
 * WRITES    as `deno task ablation` does; a row per trial
 *
 * @module
 */
import type { IpAdapterOptions } from "../lib/baselines/ip_adapter.ts";
import { STYLEDROP_ADAPTER } from "../lib/baselines/styledrop.ts";
import { EARLY_STOP } from "../lib/style/early_stop.ts";
import { runCommand } from "../lib/show/command.ts";
import { studyMain } from "./study/command.ts";
import { finestyle, ipadapter, muse, type StudyMethod, styledrop } from "./study/methods.ts";
import { EMOJI_64_STUDY, type StudyConfig, VALIDATION_STYLES } from "./study/presets.ts";

/** What a trial changes. */
interface Trial {
  readonly tune?: Partial<StudyConfig["tune"]>;
  readonly scaling?: StudyConfig["scaling"];
}

/** Of FineStyle, by the row's name. */
const FINESTYLE_TRIALS: Readonly<Record<string, Trial>> = {
  "lr-4e-4": { tune: { learningRate: 4e-4 } },
  "lr-1.6e-3": { tune: { learningRate: 1.6e-3 } },
  "steps-400": { tune: { steps: 400 } },
  "shared": { tune: { adapter: { ...EMOJI_64_STUDY.tune.adapter, shared: true } } },
  "rank-16": { tune: { adapter: { ...EMOJI_64_STUDY.tune.adapter, dPrj: 16 } } },
  "full-0.8": { tune: { pFull: 0.8 } },
  "crop": { scaling: { mode: "crop" } },
  "no-scaling": { scaling: { mode: "none" } },
  "early-stop": { tune: { earlyStop: EARLY_STOP } },
};

/** Of StyleDrop, by the row's name. */
const STYLEDROP_TRIALS: Readonly<Record<string, StudyConfig["tuneStyleDrop"]>> = {
  "lr-0.00015": { learningRate: 1.5e-4 },
  "lr-0.0006": { learningRate: 6e-4 },
  "unshared": { adapter: { ...STYLEDROP_ADAPTER, shared: false } },
};

/** Of IP-Adapter, by the row's name. */
const IP_ADAPTER_TRIALS: Readonly<Record<string, Partial<IpAdapterOptions>>> = {
  "scale-0.5": { scale: 0.5 },
  "scale-0.75": { scale: 0.75 },
  "scale-1.5": { scale: 1.5 },
};

/** The rows: each method as it is set, then its trials. */
export function calibrationMethods(config: StudyConfig): StudyMethod[] {
  return [
    muse(config),
    finestyle(config, "finestyle"),
    ...Object.entries(FINESTYLE_TRIALS).map(([name, trial]) =>
      finestyle(changed(config, trial), `finestyle-${name}`)
    ),
    styledrop(config),
    ...Object.entries(STYLEDROP_TRIALS).map(([name, trial]) =>
      styledrop(
        { ...config, tuneStyleDrop: { ...config.tuneStyleDrop, ...trial } },
        `styledrop-${name}`,
      )
    ),
    ipadapter(config),
    ...Object.entries(IP_ADAPTER_TRIALS).map(([name, options]) =>
      ipadapter(config, `ipadapter-${name}`, options)
    ),
  ];
}

function changed(config: StudyConfig, { tune, scaling }: Trial): StudyConfig {
  return {
    ...config,
    tune: { ...config.tune, ...tune },
    scaling: { ...config.scaling, ...scaling },
  };
}

/** Runs the command; throws what `runCommand` turns into one sentence. */
export async function main(args: readonly string[]): Promise<void> {
  await studyMain({
    name: "calibrate",
    summary: "what each setting of FineStyle, StyleDrop and IP-Adapter gives",
    methods: calibrationMethods,
    styles: VALIDATION_STYLES,
  }, args);
}

if (import.meta.main) await runCommand(() => main(Deno.args));
