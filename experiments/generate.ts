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
 * settings that suit the model, the formula from where the adapter sits: StyleDrop's for its own place.
 *
 * @module
 */
import { generate, imageSide, type MixedObject } from "../lib/generate/pipeline.ts";
import { writeImage } from "../lib/io/image.ts";
import { loadMuse } from "../lib/models/muse.ts";
import type { Variant } from "../lib/models/weight_files.ts";
import { parseCommand, runCommand, UsageError } from "../lib/show/command.ts";
import { enlarge } from "../lib/show/overlay.ts";
import { applyAdapter } from "../lib/style/adapters.ts";
import { withoutStyle } from "../lib/style/concepts.ts";
import { openAdapter } from "../lib/style/lora_files.ts";
import { chosenGuidance, GUIDANCE_FLAGS, type GuidanceFlags } from "./guidance_flags.ts";
import { fetchedModel, HUB_MODEL_FLAGS, startEngine } from "./model_flags.ts";
import { settingsOf } from "./study/settings.ts";

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
      ...GUIDANCE_FLAGS,
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
  const adapter = flags.adapter === undefined ? undefined : await openAdapter(flags.adapter, muse);
  const adapted = adapter && applyAdapter(adapter, muse.transformer.weights);
  const object: MixedObject | undefined = flags.adapter2 === undefined ? undefined : {
    adapted: applyAdapter(await openAdapter(flags.adapter2, muse), muse.transformer.weights),
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
    guidance: chosenGuidance(flags, guidance, adapter?.config),
  });
  const scale = flags.scale ?? Math.max(1, Math.floor(SHOWN_SIDE / imageSide(muse)));
  for (const [i, image] of images.entries()) {
    const path = images.length === 1 ? flags.out : flags.out.replace(/\.png$/i, `-${i + 1}.png`);
    await writeImage(path, enlarge(image, scale));
    console.log(path);
  }
}

/** Throws where a flag would have no effect. */
function checkTogether(
  flags: GuidanceFlags & Partial<Record<"adapter" | "adapter2" | "gamma" | "prompt2", unknown>>,
): void {
  const needs = (names: readonly (keyof typeof flags)[], other: string) => {
    const given = names.find((name) => flags[name] !== undefined);
    if (given === undefined) return;
    throw new UsageError(`--${given} is given without --${other}: it would change nothing`);
  };
  if (flags.adapter === undefined) needs(["guidance", "lambda1", "lambda2", "adapter2"], "adapter");
  if (flags.adapter2 === undefined) needs(["gamma", "prompt2"], "adapter2");
  if (flags.adapter !== undefined && flags.lambdaMuse !== undefined) {
    throw new UsageError("--lambda-muse is given beside --adapter, whose guidance is --lambda2");
  }
}

if (import.meta.main) await runCommand(() => main(Deno.args));
