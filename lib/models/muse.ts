import * as tf from "@tensorflow/tfjs";
import { readJson, writeAtomic } from "../io/files.ts";
import { fromTensor, type Image, toTensor } from "../io/image.ts";
import { writeSafetensors } from "../io/safetensors.ts";
import { SafetensorsReader } from "../io/safetensors_reader.ts";
import { clipText, type ClipTextConfig, clipTextConfig, clipTextShapes } from "./clip.ts";
import { DIFFUSERS_FILE, TRANSFORMERS_FILE } from "./muse_files.ts";
import { loadTokenizer, type Tokenizer } from "./tokenizer.ts";
import type { TokenizerFiles } from "./tokenizer_vocabulary.ts";
import { maskToken, type TextEncoding, type UVitConfig, uvitConfig, uvitShapes } from "./uvit.ts";
import { type VQConfig, vqConfig, vqDecode, vqEncode, vqShapes } from "./vq.ts";
import { type Variant, weightFiles } from "./weight_files.ts";
import { checkShapes, disposeWeights, type RawTensors, type Shapes } from "./weights.ts";

/** A model: its config and its tensors. */
export interface Model<C> {
  readonly config: C;
  /** A map that training may fill with variables. */
  readonly weights: Map<string, tf.Tensor>;
  /** The files the weights came from, if they came from files. */
  readonly files?: readonly string[];
}

/** The parts of a checkpoint outside any engine, as {@linkcode saveMuse} writes them. */
export interface MuseParts {
  readonly transformer: { readonly config: UVitConfig; readonly tensors: RawTensors };
  readonly vq: { readonly config: VQConfig; readonly tensors: RawTensors };
  readonly text: { readonly config: ClipTextConfig; readonly tensors: RawTensors };
  readonly tokenizer: TokenizerFiles;
}

/** Buffers that old CLIP checkpoints store beside their weights. */
const CLIP_BUFFERS = /\.position_ids$/;
/** Prompts encoded at once. */
const TEXT_BATCH = 64;
/** Images encoded or decoded at once. */
const IMAGE_BATCH = 16;

/** An open Muse (aMUSEd): text encoder, image tokenizer and token transformer. */
export class Muse {
  constructor(
    readonly folder: string,
    readonly transformer: Model<UVitConfig>,
    readonly vq: Model<VQConfig>,
    readonly text: Model<ClipTextConfig>,
    readonly tokenizer: Tokenizer,
  ) {}

  /**
   * Encodes prompts, each different one once.
   *
   * @returns `[B, T, E]` and `[B, P]`, in the order of the texts; the caller disposes both.
   */
  encodeText(texts: readonly string[]): TextEncoding {
    const distinct = [...new Set(texts)];
    return tf.tidy(() => {
      const parts: TextEncoding[] = [];
      for (let i = 0; i < distinct.length; i += TEXT_BATCH) {
        const batch = distinct.slice(i, i + TEXT_BATCH);
        const shape: [number, number] = [batch.length, this.tokenizer.length];
        const ids = tf.tensor2d(this.tokenizer.encode(batch), shape, "int32");
        parts.push(clipText(this.text.weights, this.text.config, ids));
      }
      const sequence = tf.concat(parts.map((part) => part.sequence));
      const pooled = tf.concat(parts.map((part) => part.pooled));
      if (distinct.length === texts.length) return { sequence, pooled };
      const rows = tf.tensor1d(texts.map((text) => distinct.indexOf(text)), "int32");
      return { sequence: tf.gather(sequence, rows), pooled: tf.gather(pooled, rows) };
    }) as unknown as TextEncoding;
  }

  /** Encodes images to tokens `[B, L]` int32, row-major; the caller disposes them. */
  encodeImage(images: readonly Image[]): tf.Tensor2D {
    return tf.tidy(() => {
      const parts: tf.Tensor2D[] = [];
      for (let i = 0; i < images.length; i += IMAGE_BATCH) {
        const pixels = toTensor(images.slice(i, i + IMAGE_BATCH));
        parts.push(vqEncode(this.vq.weights, this.vq.config, pixels));
      }
      return tf.concat(parts);
    });
  }

