/**
 * Pictures of a prompt, in the style of an adapter that `personalize` made, or of a LoRA that diffusers
 * or PEFT made for this model.
 *
 * COMMAND   deno task generate --prompt TEXT [--adapter DIR|LORA] [--guidance finestyle|styledrop]
 *           [--lambda1 X] [--lambda2 X] [--lambda-muse X] [--growth constant|linear] [--negative TEXT]
 *           [--adapter2 DIR|LORA] [--gamma X] [--prompt2 TEXT] [--n N] [--steps N] [--temperature X]
 *           [--scale N] [--seed N] [--model NAME|DIR|OWNER/NAME] [--variant fp16] [--offline]
 *           --out FILE.png
 * SECONDS   10 on 2 cores with the embedded model
 * WRITES    the picture, or FILE-1.png, FILE-2.png, ... where --n is above 1
 *
 * Without an adapter the base model draws under --lambda-muse. `--guidance styledrop` reads lambda1 as
 * lambda_A and lambda2 as lambda_B. `--negative` says what not to draw. `--adapter2` mixes an object's
 * adapter into the style of `--adapter` (StyleDrop section 3.4): --gamma is its share, and --prompt2
 * what it draws, the prompt without its style unless given. What is not given is taken from the
 * settings that suit the model.
 *
 * @module
 */
import type { Guidance } from "../lib/generate/guidance.ts";
import { generate, imageSide, type MixedObject } from "../lib/generate/pipeline.ts";
import { writeImage } from "../lib/io/image.ts";
import { loadMuse, type Muse } from "../lib/models/muse.ts";
import type { Variant } from "../lib/models/weight_files.ts";
import { parseCommand, runCommand, UsageError } from "../lib/show/command.ts";
import { enlarge } from "../lib/show/overlay.ts";
import { applyAdapter } from "../lib/style/adapters.ts";
import { withoutStyle } from "../lib/style/concepts.ts";
import { openAdapter } from "../lib/style/lora_files.ts";
import { fetchedModel, HUB_MODEL_FLAGS, startEngine } from "./model_flags.ts";
import type { StudyConfig } from "./study/presets.ts";
import { settingsOf } from "./study/settings.ts";

const FORMULAS = ["finestyle", "styledrop"] as const;
const SHOWN_SIDE = 256; // pixels that small pictures are enlarged to

