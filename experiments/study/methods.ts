import { fineStyle, type FineStyleMethodConfig } from "../../lib/baselines/finestyle.ts";
import {
  IP_ADAPTER_DEFAULTS,
  ipAdapter,
  type IpAdapterOptions,
} from "../../lib/baselines/ip_adapter.ts";
import type { FeedbackMeasure } from "../../lib/baselines/feedback.ts";
import type { Method } from "../../lib/baselines/method.ts";
import { museMethod } from "../../lib/baselines/muse.ts";
import { styleAligned } from "../../lib/baselines/style_aligned.ts";
import { styleDrop } from "../../lib/baselines/styledrop.ts";
import { IP_ADAPTER_FOLDER } from "../../lib/models/ip_adapter.ts";
import { STYLEDROP_ROUND_2, styleDropFeedback } from "../../lib/baselines/styledrop_feedback.ts";
import type { Placement } from "../../lib/style/placements.ts";
import { EMOJI_64_FEEDBACK } from "./feedback.ts";
import { type StudyConfig, styleDropTuning } from "./presets.ts";
import type { Hashes } from "./run_folder.ts";

/** A row of a study. */
export interface StudyMethod {
  /** Which method it is or varies. */
  readonly family: "muse" | "styledrop" | "stylealigned" | "ipadapter" | "finestyle";
  readonly method: Method;
  /** All that decides its numbers beside the study's config; part of the cell's name. */
  readonly settings: unknown;
  /** The folder of the model that holds what it was trained on, where the model must have one. */
  readonly needs?: string;
}

/**
 * The rows of `deno task ablation`: both baselines, data scaling off, on, and on by regions without
 * mistakes, and the placements.
 */
export function ablationMethods(config: StudyConfig): StudyMethod[] {
  return [
    muse(config),
    styledrop(config),
    finestyle(config, "finestyle-no-scaling", false),
    finestyle(config, "finestyle"),
    trueRegionsRow(config),
    ...(["self-kv", "mlp"] as const).map((placement) => placed(config, placement)),
  ];
}

/** The rows of `deno task clip-table`: every method, FineStyle also with its two parts changed. */
export function clipTableMethods(config: StudyConfig): StudyMethod[] {
  const crop = { ...config, scaling: { ...config.scaling, mode: "crop" as const } };
  return [
    muse(config),
    stylealigned(config),
    ipadapter(config),
    styledrop(config),
    styledropFeedback(config),
    finestyle(config, "finestyle-no-scaling", false),
    finestyle(crop, "finestyle-crop"),
    finestyle(config, "finestyle"),
  ];
}

/**
 * Rows of {@linkcode clipTableMethods} in the order of their ids; those that it lacks are left out.
 */
export function methodsNamed(config: StudyConfig, ids: readonly string[]): StudyMethod[] {
  const known = clipTableMethods(config);
  return ids.flatMap((id) => known.filter(({ method }) => method.id === id));
}

/** The untuned model, which every study starts with. */
export function muse({ guidance }: StudyConfig): StudyMethod {
  return {
    family: "muse",
    method: museMethod(guidance.muse),
    settings: { guidance: guidance.muse },
  };
}

function stylealigned({ guidance }: StudyConfig): StudyMethod {
  const { lambda } = guidance.muse;
  const settings = { guidance: { kind: "finestyle", lambda1: 0, lambda2: lambda } } as const;
  return { family: "stylealigned", method: styleAligned(settings), settings };
}

/** IP-Adapter or a variant of it. */
export function ipadapter(
  { guidance }: StudyConfig,
  id = "ipadapter",
  changes: Partial<IpAdapterOptions> = {},
): StudyMethod {
  const settings = {
    ...IP_ADAPTER_DEFAULTS,
    guidance: { kind: "finestyle" as const, lambda1: 0, lambda2: guidance.muse.lambda },
    ...changes,
  };
  const method = ipAdapter(settings, id);
  return { family: "ipadapter", method, settings, needs: IP_ADAPTER_FOLDER };
}

/** StyleDrop or a variant of it. */
export function styledrop(config: StudyConfig, id = "styledrop"): StudyMethod {
  const settings = { guidance: config.guidance.styledrop, tune: styleDropTuning(config) };
  return { family: "styledrop", method: styleDrop(settings, id), settings };
}

/** StyleDrop with its second round, on what CLIP feedback picks from the first one's samples. */
export function styledropFeedback(
  config: StudyConfig,
  measure: FeedbackMeasure = "text",
  id = "styledrop-cf",
): StudyMethod {
  const { guidance, sampling, feedback = EMOJI_64_FEEDBACK } = config;
  const { lambdaA = guidance.styledrop.lambdaA, ...drawn } = feedback;
  const tuning = styleDropTuning(config);
  const settings = {
    round1: { guidance: guidance.styledrop, tune: tuning },
    round2: {
      guidance: { ...guidance.styledrop, lambdaA },
      tune: { ...tuning, adapter: STYLEDROP_ROUND_2 },
    },
    feedback: { ...drawn, measure, sampling },
  };
  return { family: "styledrop", method: styleDropFeedback(settings, id), settings };
}

/** FineStyle or a variant of it, which differs in the arguments and in nothing else. */
export function finestyle(
  { guidance, tune, scaling }: StudyConfig,
  id: string,
  dataScaling = true,
): StudyMethod {
  const settings = {
    guidance: guidance.finestyle,
    tune,
    scaling: dataScaling ? scaling : { ...scaling, mode: "none" as const },
  };
  return { family: "finestyle", method: fineStyle(settings, id), settings };
}

/** FineStyle on the true regions of the reference's concepts: what better attention could give. */
function trueRegionsRow(config: StudyConfig): StudyMethod {
  const { settings } = finestyle(config, "finestyle");
  const exact = { ...settings as FineStyleMethodConfig, regionsFrom: "truth" as const };
  const method = fineStyle(exact, "finestyle-true-regions");
  return { family: "finestyle", method, settings: exact };
}

/** FineStyle with its adapters elsewhere. */
export function placed(config: StudyConfig, placement: Placement): StudyMethod {
  const adapter = { ...config.tune.adapter, placement };
  return finestyle({ ...config, tune: { ...config.tune, adapter } }, `finestyle-${placement}`);
}

/**
 * The rows that a model can run.
 *
 * @param inputs The model's files.
 * @param onMissing Told of each row that is left out, and why.
 */
export function runnableMethods(
  methods: readonly StudyMethod[],
  inputs: Hashes,
  onMissing: (line: string) => void,
): StudyMethod[] {
  const files = Object.keys(inputs);
  return methods.filter(({ method, needs }) => {
    if (needs === undefined || files.some((path) => path.startsWith(`${needs}/`))) return true;
    onMissing(`The row "${method.id}" is left out: the model has no folder "${needs}"`);
    return false;
  });
}