  /** Decodes tokens `[B, L]` int32 to images. */
  async decodeImage(ids: tf.Tensor2D): Promise<Image[]> {
    const images: Image[] = [];
    const [count, length] = ids.shape;
    for (let i = 0; i < count; i += IMAGE_BATCH) {
      const pixels = tf.tidy(() => {
        const part = tf.slice(ids, [i, 0], [Math.min(IMAGE_BATCH, count - i), length]);
        return vqDecode(this.vq.weights, this.vq.config, part);
      });
      images.push(...await fromTensor(pixels));
      pixels.dispose();
    }
    return images;
  }

  /** Disposes the weights of all parts. */
  dispose(): void {
    for (const part of [this.transformer, this.vq, this.text]) disposeWeights(part.weights);
  }
}

/**
 * Loads a checkpoint folder in aMUSEd's layout, as diffusers and transformers write it:
 * `transformer/`, `vqvae/`, `text_encoder/` and `tokenizer/`, each model in one safetensors file or
 * in shards.
 *
 * @param variant The precision to prefer where a folder has both; all is computed in fp32.
 * @throws {TypeError} If a config is another architecture's, or a file does not hold exactly the
 * tensors its config wants.
 * @throws {RangeError} If the parts do not fit together.
 */
export async function loadMuse(folder: string, variant?: Variant): Promise<Muse> {
  const at = (sub: string) => `${folder}/${sub}`;
  const transformer = await loadModel(at("transformer"), {
    ...{ file: DIFFUSERS_FILE, architecture: "UVit2DModel", variant },
    ...{ complete: uvitConfig, shapesOf: uvitShapes },
  });
  const vq = await loadModel(at("vqvae"), {
    ...{ file: DIFFUSERS_FILE, architecture: "VQModel", variant },
    ...{ complete: vqConfig, shapesOf: vqShapes },
  });
  const text = await loadModel(at("text_encoder"), {
    ...{ file: TRANSFORMERS_FILE, architecture: "CLIPTextModelWithProjection", variant },
    ...{ complete: clipTextConfig, shapesOf: clipTextShapes, ignore: CLIP_BUFFERS },
  });
  const tokenizer = await loadTokenizer(at("tokenizer"));
  checkFit(folder, transformer.config, vq.config, text.config, tokenizer);
  return new Muse(folder, transformer, vq, text, tokenizer);
}

/** Throws `RangeError` where two parts of a checkpoint contradict each other. */
function checkFit(
  folder: string,
  uvit: UVitConfig,
  vq: VQConfig,
  text: ClipTextConfig,
  tokenizer: Tokenizer,
): void {
  const refuse = (one: string, other: string) => {
    throw new RangeError(`Cannot load "${folder}": ${one} but ${other}`);
  };
  const same = (sub: string, key: string, found: number, sub2: string, key2: string, n: number) => {
    if (found !== n) refuse(`"${key}" of "${sub}" is ${found}`, `"${key2}" of "${sub2}" is ${n}`);
  };
  const { codebook_size, encoder_hidden_size, cond_embed_dim } = uvit;
  const { num_vq_embeddings } = vq, { hidden_size, projection_dim } = text;
  same(
    "transformer",
    "codebook_size",
    codebook_size,
    "vqvae",
    "num_vq_embeddings",
    num_vq_embeddings,
  );
  same(
    "transformer",
    "encoder_hidden_size",
    encoder_hidden_size,
    "text_encoder",
    "hidden_size",
    hidden_size,
  );
  same(
    "transformer",
    "cond_embed_dim",
    cond_embed_dim,
    "text_encoder",
    "projection_dim",
    projection_dim,
  );
  if (tokenizer.size > text.vocab_size) {
    refuse(
      `the tokenizer has ${tokenizer.size} tokens`,
      `"vocab_size" of "text_encoder" is ${text.vocab_size}`,
    );
  }
  if (tokenizer.length > text.max_position_embeddings) {
    refuse(
      `the tokenizer gives ${tokenizer.length} tokens`,
      `"text_encoder" reads ${text.max_position_embeddings}`,
    );
  }
}

/** How one model lies in its folder. */
export interface ModelLayout<C> {
  /** The weights' file in full precision; see `weightFiles`. */
  readonly file: string;
  /** What `_class_name` or `architectures` of the config must name, where it has them. */
  readonly architecture?: string;
  /** Fills in what a config leaves out. */
  readonly complete: (partial: Partial<C>) => C;
  readonly shapesOf: (config: C) => Shapes;
  /** Tensors that may be there without being wanted. */
  readonly ignore?: RegExp;
  readonly variant?: Variant | undefined;
}

/**
 * Loads one model: `config.json` and its weights. Tensors are read one at a time.
 *
 * @throws {TypeError} If the config is another architecture's, the weights are missing, or they do
 * not hold exactly the tensors the config wants.
 */
