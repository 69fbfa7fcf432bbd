import type { Random } from "../engine/random.ts";
import { fanInSpread, initTensors, type RawTensors, type Shapes } from "./weights.ts";

/** The keys of `vqvae/config.json` of aMUSEd (diffusers `VQModel`), and one more. */
export interface VQConfig {
  /**
   * Not in diffusers: the model works on squares of `patch_size` pixels, each laid out as channels
   * by `torch.nn.PixelUnshuffle`, so `in_channels` and `out_channels` are 3 `patch_size`².
   */
  readonly patch_size: number;
  readonly in_channels: number;
  readonly out_channels: number;
  /** Channels per level, finest first; each level but the last halves the side. */
  readonly block_out_channels: readonly number[];
  /** Residual blocks per level of the encoder; the decoder has one more. */
  readonly layers_per_block: number;
  readonly latent_channels: number;
  readonly num_vq_embeddings: number;
  readonly norm_num_groups: number;
  /** Width of a code; `null` means `latent_channels`. */
  readonly vq_embed_dim: number | null;
  /** Only `false` is supported, which is what aMUSEd has. */
  readonly mid_block_add_attention: boolean;
}

/** The tokenizer of aMUSEd-256 and -512: 146 M parameters, 16 pixels per token side. */
export const AMUSED_VQ: VQConfig = Object.freeze({
  patch_size: 1,
  in_channels: 3,
  out_channels: 3,
  block_out_channels: Object.freeze([128, 256, 256, 512, 768]),
  layers_per_block: 2,
  latent_channels: 64,
  num_vq_embeddings: 8192,
  norm_num_groups: 32,
  vq_embed_dim: null,
  mid_block_add_attention: false,
});

/**
 * Fills in what a config leaves out with diffusers' defaults.
 *
 * @throws {RangeError} If it asks for what aMUSEd's tokenizer does not have.
 */
export function vqConfig(partial: Partial<VQConfig>): VQConfig {
  const config: VQConfig = {
    patch_size: 1,
    in_channels: 3,
    out_channels: 3,
    block_out_channels: [64],
    layers_per_block: 1,
    latent_channels: 3,
    num_vq_embeddings: 256,
    norm_num_groups: 32,
    vq_embed_dim: null,
    mid_block_add_attention: true,
    ...partial,
  };
  if (config.mid_block_add_attention) {
    throw new RangeError(`"mid_block_add_attention" is true but only false is supported`);
  }
  const odd = config.block_out_channels.find((n) => n % config.norm_num_groups);
  if (odd !== undefined) {
    throw new RangeError(
      `"block_out_channels" has ${odd} but must have multiples of "norm_num_groups" ${config.norm_num_groups}`,
    );
  }
  return config;
}

/** The width of a code. */
export function codeWidth(config: VQConfig): number {
  return config.vq_embed_dim ?? config.latent_channels;
}

/** Pixels per side of a token: 16 in aMUSEd. */
export function vqStride(config: VQConfig): number {
  return config.patch_size * 2 ** (config.block_out_channels.length - 1);
}

/** The shape of every tensor of a VQ model, by diffusers name, from its config alone. */
export function vqShapes(config: VQConfig): Shapes {
  const shapes: Shapes = new Map();
  const levels = config.block_out_channels, last = levels.length - 1;
  const top = levels[last] as number, base = levels[0] as number;
  const code = codeWidth(config), latent = config.latent_channels;

  conv(shapes, "encoder.conv_in", base, config.in_channels, 3);
  let ins = base;
  levels.forEach((outs, i) => {
    const name = `encoder.down_blocks.${i}`;
    for (let j = 0; j < config.layers_per_block; j++) {
      resnet(shapes, `${name}.resnets.${j}`, j ? outs : ins, outs);
    }
    if (i < last) conv(shapes, `${name}.downsamplers.0.conv`, outs, outs, 3);
    ins = outs;
  });
  ends(shapes, "encoder", top, latent, top);

  conv(shapes, "quant_conv", code, latent, 1);
  shapes.set("quantize.embedding.weight", [config.num_vq_embeddings, code]);
  conv(shapes, "post_quant_conv", latent, code, 1);

  conv(shapes, "decoder.conv_in", top, latent, 3);
  [...levels].reverse().forEach((outs, i) => {
    const name = `decoder.up_blocks.${i}`;
    for (let j = 0; j <= config.layers_per_block; j++) {
      resnet(shapes, `${name}.resnets.${j}`, j ? outs : ins, outs);
    }
    if (i < last) conv(shapes, `${name}.upsamplers.0.conv`, outs, outs, 3);
    ins = outs;
  });
  ends(shapes, "decoder", base, config.out_channels, top);
  return shapes;
}

function conv(shapes: Shapes, name: string, outs: number, ins: number, side: number): void {
  shapes.set(`${name}.weight`, [outs, ins, side, side]).set(`${name}.bias`, [outs]);
}

function norm(shapes: Shapes, name: string, width: number): void {
  shapes.set(`${name}.weight`, [width]).set(`${name}.bias`, [width]);
}

function resnet(shapes: Shapes, name: string, ins: number, outs: number): void {
  norm(shapes, `${name}.norm1`, ins);
  conv(shapes, `${name}.conv1`, outs, ins, 3);
  norm(shapes, `${name}.norm2`, outs);
  conv(shapes, `${name}.conv2`, outs, outs, 3);
  if (ins !== outs) conv(shapes, `${name}.conv_shortcut`, outs, ins, 1);
}

/** The middle block and the output of an encoder or decoder. */
function ends(shapes: Shapes, side: string, width: number, outs: number, middle: number): void {
  for (const j of [0, 1]) resnet(shapes, `${side}.mid_block.resnets.${j}`, middle, middle);
  norm(shapes, `${side}.conv_norm_out`, width);
  conv(shapes, `${side}.conv_out`, outs, width, 3);
}

/**
 * Draws a VQ model to train from the start: convolutions keep variance, the second convolution of
 * each residual block begins small, codes begin with unit variance.
 */
export function initVq(config: VQConfig, random: Random): RawTensors {
  return initTensors(vqShapes(config), random, (name, shape) => {
    if (name.endsWith(".bias")) return { fill: 0 };
    if (shape.length === 1) return { fill: 1 };
    if (name === "quantize.embedding.weight") return 1;
    return fanInSpread(shape) * (/resnets\.\d+\.conv2/.test(name) ? 0.3 : 1);
  });
}
