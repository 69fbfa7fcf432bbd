import { readJson } from "../io/files.ts";
import type { Image } from "../io/image.ts";
import { CLIP_PREPROCESSOR } from "../models/clip_files.ts";
import {
  clipPixels,
  type ClipPreprocessing,
  clipPreprocessing,
  type PreprocessorFile,
} from "../models/clip_preprocess.ts";
import { loadTokenizer, type Tokenizer } from "../models/tokenizer.ts";
import {
  clipConfig,
  type ClipEncoders,
  type ClipFile,
  hasOnnx,
  onnxEncoders,
  tensorEncoders,
} from "./clip_encoders.ts";
import type { Scorer } from "./scorer.ts";

const BATCH = 16;

/** A CLIP of the Hugging Face hub as a scorer. */
export class ClipScorer implements Scorer {
  constructor(
    readonly encoders: ClipEncoders,
    readonly tokenizer: Tokenizer,
    readonly preprocessing: ClipPreprocessing,
  ) {}

  /** Unit vectors, one per image of any size. */
  embedImages(images: readonly Image[]): Promise<Float32Array[]> {
    return inBatches(images, (batch) => {
      const parts = batch.map((image) => clipPixels(image, this.preprocessing));
      const pixels = new Float32Array(parts.length * parts[0]!.length);
      parts.forEach((part, i) => pixels.set(part, i * part.length));
      return this.encoders.images(pixels, batch.length);
    });
  }

  /** Unit vectors, one per text; a text of more tokens than the encoder reads is cut. */
  embedTexts(texts: readonly string[]): Promise<Float32Array[]> {
    return inBatches(
      texts,
      (batch) => this.encoders.texts(this.tokenizer.encode(batch), batch.length),
    );
  }

  /** Frees the weights. */
  async dispose(): Promise<void> {
    await this.encoders.dispose();
  }
}

/**
 * Loads a CLIP from a folder as the hub has it: `config.json`, the tokenizer's files, perhaps
 * `preprocessor_config.json`, and `onnx/vision_model.onnx` with `onnx/text_model.onnx` or else
 * `model.safetensors`.
 *
 * @throws {RangeError} If the config is another model's or cannot be run.
 * @throws {TypeError} If the weights are missing or do not fit the config.
 */
export async function loadClipScorer(folder: string): Promise<ClipScorer> {
  const file = await readJson<ClipFile>(`${folder}/config.json`);
  if (file.model_type !== "clip") {
    throw new RangeError(
      `Cannot load "${folder}/config.json": "model_type" is "${file.model_type}" but "clip" is wanted`,
    );
  }
  const config = clipConfig(file);
  const preprocessor = await readJson<PreprocessorFile>(`${folder}/${CLIP_PREPROCESSOR}`)
    .catch((error) => {
      if (error instanceof Deno.errors.NotFound) return {};
      throw error;
    });
  const preprocessing = clipPreprocessing(preprocessor, config.vision.image_size);
  const tokenizer = await loadTokenizer(folder, config.text.max_position_embeddings);
  const encoders = await hasOnnx(folder)
    ? await onnxEncoders(folder, config)
    : await tensorEncoders(folder);
  return new ClipScorer(encoders, tokenizer, preprocessing);
}

/** One unit vector per item, computed {@linkcode BATCH} items at a time. */
async function inBatches<T>(
  items: readonly T[],
  embed: (batch: readonly T[]) => Promise<Float32Array>,
): Promise<Float32Array[]> {
  const rows: Float32Array[] = [];
  for (let from = 0; from < items.length; from += BATCH) {
    const batch = items.slice(from, from + BATCH);
    const values = await embed(batch);
    const width = values.length / batch.length;
    batch.forEach((_, i) => rows.push(unit(values.slice(i * width, (i + 1) * width))));
  }
  return rows;
}

function unit(vector: Float32Array): Float32Array {
  const length = Math.hypot(...vector);
  return vector.map((x) => x / length);
}
