/**
 * An encoder that is set, not trained: the VQ model's encoder with the weights that make each latent
 * the cosine transform of its own 4 x 4 pixels.
 *
 * A trained encoder mixes the whole image into every latent (its group norms alone see to that), so
 * the tokens of the same drawing change with what stands beside it, and a small generator cannot
 * predict them. With these weights a token tells of its patch and of nothing else: the same patch
 * has the same token in every image and in every crop of it.
 *
 * @module
 */
import { type VQConfig, vqShapes } from "../../lib/models/vq.ts";
import type { RawTensors } from "../../lib/models/weights.ts";

/** Side of a patch in pixels. */
export const PATCH = 4;

/** Luminance and two colour differences of RGB, orthonormal. */
const COLOUR_AXES = [
  [1, 1, 1].map((v) => v / Math.sqrt(3)),
  [1, 0, -1].map((v) => v / Math.SQRT2),
  [1, -2, 1].map((v) => v / Math.sqrt(6)),
] as const;

/** Row `u` of the orthonormal cosine transform of four samples, at sample `x`. */
function cosine(u: number, x: number): number {
  return (u ? Math.SQRT2 : 1) / 2 * Math.cos((2 * x + 1) * u * Math.PI / 8);
}

/** One latent as a function of its patch: the factor of a pixel's colour channel. */
type Factor = (y: number, x: number, channel: number) => number;

/** The transform's 24 rows: all 16 frequencies of luminance, the lowest 4 of each colour axis. */
export const PATCH_TRANSFORM: readonly Factor[] = COLOUR_AXES.flatMap((axis, a) => {
  const kept = a === 0 ? 4 : 2;
  return Array.from({ length: kept * kept }, (_, i): Factor => {
    const [u, v] = [Math.floor(i / kept), i % kept];
    return (y, x, channel) => cosine(u, y) * cosine(v, x) * axis[channel]!;
  });
});

/** Dwarfs every latent, so that the group norm divides all images by the same number. */
const ANCHOR = 1000;

/**
 * The encoder's tensors: pixels to the 24 latents of {@linkcode PATCH_TRANSFORM}.
 *
 * Both stride-2 convolutions only unfold 2 x 2 neighbours, every residual branch adds 0. The last
 * group norm is made to divide by a constant: each group holds its latents with both signs, so its
 * mean is 0, beside a pair of large constants, so its variance is theirs. And
 * `silu(a) - silu(-a) = a` undoes the activation.
 *
 * @throws {RangeError} If the config has no room for it.
 */
export function patchEncoder(config: VQConfig): RawTensors {
  const [base, middle, top] = config.block_out_channels as [number, number, number];
  const latents = PATCH_TRANSFORM.length;
  const groups = config.norm_num_groups, width = top / groups, perGroup = latents / groups;
  const fits = config.block_out_channels.length === 3 && base >= 12 && middle >= latents &&
    config.latent_channels === latents && perGroup % 1 === 0 && width >= 2 * perGroup + 2;
  if (!fits) {
    throw new RangeError(
      `A patch encoder needs three levels of at least 12, ${latents} and ${
        groups * (2 * latents / groups + 2)
      } channels and ${latents} latent channels in equal groups, not ${
        JSON.stringify(config.block_out_channels)
      } and ${config.latent_channels}`,
    );
  }
  const tensors: RawTensors = new Map();
  for (const [name, shape] of vqShapes(config)) {
    if (!/^(encoder\.|quant_conv)/.test(name)) continue;
    const data = new Float32Array(shape.reduce((a, b) => a * b, 1));
    tensors.set(name, { shape: [...shape], data });
  }
  const set = (name: string, out: number, input: number, y: number, x: number, value: number) => {
    const { shape, data } = tensors.get(`${name}.weight`)!;
    data[((out * shape[1]! + input) * shape[2]! + y) * shape[3]! + x] = Math.f16round(value);
  };
  const bias = (name: string, out: number, value: number) => {
    tensors.get(`${name}.bias`)!.data[out] = Math.f16round(value);
  };

  for (let c = 0; c < 3; c++) set("encoder.conv_in", c, c, 1, 1, 1);
  const unfold = "encoder.down_blocks.0.downsamplers.0.conv";
  for (let i = 0; i < 12; i++) set(unfold, i, i % 3, Math.floor(i / 6), Math.floor(i / 3) % 2, 1);
  const widen = "encoder.down_blocks.1.resnets.0.conv_shortcut";
  for (let i = 0; i < 12; i++) set(widen, i, i, 0, 0, 1);
  const transform = "encoder.down_blocks.1.downsamplers.0.conv";
  PATCH_TRANSFORM.forEach((factor, d) => {
    for (let y = 0; y < PATCH; y++) {
      for (let x = 0; x < PATCH; x++) {
        for (let c = 0; c < 3; c++) {
          const input = ((y % 2) * 2 + x % 2) * 3 + c;
          set(transform, d, input, Math.floor(y / 2), Math.floor(x / 2), factor(y, x, c));
        }
      }
    }
  });
  const pair = "encoder.down_blocks.2.resnets.0.conv_shortcut";
  const place = (d: number) => Math.floor(d / perGroup) * width + 2 * (d % perGroup);
  for (let d = 0; d < latents; d++) {
    set(pair, place(d), d, 0, 0, 1);
    set(pair, place(d) + 1, d, 0, 0, -1);
  }
  for (let g = 0; g < groups; g++) {
    bias(pair, (g + 1) * width - 2, ANCHOR);
    bias(pair, (g + 1) * width - 1, -ANCHOR);
  }
  tensors.get("encoder.conv_norm_out.weight")!.data.fill(
    Math.f16round(ANCHOR * Math.sqrt(2 / width)),
  );
  for (let d = 0; d < latents; d++) {
    set("encoder.conv_out", d, place(d), 1, 1, 1);
    set("encoder.conv_out", d, place(d) + 1, 1, 1, -1);
    set("quant_conv", d, d, 0, 0, 1);
  }
  return tensors;
}
