/**
 * A VQ model that starts as a plain transform: weights that make each latent the cosine transform of
 * its own 4 x 4 pixels, and a decoder that undoes it.
 *
 * The encoder stays so. A trained one mixes the whole image into every latent (its group norms alone
 * see to that), so the tokens of the same drawing change with what stands beside it, and a small
 * generator cannot predict them. With these weights a token tells of its patch and of nothing else:
 * the same patch has the same token in every image and in every crop of it. The decoder goes on
 * from here and learns to use a token's neighbours.
 *
 * @module
 */
import { initVq, type VQConfig, vqConfig, vqShapes } from "../../lib/models/vq.ts";
import type { Random } from "../../lib/engine/random.ts";
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

/**
 * The transform, [24][48]: all 16 frequencies of luminance and the lowest 4 of each colour axis, of
 * a patch's numbers in the order of `torch.nn.PixelUnshuffle` (channel, row, column).
 */
export const PATCH_TRANSFORM: readonly (readonly number[])[] = COLOUR_AXES.flatMap((axis, a) => {
  const kept = a === 0 ? PATCH : 2;
  return Array.from({ length: kept * kept }, (_, i) => {
    const [u, v] = [Math.floor(i / kept), i % kept];
    return axis.flatMap((factor) =>
      Array.from(
        { length: PATCH * PATCH },
        (_, k) => factor * cosine(u, Math.floor(k / PATCH)) * cosine(v, k % PATCH),
      )
    );
  });
});

/** The tokenizer's sizes. */
export const VQ: VQConfig = vqConfig({
  patch_size: PATCH,
  in_channels: 3 * PATCH ** 2,
  out_channels: 3 * PATCH ** 2,
  block_out_channels: [64],
  layers_per_block: 1,
  latent_channels: PATCH_TRANSFORM.length,
  num_vq_embeddings: 2048,
  norm_num_groups: 4,
  mid_block_add_attention: false,
});

const WIDTH = VQ.block_out_channels[0]!;
const GROUP = WIDTH / VQ.norm_num_groups;
const LATENTS_PER_GROUP = PATCH_TRANSFORM.length / VQ.norm_num_groups;

/** The channel that carries latent `d`; the next one carries its negative. */
function channelOf(d: number): number {
  return Math.floor(d / LATENTS_PER_GROUP) * GROUP + 2 * (d % LATENTS_PER_GROUP);
}

/**
 * Makes one side, encoder or decoder, the linear map `out · inner` from its inputs to its outputs,
 * where `inner` is [24][inputs] and `out` [outputs][24].
 *
 * Every residual branch adds 0. The last group norm divides by a constant: each group holds its
 * latents with both signs, so its mean is 0, beside a pair of constants, so its variance is nearly
 * theirs. And `silu(a) - silu(-a) = a` undoes the activation.
 *
 * @param anchor The constants: the larger, the more exact, and the less a residual branch that is
 * trained later sees of the latents.
 */
function setLinear(
  tensors: RawTensors,
  side: "encoder" | "decoder",
  inner: readonly (readonly number[])[],
  out: readonly (readonly number[])[],
  anchor: number,
): void {
  const set = (name: string, row: number, column: number, value: number) => {
    const { shape, data } = tensors.get(`${side}.${name}.weight`)!; // [O, I, 3, 3], its middle tap
    data[(row * shape[1]! + column) * 9 + 4] = Math.f16round(value);
  };
  for (const [name, { data }] of tensors) {
    if (name.startsWith(`${side}.conv_`) || /resnets\.\d\.conv2/.test(name)) data.fill(0);
  }
  inner.forEach((row, d) =>
    row.forEach((value, i) => {
      set("conv_in", channelOf(d), i, value);
      set("conv_in", channelOf(d) + 1, i, -value);
    })
  );
  const bias = tensors.get(`${side}.conv_in.bias`)!.data;
  for (let group = GROUP; group <= WIDTH; group += GROUP) {
    bias[group - 2] = anchor;
    bias[group - 1] = -anchor;
  }
  const scale = Math.f16round(anchor * Math.sqrt(2 / GROUP));
  tensors.get(`${side}.conv_norm_out.weight`)!.data.fill(scale);
  out.forEach((row, i) =>
    row.forEach((value, d) => {
      set("conv_out", i, channelOf(d), value);
      set("conv_out", i, channelOf(d) + 1, -value);
    })
  );
}

const IDENTITY = PATCH_TRANSFORM.map((_, i) => PATCH_TRANSFORM.map((_, j) => i === j ? 1 : 0));

function identity(tensors: RawTensors, name: string): void {
  tensors.get(`${name}.weight`)!.data.set(IDENTITY.flat());
}

/** The tensors of {@linkcode VQ} whose names match, all zero. */
function zeros(pattern: RegExp): RawTensors {
  const chosen = [...vqShapes(VQ)].filter(([name]) => pattern.test(name));
  return new Map(chosen.map(([name, shape]) => {
    return [name, { shape: [...shape], data: new Float32Array(shape.reduce((a, b) => a * b, 1)) }];
  }));
}

/** The encoder: pixels to the 24 latents of {@linkcode PATCH_TRANSFORM}. */
export function patchEncoder(): RawTensors {
  const tensors = zeros(/^(encoder\.|quant_conv)/);
  setLinear(tensors, "encoder", PATCH_TRANSFORM, IDENTITY, 1000);
  identity(tensors, "quant_conv");
  return tensors;
}

/** A decoder to train: it starts as the inverse transform of each latent. */
export function initPatchDecoder(random: Random): RawTensors {
  const tensors: RawTensors = new Map(
    [...initVq(VQ, random)].filter(([name]) => /^(decoder\.|post_quant_conv)/.test(name)),
  );
  const inverse = PATCH_TRANSFORM[0]!.map((_, k) => PATCH_TRANSFORM.map((row) => row[k]!));
  setLinear(tensors, "decoder", IDENTITY, inverse, 30);
  tensors.get("post_quant_conv.weight")!.data.fill(0);
  identity(tensors, "post_quant_conv");
  return tensors;
}
