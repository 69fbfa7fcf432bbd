import type { Listing } from "./model_folder.ts";
import { type Variant, weightFiles } from "./weight_files.ts";

/** The weights of a diffusers model. */
export const DIFFUSERS_FILE = "diffusion_pytorch_model.safetensors";
/** The weights of a transformers model. */
export const TRANSFORMERS_FILE = "model.safetensors";

const PARTS = {
  transformer: DIFFUSERS_FILE,
  vqvae: DIFFUSERS_FILE,
  text_encoder: TRANSFORMERS_FILE,
};

/** Small files that are taken where they exist. */
const SMALL_FILES: readonly string[] = [
  "model_index.json",
  "scheduler/scheduler_config.json",
  ...Object.keys(PARTS).map((part) => `${part}/config.json`),
  "tokenizer/tokenizer.json",
  "tokenizer/tokenizer_config.json",
  "tokenizer/special_tokens_map.json",
  "tokenizer/vocab.json",
  "tokenizer/merges.txt",
];

/**
 * Picks the files of an aMUSEd checkpoint out of a listing: configs, tokenizer, scheduler and one
 * variant of weights.
 *
 * @param paths Relative to the checkpoint, with "/".
 * @param variant The precision to prefer; see `weightFiles`.
 */
export function museFiles(paths: readonly string[], variant: Variant = "fp32"): Listing {
  const files = SMALL_FILES.filter((path) => paths.includes(path));
  const missing: string[] = [];
  for (const [part, file] of Object.entries(PARTS)) {
    if (!files.includes(`${part}/config.json`)) missing.push(`${part}/config.json`);
    const prefix = `${part}/`;
    const names = paths.filter((path) => path.startsWith(prefix)).map((p) =>
      p.slice(prefix.length)
    );
    const weights = weightFiles(names, file, variant);
    if (weights.length === 0) missing.push(prefix + file);
    files.push(...weights.map((name) => prefix + name));
  }
  missing.push(...tokenizerGap(paths));
  return missing[0] === undefined ? { files } : { files, missing: missing[0] };
}

/** A tokenizer is its config and `tokenizer.json`, or the two files of the slow tokenizer. */
function tokenizerGap(paths: readonly string[]): string[] {
  const fast = ["tokenizer/tokenizer_config.json", "tokenizer/tokenizer.json"];
  const slow = [fast[0]!, "tokenizer/vocab.json", "tokenizer/merges.txt"];
  const needed = paths.includes(fast[1]!) ? fast : slow;
  return needed.filter((path) => !paths.includes(path));
}
