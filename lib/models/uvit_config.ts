import type { Random } from "../engine/random.ts";
import { fanInSpread, initTensors, type RawTensors, type Shapes } from "./weights.ts";

/** The keys of `transformer/config.json` of aMUSEd (diffusers `UVit2DModel`). */
export interface UVitConfig {
  readonly hidden_size: number;
  readonly use_bias: boolean;
  /** Width of the pooled text embedding, `P`. */
  readonly cond_embed_dim: number;
  /** Width of one encoded micro-condition; even. */
  readonly micro_cond_encode_dim: number;
  /** Five encoded micro-conditions: `5 · micro_cond_encode_dim`. */
  readonly micro_cond_embed_dim: number;
  /** Width of the text sequence, `E`. */
  readonly encoder_hidden_size: number;
  /** Rows of the token embedding; the last one is the mask token. */
  readonly vocab_size: number;
  /** Image tokens, which are also the classes of the logits. */
  readonly codebook_size: number;
  /** Width of the token embedding. */
  readonly in_channels: number;
  readonly block_out_channels: number;
  readonly num_res_blocks: number;
  /** Whether the transformer works on a grid of half the side (aMUSEd-512). */
  readonly downsample: boolean;
  readonly upsample: boolean;
  readonly block_num_heads: number;
  readonly num_hidden_layers: number;
  readonly num_attention_heads: number;
  readonly intermediate_size: number;
  readonly layer_norm_eps: number;
  readonly ln_elementwise_affine: boolean;
  /** Side of the token grid. */
  readonly sample_size: number;
  /** Accepted for the checkpoint's sake; nothing is dropped here, as in aMUSEd. */
  readonly hidden_dropout: number;
  /** As `hidden_dropout`. */
  readonly attention_dropout: number;
}

/** aMUSEd-256: 603,537,664 parameters. */
export const AMUSED_256: UVitConfig = Object.freeze({
  hidden_size: 1024,
  use_bias: false,
  cond_embed_dim: 768,
  micro_cond_encode_dim: 256,
  micro_cond_embed_dim: 1280,
  encoder_hidden_size: 768,
  vocab_size: 8256,
  codebook_size: 8192,
  in_channels: 768,
  block_out_channels: 768,
  num_res_blocks: 3,
  downsample: false,
  upsample: false,
  block_num_heads: 12,
  num_hidden_layers: 22,
  num_attention_heads: 16,
  intermediate_size: 2816,
  layer_norm_eps: 1e-6,
  ln_elementwise_affine: true,
  sample_size: 16,
  hidden_dropout: 0,
  attention_dropout: 0,
});

/** aMUSEd-512: 608,257,792 parameters. */
export const AMUSED_512: UVitConfig = Object.freeze({
  ...AMUSED_256,
  downsample: true,
  upsample: true,
  sample_size: 32,
});

/**
 * Fills in what a config leaves out with diffusers' defaults and checks that the rest fits together.
 *
 * @throws {RangeError} If two keys contradict each other.
 */
export function uvitConfig(partial: Partial<UVitConfig>): UVitConfig {
  // diffusers' own default of the side is 64; everything else equals aMUSEd-256
  const config = { ...AMUSED_256, sample_size: 64, ...partial };
  divides("num_attention_heads", config.num_attention_heads, "hidden_size", config.hidden_size);
  divides(
    "block_num_heads",
    config.block_num_heads,
    "block_out_channels",
    config.block_out_channels,
  );
  divides(
    "micro_cond_encode_dim",
    config.micro_cond_encode_dim,
    "micro_cond_embed_dim",
    config.micro_cond_embed_dim,
  );
  if (config.micro_cond_encode_dim % 2) {
    throw new RangeError(
      `"micro_cond_encode_dim" is ${config.micro_cond_encode_dim} but must be even`,
    );
  }
  if (config.vocab_size <= config.codebook_size) {
    throw new RangeError(
      `"vocab_size" is ${config.vocab_size} but must exceed "codebook_size" ${config.codebook_size}: the mask is a token too`,
    );
  }
  return config;
}

/** Throws `RangeError` unless the first key divides the second. */
function divides(part: string, n: number, whole: string, total: number): void {
  if (total % n) {
    throw new RangeError(`"${whole}" is ${total} but must be a multiple of "${part}" ${n}`);
  }
}

/** The id of the mask token: the last row of the embedding, 8255 in aMUSEd. */
export function maskToken(config: UVitConfig): number {
  return config.vocab_size - 1;
}

/** The shape of every tensor of a U-ViT, by diffusers name, from its config alone. */
export function uvitShapes(config: UVitConfig): Shapes {
  const { hidden_size: hidden, block_out_channels: channels, in_channels: ins } = config;
  const shapes = new ShapeList(config);
  shapes.linear("encoder_proj", hidden, config.encoder_hidden_size);
  shapes.norm("encoder_proj_layer_norm", hidden);
  shapes.map.set("embed.embeddings.weight", [config.vocab_size, ins]);
  shapes.norm("embed.layer_norm", ins);
  shapes.conv("embed.conv", channels, ins, 1);
  shapes.linear("cond_embed.linear_1", hidden, config.micro_cond_embed_dim + config.cond_embed_dim);
  shapes.linear("cond_embed.linear_2", hidden, hidden);
  addBlock(shapes, "down_block", config, config.downsample ? "downsample" : undefined);
  shapes.norm("project_to_hidden_norm", channels);
  shapes.linear("project_to_hidden", hidden, channels);
  for (let i = 0; i < config.num_hidden_layers; i++) {
    addLayer(shapes, `transformer_layers.${i}`, config);
  }
  shapes.norm("project_from_hidden_norm", hidden);
  shapes.linear("project_from_hidden", channels, hidden);
  addBlock(shapes, "up_block", config, config.upsample ? "upsample" : undefined);
  shapes.conv("mlm_layer.conv1", ins, channels, 1);
  shapes.norm("mlm_layer.layer_norm", ins);
  shapes.conv("mlm_layer.conv2", config.codebook_size, ins, 1);
  return shapes.map;
}

