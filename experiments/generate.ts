/**
 * Pictures of a prompt, in the style of an adapter that `personalize` made, or of a LoRA that diffusers
 * or PEFT made for this model.
 *
 * COMMAND   deno task generate --prompt TEXT [--adapter DIR|LORA] [--lambda1 X] [--lambda2 X] [--n N]
 *           [--steps N] [--temperature X] [--scale N] [--seed N]
 *           [--model NAME|DIR|OWNER/NAME] [--variant fp16] [--offline] --out FILE.png
 * SECONDS   10 on 2 cores with the embedded model
 * WRITES    the picture, or FILE-1.png, FILE-2.png, ... where --n is above 1
 *
 * Without an adapter the base model draws: lambda2 is then its guidance, and lambda1 unused. What is
 * not given is taken from the settings that suit the model.
 *
 * @module
 */
import { generate, imageSide } from "../lib/generate/pipeline.ts";
import { writeImage } from "../lib/io/image.ts";
import { loadMuse } from "../lib/models/muse.ts";
import type { Variant } from "../lib/models/weight_files.ts";
import { parseCommand, runCommand, UsageError } from "../lib/show/command.ts";
import { enlarge } from "../lib/show/overlay.ts";
import { applyAdapter } from "../lib/style/adapters.ts";
import { openAdapter } from "../lib/style/lora_files.ts";
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
      lambda1: { type: "number", min: 0, optional: true, help: "style guidance" },
      lambda2: { type: "number", min: 0, optional: true, help: "semantic guidance" },
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
  const folder = await fetchedModel(flags);
  await startEngine(flags.engine);
  const muse = await loadMuse(folder, flags.variant as Variant);
  const { sampling, guidance } = settingsOf(muse);
  const { steps = sampling.steps, temperature = sampling.temperature } = flags;
  const options = {
    ...sampling,
    ...{ steps, temperature },
    prompts: [flags.prompt],
    imagesPerPrompt: flags.n,
    seed: flags.seed,
  };
  const { lambda1 = guidance.finestyle.lambda1, lambda2 = guidance.finestyle.lambda2 } = flags;
  const adapter = flags.adapter === undefined ? undefined : await openAdapter(flags.adapter, muse);
  const adapted = adapter && applyAdapter(adapter, muse.transformer.weights);
  const { images } = await generate(muse, {
    ...options,
    ...(adapted && { adapted }),
    guidance: adapted
      ? { kind: "finestyle", lambda1, lambda2 }
      : { kind: "muse", lambda: flags.lambda2 ?? guidance.muse.lambda },
  });
  const scale = flags.scale ?? Math.max(1, Math.floor(SHOWN_SIDE / imageSide(muse)));
  for (const [i, image] of images.entries()) {
    const path = images.length === 1 ? flags.out : flags.out.replace(/\.png$/i, `-${i + 1}.png`);
    await writeImage(path, enlarge(image, scale));
    console.log(path);
  }
}

if (import.meta.main) await runCommand(() => main(Deno.args));
