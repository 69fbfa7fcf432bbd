import * as tf from "@tensorflow/tfjs";
import type { Random } from "../engine/random.ts";
import { writeJson } from "../io/files.ts";
import { writeSafetensors } from "../io/safetensors.ts";
import { shownValue } from "../io/shown.ts";
import { attend, splitHeads } from "./attention.ts";
import { halve } from "./convolution.ts";
import type { Hooks } from "./hooks.ts";
import { embedding, gelu, layerNorm, linear, rmsNorm } from "./layers.ts";
import { loadModel, type Model } from "./muse.ts";
import { TRANSFORMERS_FILE } from "./muse_files.ts";
import type { UVitConfig } from "./uvit.ts";
import { initTensors, type RawTensors, type Shapes, weight, type Weights } from "./weights.ts";

/** Where an IP-Adapter lies in a model's folder. */
export const IP_ADAPTER_FOLDER = "ip_adapter";

/** The keys of `ip_adapter/config.json`: the sizes of an IP-Adapter, and of the model it is for. */
export interface IpAdapterConfig {
  /** Image tokens `N`, the square of a whole number. */
  readonly num_image_tokens: number;
  /** Width of the projector's patches, `W`. */
  readonly projector_dim: number;
  /** Codes of the image tokenizer. */
  readonly codebook_size: number;
  /** Width of a code's embedding, `E`: that of the generator's token embedding. */
  readonly code_embed_dim: number;
  /** Side of the token grid. */
  readonly sample_size: number;
  /** Width of what cross-attention reads, `D`. */
  readonly cross_attention_dim: number;
  readonly num_hidden_layers: number;
  /** SHA-256 of the generator's weights that it was trained beside; nothing is computed from it. */
  readonly transformer_sha256?: string;
}

/** Keys and values of image tokens by attention, `[B, H, N, d]` each. */
export type ImageKeys = ReadonlyMap<
  string,
  { readonly k: tf.Tensor4D; readonly v: tf.Tensor4D }
>;

/** The config of an IP-Adapter for a model: at most 4 x 4 image tokens, patches as wide as its text. */
export function ipAdapterConfig(uvit: UVitConfig): IpAdapterConfig {
  return {
    num_image_tokens: Math.min(4, Math.floor(uvit.sample_size / 2)) ** 2,
    projector_dim: uvit.hidden_size,
    ...sizesOf(uvit),
  };
}

/** The keys that the model decides, each with the key of `transformer/config.json` that it equals. */
const MODEL_KEYS = {
  codebook_size: "codebook_size",
  code_embed_dim: "in_channels",
  sample_size: "sample_size",
  cross_attention_dim: "hidden_size",
  num_hidden_layers: "num_hidden_layers",
} as const satisfies Partial<Record<keyof IpAdapterConfig, keyof UVitConfig>>;

type ModelKey = keyof typeof MODEL_KEYS;

function sizesOf(uvit: UVitConfig): Pick<IpAdapterConfig, ModelKey> {
  const entries = Object.entries(MODEL_KEYS).map(([key, theirs]) => [key, uvit[theirs]]);
  return Object.fromEntries(entries);
}

/** The shape of every tensor, by the names of the authors' checkpoints where they have one. */
export function ipAdapterShapes(config: IpAdapterConfig): Shapes {
  const { projector_dim: inner, code_embed_dim: embed, cross_attention_dim: width } = config;
  const shapes: Shapes = new Map([
    ["image_proj.embeddings.weight", [config.codebook_size, embed]],
    ["image_proj.patch.weight", [inner, embed, 2, 2]],
    ["image_proj.patch.bias", [inner]],
    ["image_proj.proj.weight", [width, inner]],
    ["image_proj.proj.bias", [width]],
    ["image_proj.norm.weight", [width]],
    ["image_proj.norm.bias", [width]],
  ]);
  for (let i = 0; i < config.num_hidden_layers; i++) {
    for (const part of ["to_k_ip", "to_v_ip"]) {
      shapes.set(`ip_adapter.${i}.${part}.weight`, [width, width]);
    }
  }
  return shapes;
}

/**
 * An IP-Adapter to train: each layer's kernels are copies of its `to_k` and `to_v` (Ye et al. 2023),
 * the codes' embeddings those that the generator reads.
 *
 * @param generator The weights of the model's transformer.
 */
export async function initIpAdapter(
  config: IpAdapterConfig,
  generator: Weights,
  uvit: UVitConfig,
  random: Random,
): Promise<RawTensors> {
  const raw = initTensors(ipAdapterShapes(config), random, (name, shape) => {
    if (name.endsWith(".bias")) return { fill: 0 };
    if (shape.length === 1) return { fill: 1 };
    return 1 / Math.sqrt(shape.slice(1).reduce((a, b) => a * b, 1));
  });
  const copy = async (name: string, tensor: tf.Tensor) => {
    raw.get(name)!.data.set(await tensor.data() as Float32Array);
  };
  for (let i = 0; i < config.num_hidden_layers; i++) {
    for (const part of ["to_k", "to_v"]) {
      const own = weight(generator, `transformer_layers.${i}.attn2.${part}.weight`);
      await copy(`ip_adapter.${i}.${part}_ip.weight`, own);
    }
  }
  const codes = tf.tidy(() => {
    const rows = weight(generator, "embed.embeddings.weight") as tf.Tensor2D;
    const read = rmsNorm(generator, "embed.layer_norm", rows, uvit.layer_norm_eps);
    return tf.slice(read, [0, 0], [config.codebook_size, -1]);
  });
  await copy("image_proj.embeddings.weight", codes);
  codes.dispose();
  return raw;
}