/** Collects shapes; biases and norm weights follow the config. */
class ShapeList {
  readonly map: Shapes = new Map();
  constructor(readonly config: UVitConfig) {}

  /** A tensor `name.weight` of any shape, with its bias `[size]` where the config has biases. */
  biased(name: string, shape: number[], size: number): void {
    this.map.set(`${name}.weight`, shape);
    if (this.config.use_bias) this.map.set(`${name}.bias`, [size]);
  }
  linear(name: string, outs: number, ins: number): void {
    this.biased(name, [outs, ins], outs);
  }
  conv(name: string, outs: number, ins: number, side: number): void {
    this.biased(name, [outs, ins, side, side], outs);
  }
  norm(name: string, width: number): void {
    if (this.config.ln_elementwise_affine) this.map.set(`${name}.weight`, [width]);
  }
  attention(name: string, width: number, context: number): void {
    this.linear(`${name}.to_q`, width, width);
    this.linear(`${name}.to_k`, width, context);
    this.linear(`${name}.to_v`, width, context);
    this.linear(`${name}.to_out.0`, width, width);
  }
}

/** One `UVitBlock`: an optional change of the grid, ConvNext blocks and text attentions. */
function addBlock(
  shapes: ShapeList,
  name: string,
  config: UVitConfig,
  resample: "downsample" | "upsample" | undefined,
): void {
  const { block_out_channels: channels, hidden_size: hidden } = config;
  if (resample) {
    shapes.norm(`${name}.${resample}.norm`, channels);
    shapes.conv(`${name}.${resample}.conv`, channels, channels, 2);
  }
  for (let i = 0; i < config.num_res_blocks; i++) {
    const conv = `${name}.res_blocks.${i}`, text = `${name}.attention_blocks.${i}`;
    shapes.conv(`${conv}.depthwise`, channels, 1, 3);
    shapes.norm(`${conv}.norm`, channels);
    shapes.linear(`${conv}.channelwise_linear_1`, 4 * channels, channels);
    shapes.map.set(`${conv}.channelwise_norm.gamma`, [1, 1, 1, 4 * channels]);
    shapes.map.set(`${conv}.channelwise_norm.beta`, [1, 1, 1, 4 * channels]);
    shapes.linear(`${conv}.channelwise_linear_2`, channels, 4 * channels);
    shapes.linear(`${conv}.cond_embeds_mapper`, 2 * channels, hidden);
    // these two norms always have a weight in diffusers
    for (const n of [1, 2]) shapes.map.set(`${text}.norm${n}.weight`, [channels]);
    for (const n of [1, 2]) shapes.attention(`${text}.attn${n}`, channels, channels);
    if (hidden !== channels) shapes.linear(`${text}.kv_mapper`, channels, hidden);
  }
}

/** One transformer layer: self-attention, text attention and a GEGLU feed-forward, all AdaNorm. */
function addLayer(shapes: ShapeList, name: string, config: UVitConfig): void {
  const { hidden_size: hidden, intermediate_size: inner } = config;
  for (const n of [1, 2, 3]) {
    shapes.norm(`${name}.norm${n}.norm`, hidden);
    shapes.linear(`${name}.norm${n}.linear`, 2 * hidden, hidden);
  }
  // norm3 is a LayerNorm, so with biases it has one
  if (config.use_bias && config.ln_elementwise_affine) {
    shapes.map.set(`${name}.norm3.norm.bias`, [hidden]);
  }
  for (const n of [1, 2]) shapes.attention(`${name}.attn${n}`, hidden, hidden);
  shapes.linear(`${name}.ff.net.0.proj`, 2 * inner, hidden);
  shapes.linear(`${name}.ff.net.2`, hidden, inner);
}

/**
 * Draws a U-ViT to train from the start.
 *
 * Linear layers keep variance (`1/√fan_in`), ends of residual branches shrink with depth, token
 * embeddings have a spread of 0.3, and conditioning begins near the identity (0.02). GRN begins as
 * the identity (ConvNeXt V2).
 */
export function initUVit(config: UVitConfig, random: Random): RawTensors {
  const depth = 2 * (config.num_hidden_layers + 2 * config.num_res_blocks);
  return initTensors(uvitShapes(config), random, (name, shape) => {
    if (/channelwise_norm\.|\.bias$/.test(name)) return { fill: 0 };
    if (shape.length === 1) return { fill: 1 };
    if (name === "embed.embeddings.weight") return 0.3;
    if (/mlm_layer\.conv2/.test(name)) return 0.02;
    if (/norm\d\.linear|cond_embeds_mapper/.test(name)) return 0.06;
    const residual = /to_out\.0|ff\.net\.2|channelwise_linear_2/.test(name);
    return fanInSpread(shape) * (residual ? 1 / Math.sqrt(depth) : 1);
  });
}