export async function loadModel<C>(folder: string, layout: ModelLayout<C>): Promise<Model<C>> {
  const partial = await readJson<Partial<C>>(`${folder}/config.json`);
  if (layout.architecture !== undefined) {
    checkArchitecture(`${folder}/config.json`, partial, layout.architecture);
  }
  const config = layout.complete(partial);
  const names = await Array.fromAsync(Deno.readDir(folder), ({ name }) => name);
  const files = weightFiles(names, layout.file, layout.variant).map((name) => `${folder}/${name}`);
  if (files.length === 0) {
    throw new TypeError(`Cannot load "${folder}": it has no complete "${layout.file}"`);
  }
  using reader = await SafetensorsReader.open(files);
  const shapes = layout.shapesOf(config);
  const file = files.length === 1 ? files[0]! : `${folder}/${layout.file}`;
  checkShapes(file, reader.entries, shapes, layout.ignore);
  const weights = new Map<string, tf.Tensor>();
  for (const [name, shape] of shapes) weights.set(name, tf.tensor(await reader.read(name), shape));
  return { config, weights, files };
}

/** Throws `TypeError` where a config names another architecture than is loaded. */
function checkArchitecture(path: string, config: object, wanted: string): void {
  const { _class_name, architectures } = config as Record<string, unknown>;
  const [key, found] = _class_name === undefined
    ? ["architectures", Array.isArray(architectures) ? architectures[0] : undefined]
    : ["_class_name", _class_name];
  if (found === undefined || found === wanted) return;
  throw new TypeError(`Cannot load "${path}": "${key}" is "${found}" but "${wanted}" is wanted`);
}

/** Writes a checkpoint folder that {@linkcode loadMuse} and diffusers' `AmusedPipeline` read. */
export async function saveMuse(
  folder: string,
  parts: MuseParts,
  dtype: "F16" | "F32" = "F32",
): Promise<void> {
  const { transformer, vq, text, tokenizer } = parts;
  const json: Record<string, object> = {
    "model_index.json": MODEL_INDEX,
    "scheduler/scheduler_config.json": {
      _class_name: "AmusedScheduler",
      mask_token_id: maskToken(transformer.config),
      masking_schedule: "cosine",
    },
    "transformer/config.json": { _class_name: "UVit2DModel", ...transformer.config },
    "vqvae/config.json": { _class_name: "VQModel", ...vq.config, ...vqPythonKeys(vq.config) },
    "text_encoder/config.json": {
      architectures: ["CLIPTextModelWithProjection"],
      model_type: "clip_text_model",
      ...text.config,
    },
  };
  for (const [name, content] of Object.entries(tokenizer)) json[`tokenizer/${name}`] = content;
  for (const sub of ["transformer", "vqvae", "text_encoder", "tokenizer", "scheduler"]) {
    await Deno.mkdir(`${folder}/${sub}`, { recursive: true });
  }
  for (const [path, content] of Object.entries(json)) {
    await writeAtomic(`${folder}/${path}`, JSON.stringify(content, null, 2) + "\n");
  }
  const save = (path: string, tensors: RawTensors) =>
    writeSafetensors(`${folder}/${path}`, { tensors, metadata: { format: "pt" } }, dtype);
  await save(`transformer/${DIFFUSERS_FILE}`, transformer.tensors);
  await save(`vqvae/${DIFFUSERS_FILE}`, vq.tensors);
  await save(`text_encoder/${TRANSFORMERS_FILE}`, text.tensors);
}

/** Keys of `VQModel` that only diffusers needs: this package knows one kind of block. */
function vqPythonKeys(config: VQConfig): object {
  const each = (block: string) => config.block_out_channels.map(() => block);
  return {
    down_block_types: each("DownEncoderBlock2D"),
    up_block_types: each("UpDecoderBlock2D"),
    lookup_from_codebook: true,
  };
}

/** diffusers' table of contents of an aMUSEd checkpoint. */
const MODEL_INDEX = Object.freeze({
  _class_name: "AmusedPipeline",
  scheduler: ["diffusers", "AmusedScheduler"],
  text_encoder: ["transformers", "CLIPTextModelWithProjection"],
  tokenizer: ["transformers", "CLIPTokenizer"],
  transformer: ["diffusers", "UVit2DModel"],
  vqvae: ["diffusers", "VQModel"],
});
