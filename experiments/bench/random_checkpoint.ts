/**
 * Writes a checkpoint in the shapes of aMUSEd with random weights, to time what the published one
 * would take.
 *
 * COMMAND   deno task random-checkpoint --shape amused-256|amused-512 --out DIR [--half]
 * MINUTES   4
 * WRITES    DIR in the layout of diffusers: 3.5 GB, or 1.7 GB with --half
 *
 * What it draws is noise; its tokenizer knows EmojiWorld's words only.
 *
 * @module
 */
import { Random } from "../../lib/engine/random.ts";
import { clipTextConfig, initClipText } from "../../lib/models/clip.ts";
import { saveMuse } from "../../lib/models/muse.ts";
import { Tokenizer } from "../../lib/models/tokenizer.ts";
import { buildTokenizer } from "../../lib/models/tokenizer_vocabulary.ts";
import { AMUSED_256, AMUSED_512, initUVit } from "../../lib/models/uvit.ts";
import { AMUSED_VQ, initVq } from "../../lib/models/vq.ts";
import { parseCommand, runCommand } from "../../lib/show/command.ts";
import { vocabularyWords } from "../../lib/world/mod.ts";

const SHAPES = { "amused-256": AMUSED_256, "amused-512": AMUSED_512 } as const;

/** Text encoder of CLIP ViT-L/14, which aMUSEd has. */
const CLIP_L = { hidden_size: 768, intermediate_size: 3072, num_attention_heads: 12 };

/** Runs the command; throws what `runCommand` turns into one sentence. */
export async function main(args: readonly string[]): Promise<void> {
  const { shape, out, half } = parseCommand(args, {
    name: "random-checkpoint",
    summary: "writes random weights in the shapes of aMUSEd",
    flags: {
      shape: { type: "choice", choices: Object.keys(SHAPES), help: "whose shapes" },
      out: { type: "string", help: "folder to write" },
      half: { type: "boolean", help: "in 16 bits instead of 32" },
    },
  });
  const config = SHAPES[shape as keyof typeof SHAPES];
  const random = new Random(0);
  const tokenizer = buildTokenizer(vocabularyWords());
  const { size } = new Tokenizer(tokenizer["tokenizer.json"], { model_max_length: 77 });
  const text = clipTextConfig({ ...CLIP_L, projection_dim: 768, eos_token_id: size - 1 });
  await saveMuse(out, {
    transformer: { config, tensors: initUVit(config, random.split("transformer")) },
    vq: { config: AMUSED_VQ, tensors: initVq(AMUSED_VQ, random.split("vq")) },
    text: { config: text, tensors: initClipText(text, random.split("text")) },
    tokenizer,
  }, half ? "F16" : "F32");
  console.log(out);
}

if (import.meta.main) await runCommand(() => main(Deno.args));
