import type { Guidance } from "../lib/generate/guidance.ts";
import type { AdapterConfig } from "../lib/style/placements.ts";
import type { StudyConfig } from "./study/presets.ts";

/** Formulas with an adapter. */
const FORMULAS = ["finestyle", "styledrop"] as const;

/** Flags that choose a guidance; see {@linkcode chosenGuidance}. */
export const GUIDANCE_FLAGS = {
  guidance: {
    type: "choice",
    choices: FORMULAS,
    optional: true,
    help: "formula with an adapter",
  },
  lambda1: { type: "number", min: 0, optional: true, help: "style guidance" },
  lambda2: { type: "number", min: 0, optional: true, help: "semantic guidance" },
  lambdaMuse: { type: "number", min: 0, optional: true, help: "guidance without an adapter" },
  growth: {
    type: "choice",
    choices: ["constant", "linear"],
    default: "constant",
    help: "of all lambdas over the steps",
  },
} as const;

/** The values of {@linkcode GUIDANCE_FLAGS}. */
export interface GuidanceFlags {
  readonly guidance?: string | undefined;
  readonly lambda1?: number | undefined;
  readonly lambda2?: number | undefined;
  readonly lambdaMuse?: number | undefined;
  readonly growth: string;
}

/**
 * The formula that the flags choose, with the model's own lambdas where they give none. StyleDrop's
 * lambda_A is given by `lambda1`, its lambda_B by `lambda2`.
 *
 * @param adapter none where the base model draws; StyleDrop's has its own formula unless the flags say
 */
export function chosenGuidance(
  flags: GuidanceFlags,
  { finestyle, styledrop, muse }: StudyConfig["guidance"],
  adapter?: Pick<AdapterConfig, "placement">,
): Guidance {
  const growth = flags.growth as "constant" | "linear";
  if (!adapter) return { kind: "muse", lambda: flags.lambdaMuse ?? muse.lambda, growth };
  const own = adapter.placement === "after-cross+mlp" ? "styledrop" : "finestyle";
  if ((flags.guidance ?? own) === "styledrop") {
    const { lambda1 = styledrop.lambdaA, lambda2 = styledrop.lambdaB } = flags;
    return { kind: "styledrop", lambdaA: lambda1, lambdaB: lambda2, growth };
  }
  const { lambda1 = finestyle.lambda1, lambda2 = finestyle.lambda2 } = flags;
  return { kind: "finestyle", lambda1, lambda2, growth };
}
