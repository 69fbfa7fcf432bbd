import { TRANSFORMERS_FILE } from "./muse_files.ts";
import type { Listing } from "./model_folder.ts";
import { type Variant, weightFiles } from "./weight_files.ts";

/** Where the hub's ONNX conversions keep the two encoders. */
export const CLIP_ONNX = Object.freeze({
  image: "onnx/vision_model.onnx",
  text: "onnx/text_model.onnx",
});

/** The config of the image preprocessing; OpenAI's values are taken where it is not there. */
export const CLIP_PREPROCESSOR = "preprocessor_config.json";

const TOKENIZER_CONFIG = "tokenizer_config.json";
const SMALL_FILES: readonly string[] = [
  "config.json",
  CLIP_PREPROCESSOR,
  TOKENIZER_CONFIG,
  "tokenizer.json",
  "special_tokens_map.json",
  "vocab.json",
  "merges.txt",
];

/**
 * Picks the files of a CLIP out of a listing: its ONNX encoders where it has both, or else its
 * safetensors.
 *
 * @param paths Relative to the checkpoint, with "/".
 * @param variant The precision to prefer of safetensors.
 */
export function clipFiles(paths: readonly string[], variant: Variant = "fp32"): Listing {
  const onnx = Object.values(CLIP_ONNX);
  const converted = onnx.every((path) => paths.includes(path));
  const weights = converted ? onnx : weightFiles(paths, TRANSFORMERS_FILE, variant);
  const files = [...SMALL_FILES.filter((path) => paths.includes(path)), ...weights];
  const tokenizer = paths.includes("tokenizer.json")
    ? [TOKENIZER_CONFIG]
    : [TOKENIZER_CONFIG, "vocab.json", "merges.txt"];
  const missing = ["config.json", ...tokenizer].find((path) => !paths.includes(path)) ??
    (weights.length === 0 ? `${onnx[0]}" or "${TRANSFORMERS_FILE}` : undefined);
  return missing === undefined ? { files } : { files, missing };
}