/** Runs the command; throws what `runCommand` turns into one sentence. */
export async function main(args: readonly string[]): Promise<void> {
  const flags = parseCommand(args, {
    name: "generate",
    summary: "draws a prompt, in the style of an adapter",
    flags: {
      prompt: { type: "string", help: 'what to draw, ending with "in ... style"' },
      adapter: {
        type: "string",
        optional: true,
        help: "folder that personalize wrote, or a LoRA of diffusers or PEFT",
      },
      guidance: {
        ...{ type: "choice", choices: FORMULAS, default: "finestyle" },
        help: "formula with an adapter",
      },
      lambda1: { type: "number", min: 0, optional: true, help: "style guidance" },
      lambda2: { type: "number", min: 0, optional: true, help: "semantic guidance" },
      lambdaMuse: { type: "number", min: 0, optional: true, help: "guidance without an adapter" },
      growth: {
        ...{ type: "choice", choices: ["constant", "linear"], default: "constant" },
        help: "of all lambdas over the steps",
      },
      negative: { type: "string", optional: true, help: "what not to draw" },
      adapter2: { type: "string", optional: true, help: "a second adapter, of an object" },
      gamma: { type: "number", min: 0, max: 1, optional: true, help: "share of adapter2 (0.5)" },
      prompt2: { type: "string", optional: true, help: "what adapter2 draws (no style in it)" },
      n: { type: "integer", min: 1, max: 256, default: 1, help: "pictures" },
      steps: { type: "integer", min: 1, max: 256, optional: true, help: "decoding steps" },
      temperature: { type: "number", min: 0, optional: true, help: "of the tokens" },
      scale: { type: "integer", min: 1, max: 16, optional: true, help: "enlargement (to 256)" },
      out: { type: "string", help: "the PNG file to write" },
      ...HUB_MODEL_FLAGS,
    },
  });
  if (!flags.out.toLowerCase().endsWith(".png")) {
    throw new UsageError(`Cannot write "${flags.out}": --out wants a file that ends with .png`);
  }
  if (flags.prompt.trim() === "") throw new UsageError('--prompt is "", want a text');
  checkTogether(flags);
  const folder = await fetchedModel(flags);
  await startEngine(flags.engine);
  const muse = await loadMuse(folder, flags.variant as Variant);
  const { sampling, guidance } = settingsOf(muse);
  const { steps = sampling.steps, temperature = sampling.temperature } = flags;
  const adapted = flags.adapter === undefined ? undefined : await openModel(flags.adapter, muse);
  const object: MixedObject | undefined = flags.adapter2 === undefined ? undefined : {
    adapted: await openModel(flags.adapter2, muse),
    gamma: flags.gamma ?? 0.5,
    prompts: [flags.prompt2 ?? withoutStyle(flags.prompt)],
  };
  const { images } = await generate(muse, {
    ...sampling,
    ...{ steps, temperature },
    prompts: [flags.prompt],
    imagesPerPrompt: flags.n,
    seed: flags.seed,
    ...(adapted && { adapted }),
    ...(object && { object }),
    ...(flags.negative !== undefined && { negative: flags.negative }),
    guidance: chosenGuidance(flags, guidance),
  });
  const scale = flags.scale ?? Math.max(1, Math.floor(SHOWN_SIDE / imageSide(muse)));
  for (const [i, image] of images.entries()) {
    const path = images.length === 1 ? flags.out : flags.out.replace(/\.png$/i, `-${i + 1}.png`);
    await writeImage(path, enlarge(image, scale));
    console.log(path);
  }
}

/** The flags that choose the guidance. */
interface GuidanceFlags {
  readonly adapter?: string | undefined;
  readonly guidance: string;
  readonly lambda1?: number | undefined;
  readonly lambda2?: number | undefined;
  readonly lambdaMuse?: number | undefined;
  readonly growth: string;
}

/** The formula that the flags choose, with the model's own lambdas where they give none. */
export function chosenGuidance(flags: GuidanceFlags, defaults: StudyConfig["guidance"]): Guidance {
  const { finestyle, styledrop, muse } = defaults;
  const growth = flags.growth as "constant" | "linear";
  if (flags.adapter === undefined) {
    return { kind: "muse", lambda: flags.lambdaMuse ?? muse.lambda, growth };
  }
  if (flags.guidance === "styledrop") {
    const { lambda1 = styledrop.lambdaA, lambda2 = styledrop.lambdaB } = flags;
    return { kind: "styledrop", lambdaA: lambda1, lambdaB: lambda2, growth };
  }
  const { lambda1 = finestyle.lambda1, lambda2 = finestyle.lambda2 } = flags;
  return { kind: "finestyle", lambda1, lambda2, growth };
}

/** Throws where a flag would have no effect. */
function checkTogether(flags: GuidanceFlags & Partial<Record<string, unknown>>): void {
  const needs = (names: readonly string[], other: string) => {
    const given = names.find((name) => flags[name] !== undefined);
    if (given === undefined) return;
    throw new UsageError(`--${given} is given without --${other}: it would change nothing`);
  };
  if (flags.adapter === undefined) needs(["lambda1", "lambda2", "adapter2"], "adapter");
  if (flags.adapter2 === undefined) needs(["gamma", "prompt2"], "adapter2");
  if (flags.adapter !== undefined && flags.lambdaMuse !== undefined) {
    throw new UsageError("--lambda-muse is given beside --adapter, whose guidance is --lambda2");
  }
}

/** The model as an adapter changes it; the process ends before it is freed. */
async function openModel(path: string, muse: Muse) {
  return applyAdapter(await openAdapter(path, muse), muse.transformer.weights);
}

if (import.meta.main) await runCommand(() => main(Deno.args));
