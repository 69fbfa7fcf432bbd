/**
 * Writes trained checkpoints as the model folder that ships: Hugging Face layout, fp16.
 *
 * @module
 */
import { writeSafetensors } from "../../lib/io/safetensors.ts";
import { writeJson } from "../../lib/io/files.ts";
import type { Tokenizer } from "../../lib/models/tokenizer.ts";
import { buildTokenizer } from "../../lib/models/tokenizer_vocabulary.ts";
import { saveMuse } from "../../lib/models/muse.ts";
import type { RawTensors } from "../../lib/models/weights.ts";
import { JUDGE_FILE, JUDGE_PARTS } from "../../lib/score/judge.ts";
import { vocabularyWords } from "../../lib/world/mod.ts";
import { JUDGE_VISION, judgeTextConfig, splitJudge } from "./judge.ts";
import { textConfig } from "./text.ts";
import { VQ } from "./patch_transform.ts";
import { UVIT } from "./generator_init.ts";

/** Tokens per prompt, padding included: the longest caption has 30. */
export const TEXT_LENGTH = 32;

/** The files of EmojiWorld's tokenizer. */
export const tokenizerFiles = () => buildTokenizer(vocabularyWords(), TEXT_LENGTH);

/** Writes generator, tokenizer and text encoder. */
export async function publishMuse(
  folder: string,
  vq: RawTensors,
  transformer: RawTensors,
  text: RawTensors,
  tokenizer: Tokenizer,
): Promise<void> {
  await saveMuse(folder, {
    transformer: { config: UVIT, tensors: transformer },
    vq: { config: VQ, tensors: vq },
    text: { config: textConfig(tokenizer), tensors: text },
    tokenizer: tokenizerFiles(),
  }, "F16");
}

/** Writes the tokenizer's files, which generator and judge share. */
async function publishTokenizer(folder: string): Promise<void> {
  await Deno.mkdir(`${folder}/tokenizer`, { recursive: true });
  for (const [name, content] of Object.entries(tokenizerFiles())) {
    await writeJson(`${folder}/tokenizer/${name}`, content);
  }
}

/** Writes the judge. */
export async function publishJudge(
  folder: string,
  joint: RawTensors,
  tokenizer: Tokenizer,
): Promise<void> {
  await publishTokenizer(folder);
  const parts = splitJudge(joint);
  const configs = {
    image: {
      architectures: ["CLIPVisionModelWithProjection"],
      model_type: "clip_vision_model",
      ...JUDGE_VISION,
    },
    text: {
      architectures: ["CLIPTextModelWithProjection"],
      model_type: "clip_text_model",
      ...judgeTextConfig(tokenizer),
    },
    heads: {
      projection_dim: JUDGE_VISION.projection_dim,
      hidden_size: JUDGE_VISION.hidden_size,
    },
  };
  for (const part of ["image", "text", "heads"] as const) {
    const at = `${folder}/${JUDGE_PARTS[part]}`;
    await Deno.mkdir(at, { recursive: true });
    await writeJson(`${at}/config.json`, configs[part]);
    const file = { tensors: parts[part], metadata: { format: "pt" } };
    await writeSafetensors(`${at}/${JUDGE_FILE}`, file, "F16");
  }
}
