import { generate } from "../../lib/generate/pipeline.ts";
import { HubError } from "../../lib/io/hub_error.ts";
import type { Image } from "../../lib/io/image.ts";
import { modelFolder } from "../../lib/models/model_folder.ts";
import { loadMuse } from "../../lib/models/muse.ts";
import { settingsOf } from "../study/settings.ts";

/** What to do where a model of the hub is not on this machine; undefined where it is. */
export async function absenceOf(model: string): Promise<string | undefined> {
  try {
    await modelFolder(model, { offline: true });
  } catch (error) {
    if (!(error instanceof HubError)) throw error;
    return `**${model} is not on this machine.** This fetches it (1.7 GB) and draws a picture:\n\n` +
      "```sh\n" +
      `deno task generate --model ${model} --variant fp16 ` +
      '--prompt "a mountain lake, in watercolor painting style" --out lake.png\n```';
  }
}

/** One picture of a prompt by the model in a folder, under the settings that suit it. */
export async function drawWith(folder: string, prompt: string): Promise<Image> {
  const muse = await loadMuse(folder, "fp16");
  try {
    const { sampling, guidance } = settingsOf(muse);
    const { images } = await generate(muse, {
      ...sampling,
      prompts: [prompt],
      guidance: guidance.muse,
    });
    return images[0]!;
  } finally {
    muse.dispose();
  }
}
