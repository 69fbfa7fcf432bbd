/**
 * The generator of `emoji-64` before its training: the sizes of its U-ViT, the weights it starts
 * from, and the text encoder that it reads.
 *
 * @module
 */
import type { Random } from "../../lib/engine/random.ts";
import { initUVit, type UVitConfig, uvitConfig } from "../../lib/models/uvit.ts";
import type { RawTensors } from "../../lib/models/weights.ts";
import { VQ } from "./patch_transform.ts";
import { LENGTH } from "./tokenizer.ts";

/** The U-ViT's sizes. */
export const UVIT: UVitConfig = uvitConfig({
  hidden_size: 192,
  num_hidden_layers: 5,
  num_attention_heads: 6,
  intermediate_size: 640,
  cond_embed_dim: 128,
  micro_cond_encode_dim: 16,
  micro_cond_embed_dim: 80,
  encoder_hidden_size: 128,
  codebook_size: VQ.num_vq_embeddings,
  vocab_size: VQ.num_vq_embeddings + LENGTH, // a mask token per position
  in_channels: 96,
  block_out_channels: 96,
  num_res_blocks: 1,
  block_num_heads: 3,
  downsample: true,
  upsample: true,
  sample_size: Math.sqrt(LENGTH),
});

/** Standard deviation of the token embeddings at the start. */
const EMBEDDING_SPREAD = 0.3;

/**
 * Embeddings of image tokens to start from, [codes * width]: a random rotation of what each code
 * looks like, so that alike codes begin alike. Drawn at random they stayed random: the generator
 * did not learn to read its own tokens, only their places.
 *
 * @param codebook [codes, depth]
 */
export function codeEmbeddings(
  { shape, data }: { readonly shape: readonly number[]; readonly data: Float32Array },
  width: number,
  random: Random,
): Float32Array {
  const [codes, depth] = shape as [number, number];
  const mean = new Float64Array(depth), spread = new Float64Array(depth);
  data.forEach((v, i) => mean[i % depth]! += v / codes);
  data.forEach((v, i) => spread[i % depth]! += (v - mean[i % depth]!) ** 2 / codes);
  // a constant feature, so that the norm which follows leaves the others their size
  const features = (code: number) => [
    ...Array.from(
      { length: depth },
      (_, d) => (data[code * depth + d]! - mean[d]!) / Math.sqrt(spread[d]!),
    ),
    Math.sqrt(depth),
  ];
  const axes = Array.from({ length: depth + 1 }, () => random.gaussian(width));
  const scale = EMBEDDING_SPREAD / Math.sqrt(2 * depth);
  const rows = new Float32Array(codes * width);
  for (let code = 0; code < codes; code++) {
    features(code).forEach((value, d) => {
      for (let k = 0; k < width; k++) rows[code * width + k]! += scale * value * axes[d]![k]!;
    });
  }
  return rows;
}

const PROJECTION = "text_projection.weight";

/** The text encoder as the finished generator reads it: without pooled text. */
export function withoutPooled(text: RawTensors): RawTensors {
  const { shape, data } = text.get(PROJECTION)!;
  return new Map([...text, [PROJECTION, { shape, data: new Float32Array(data.length) }]]);
}

/** The U-ViT to start from. */
export function initGenerator(
  codebook: { readonly shape: readonly number[]; readonly data: Float32Array },
  random: Random,
): RawTensors {
  const tensors = initUVit(UVIT, random.split("transformer"));
  const embeddings = tensors.get("embed.embeddings.weight")!;
  embeddings.data.set(codeEmbeddings(codebook, embeddings.shape[1]!, random.split("codes")));
  return tensors;
}
