import type { Random } from "../engine/random.ts";
import { fanInSpread, initTensors, type RawTensors, type Shapes } from "./weights.ts";

/** What both towers of CLIP are made of. */
export interface ClipTowerConfig {
  readonly hidden_size: number;
  readonly intermediate_size: number;
  readonly num_hidden_layers: number;
  readonly num_attention_heads: number;
  readonly hidden_act: string;
  readonly layer_norm_eps: number;
  /** Width of the space that text and images share, `P`. */
  readonly projection_dim: number;
}

/** The keys of `text_encoder/config.json` (transformers `CLIPTextConfig`). */
export interface ClipTextConfig extends ClipTowerConfig {
  readonly vocab_size: number;
  readonly max_position_embeddings: number;
  /** Where the text ends; 2 is the wrong value of old configs and means "the highest id". */
  readonly eos_token_id: number;
}

/** The keys of a CLIP image encoder's config (transformers `CLIPVisionConfig`). */
export interface ClipVisionConfig extends ClipTowerConfig {
  /** Side of the images, pixels. */
  readonly image_size: number;
  /** Side of a patch, pixels. */
  readonly patch_size: number;
}

/** transformers' defaults of the text tower (CLIP ViT-B/32). */
const TEXT_DEFAULTS: ClipTextConfig = Object.freeze({
  hidden_size: 512,
  intermediate_size: 2048,
  num_hidden_layers: 12,
  num_attention_heads: 8,
  hidden_act: "quick_gelu",
  layer_norm_eps: 1e-5,
  projection_dim: 512,
  vocab_size: 49408,
  max_position_embeddings: 77,
  eos_token_id: 49407,
});

/** transformers' defaults of the image tower (CLIP ViT-B/32). */
const VISION_DEFAULTS: ClipVisionConfig = Object.freeze({
  hidden_size: 768,
  intermediate_size: 3072,
  num_hidden_layers: 12,
  num_attention_heads: 12,
  hidden_act: "quick_gelu",
  layer_norm_eps: 1e-5,
  projection_dim: 512,
  image_size: 224,
  patch_size: 32,
});

/** Fills in transformers' defaults; throws `RangeError` if the config cannot be run. */
export function clipTextConfig(partial: Partial<ClipTextConfig>): ClipTextConfig {
  return checked({ ...TEXT_DEFAULTS, ...partial });
}

/** Fills in transformers' defaults; throws `RangeError` if the config cannot be run. */
export function clipVisionConfig(partial: Partial<ClipVisionConfig>): ClipVisionConfig {
  const config = checked({ ...VISION_DEFAULTS, ...partial });
  if (config.image_size % config.patch_size) {
    throw new RangeError(
      `"image_size" is ${config.image_size} but must be a multiple of "patch_size" ${config.patch_size}`,
    );
  }
  return config;
}

function checked<C extends ClipTowerConfig>(config: C): C {
  if (config.hidden_act !== "quick_gelu" && config.hidden_act !== "gelu") {
    throw new RangeError(
      `"hidden_act" is "${config.hidden_act}" but only "quick_gelu" and "gelu" are supported`,
    );
  }
  if (config.hidden_size % config.num_attention_heads) {
    throw new RangeError(
      `"hidden_size" is ${config.hidden_size} but must be a multiple of "num_attention_heads" ${config.num_attention_heads}`,
    );
  }
  return config;
}

/** The shape of every tensor of a text encoder, by transformers name, from its config alone. */
export function clipTextShapes(config: ClipTextConfig): Shapes {
  const width = config.hidden_size, root = "text_model";
  const shapes: Shapes = new Map([
    [`${root}.embeddings.token_embedding.weight`, [config.vocab_size, width]],
    [`${root}.embeddings.position_embedding.weight`, [config.max_position_embeddings, width]],
  ]);
  addLayers(shapes, root, config);
  addNorm(shapes, `${root}.final_layer_norm`, width);
  return shapes.set("text_projection.weight", [config.projection_dim, width]);
}

/** The shape of every tensor of an image encoder, by transformers name, from its config alone. */
export function clipVisionShapes(config: ClipVisionConfig): Shapes {
  const width = config.hidden_size, root = "vision_model", patch = config.patch_size;
  const patches = (config.image_size / patch) ** 2;
  const shapes: Shapes = new Map([
    [`${root}.embeddings.class_embedding`, [width]],
    [`${root}.embeddings.patch_embedding.weight`, [width, 3, patch, patch]],
    [`${root}.embeddings.position_embedding.weight`, [patches + 1, width]],
  ]);
  addNorm(shapes, `${root}.pre_layrnorm`, width); // transformers' spelling
  addLayers(shapes, root, config);
  addNorm(shapes, `${root}.post_layernorm`, width);
  return shapes.set("visual_projection.weight", [config.projection_dim, width]);
}

function addLinear(shapes: Shapes, name: string, outs: number, ins: number): void {
  shapes.set(`${name}.weight`, [outs, ins]).set(`${name}.bias`, [outs]);
}

function addNorm(shapes: Shapes, name: string, width: number): void {
  shapes.set(`${name}.weight`, [width]).set(`${name}.bias`, [width]);
}

function addLayers(shapes: Shapes, root: string, config: ClipTowerConfig): void {
  const { hidden_size: width, intermediate_size: inner } = config;
  for (let i = 0; i < config.num_hidden_layers; i++) {
    const name = `${root}.encoder.layers.${i}`;
    for (const n of [1, 2]) addNorm(shapes, `${name}.layer_norm${n}`, width);
    for (const part of ["q", "k", "v", "out"]) {
      addLinear(shapes, `${name}.self_attn.${part}_proj`, width, width);
    }
    addLinear(shapes, `${name}.mlp.fc1`, inner, width);
    addLinear(shapes, `${name}.mlp.fc2`, width, inner);
  }
}

/** Draws a text encoder to train from the start. */
export function initClipText(config: ClipTextConfig, random: Random): RawTensors {
  return initTower(clipTextShapes(config), config, random);
}

/** Draws an image encoder to train from the start. */
export function initClipVision(config: ClipVisionConfig, random: Random): RawTensors {
  return initTower(clipVisionShapes(config), config, random);
}

/** Variance-keeping layers, residual ends that shrink with depth, embeddings with a spread of 0.3. */
function initTower(shapes: Shapes, config: ClipTowerConfig, random: Random): RawTensors {
  const residual = 1 / Math.sqrt(2 * config.num_hidden_layers);
  return initTensors(shapes, random, (name, shape) => {
    if (name.endsWith(".bias")) return { fill: 0 };
    if (/token_embedding|position_embedding|class_embedding/.test(name)) return 0.3;
    if (shape.length === 1) return { fill: 1 };
    return fanInSpread(shape) * (/out_proj|fc2/.test(name) ? residual : 1);
  });
}