/**
 * Image tokens c_img by the projector: embedded codes, patches of 2 x 2 with GELU, their mean in each
 * cell of a coarse grid, a linear layer and LayerNorm.
 *
 * @param ids `[B, L]` int32, row-major on the model's grid.
 * @param seen `[B, 1]`, 0 where the projector is given zeros instead: the zero image that stands for
 * no image.
 * @returns `[B, N, D]`
 */
export function imageTokens(
  weights: Weights,
  config: IpAdapterConfig,
  ids: tf.Tensor2D,
  seen?: tf.Tensor2D,
): tf.Tensor3D {
  return tf.tidy(() => {
    const batch = ids.shape[0], side = config.sample_size, embed = config.code_embed_dim;
    const cells = Math.sqrt(config.num_image_tokens), patches = side / 2 / cells;
    let x = embedding(weight(weights, "image_proj.embeddings.weight"), ids); // [B, L, E]
    if (seen) x = tf.mul(x, tf.expandDims(seen, 2));
    const grid = tf.reshape(x, [batch, side, side, embed]) as tf.Tensor4D;
    const y = gelu(halve(weights, "image_proj.patch", grid)); // [B, side/2, side/2, W]
    const split = tf.reshape(y, [batch, cells, patches, cells, patches, config.projector_dim]);
    const pooled = tf.reshape(tf.mean(split, [2, 4]), [batch, cells * cells, -1]); // [B, N, W]
    const projected = linear(weights, "image_proj.proj", pooled as tf.Tensor3D);
    return layerNorm(weights, "image_proj.norm", projected, 1e-5);
  });
}

/** Keys `c_img W'_k` and values `c_img W'_v` of image tokens `[B, N, D]` for every layer. */
export function imageKeys(
  weights: Weights,
  config: IpAdapterConfig,
  tokens: tf.Tensor3D,
  heads: number,
): ImageKeys {
  const project = (i: number, part: string) =>
    splitHeads(linear(weights, `ip_adapter.${i}.${part}`, tokens), heads);
  return new Map(Array.from({ length: config.num_hidden_layers }, (_, i) => [
    `transformer_layers.${i}.attn2`,
    { k: project(i, "to_k_ip"), v: project(i, "to_v_ip") },
  ]));
}

/**
 * Decoupled cross-attention: `softmax(q kᵀ/√d) v + scale · softmax(q k'ᵀ/√d) v'`, before the output
 * projection (Ye et al. 2023, eq. 5; method.md 4.2).
 *
 * @param keys Of the attentions that read the image; those of one image serve every batch.
 */
export function decoupledAttention(keys: ImageKeys, scale: number): Hooks {
  return {
    attention(module, q, k, v) {
      const image = keys.get(module);
      if (!image) return attend(q, k, v);
      const times = q.shape[0] / image.k.shape[0];
      const rows = (x: tf.Tensor4D) => times === 1 ? x : tf.tile(x, [times, 1, 1, 1]);
      const read = attend(q, rows(image.k), rows(image.v));
      return tf.add(attend(q, k, v), tf.mul(read, scale));
    },
  };
}

/**
 * Loads the IP-Adapter of a model's folder.
 *
 * @param folder The model's folder.
 * @param uvit The model that it must fit.
 * @throws {TypeError} If the folder has none, or its file does not hold exactly the tensors wanted.
 * @throws {RangeError} If it was made for a model of other sizes.
 */
export async function loadIpAdapter(
  folder: string,
  uvit: UVitConfig,
): Promise<Model<IpAdapterConfig>> {
  const at = `${folder}/${IP_ADAPTER_FOLDER}`;
  const layout = {
    file: TRANSFORMERS_FILE,
    complete: (partial: Partial<IpAdapterConfig>) => fitting(at, { ...partial }, uvit),
    shapesOf: ipAdapterShapes,
  };
  return await loadModel(at, layout).catch((error) => {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw new TypeError(
      `Cannot run IP-Adapter on "${folder}": the model has no "${IP_ADAPTER_FOLDER}/config.json"`,
    );
  });
}

/** A stored config; throws `RangeError` unless it fits the model. */
function fitting(
  folder: string,
  config: Partial<IpAdapterConfig>,
  uvit: UVitConfig,
): IpAdapterConfig {
  const refuse = (key: string, wanted: string) => {
    const found = shownValue(config[key as keyof IpAdapterConfig]);
    throw new RangeError(
      `Cannot load "${folder}/config.json": "${key}" is ${found} but ${wanted}`,
    );
  };
  for (const [key, wanted] of Object.entries(sizesOf(uvit))) {
    if (config[key as ModelKey] === wanted) continue;
    refuse(key, `"${MODEL_KEYS[key as ModelKey]}" of "transformer" is ${wanted}`);
  }
  const { num_image_tokens: count = NaN, projector_dim: width = NaN } = config;
  const patches = uvit.sample_size / 2 / Math.sqrt(count);
  if (!Number.isInteger(Math.sqrt(count)) || !Number.isInteger(patches) || patches < 1) {
    refuse("num_image_tokens", `its root must divide half of "sample_size" ${uvit.sample_size}`);
  }
  if (!Number.isInteger(width) || width < 1) {
    refuse("projector_dim", "must be a whole number from 1");
  }
  return config as IpAdapterConfig;
}

/** Writes an IP-Adapter into a model's folder, as {@linkcode loadIpAdapter} reads it. */
export async function saveIpAdapter(
  folder: string,
  config: IpAdapterConfig,
  tensors: RawTensors,
  dtype: "F16" | "F32" = "F32",
): Promise<void> {
  const at = `${folder}/${IP_ADAPTER_FOLDER}`;
  const file = { tensors, metadata: { format: "pt" } };
  await writeSafetensors(`${at}/${TRANSFORMERS_FILE}`, file, dtype);
  await writeJson(`${at}/config.json`, config);
}
