import * as tf from "@tensorflow/tfjs";
import { Random } from "../../lib/engine/random.ts";
import type { Image } from "../../lib/io/image.ts";
import { clipTextConfig, initClipText } from "../../lib/models/clip.ts";
import { Muse } from "../../lib/models/muse.ts";
import { Tokenizer } from "../../lib/models/tokenizer.ts";
import { buildTokenizer } from "../../lib/models/tokenizer_vocabulary.ts";
import { initUVit, type UVitConfig, uvitConfig } from "../../lib/models/uvit.ts";
import { initVq, vqConfig } from "../../lib/models/vq.ts";
import { toWeights } from "../../lib/models/weights.ts";

/** A U-ViT small enough for tests: 3 layers, a grid of 4 x 4, 12 image tokens. */
export const TINY: UVitConfig = uvitConfig({
  hidden_size: 16,
  cond_embed_dim: 8,
  micro_cond_encode_dim: 4,
  micro_cond_embed_dim: 20,
  encoder_hidden_size: 8,
  vocab_size: 13,
  codebook_size: 12,
  in_channels: 8,
  block_out_channels: 8,
  num_res_blocks: 1,
  block_num_heads: 2,
  num_hidden_layers: 3,
  num_attention_heads: 2,
  intermediate_size: 24,
  sample_size: 4,
});

const TINY_VQ = vqConfig({
  block_out_channels: [4, 4, 4],
  latent_channels: 4,
  num_vq_embeddings: 12,
  norm_num_groups: 2,
  mid_block_add_attention: false,
});

const WORDS =
  "a an the cat dog house apple on to left of blue white red background with stars in " +
  "pixel art sticker style woman laptop";

/** Random weights of {@linkcode TINY}, whose head already prefers some tokens to others. */
export function tinyWeights(config = TINY): Map<string, tf.Tensor> {
  const raw = initUVit(config, new Random("tiny"));
  const head = raw.get("mlm_layer.conv2.weight")!;
  raw.set("mlm_layer.conv2.weight", { ...head, data: head.data.map((x) => 30 * x) });
  return toWeights(raw);
}

/** A whole Muse with random weights: 16 x 16 pixels, 4 x 4 tokens, 20 text tokens. */
export function tinyMuse(config = TINY): Muse {
  const { "tokenizer.json": tokenizer, "tokenizer_config.json": settings } = buildTokenizer(
    WORDS.split(" "),
    20,
  );
  const tokens = new Tokenizer(tokenizer, settings);
  const text = clipTextConfig({
    ...{ hidden_size: 8, intermediate_size: 16, num_hidden_layers: 2, num_attention_heads: 2 },
    ...{ projection_dim: 8, vocab_size: tokens.size, max_position_embeddings: 20 },
    eos_token_id: tokens.pad,
  });
  return new Muse(
    "tiny",
    { config, weights: tinyWeights(config) },
    { config: TINY_VQ, weights: toWeights(initVq(TINY_VQ, new Random("vq"))) },
    { config: text, weights: toWeights(initClipText(text, new Random("text"))) },
    tokens,
  );
}

/** A batch of two inputs of {@linkcode TINY} with 5 text tokens. */
export function tinyInputs(random = new Random("inputs")) {
  return {
    ids: tf.tensor2d(Int32Array.from({ length: 32 }, () => random.below(13)), [2, 16], "int32"),
    text: {
      sequence: tf.tensor3d(random.gaussian(80), [2, 5, 8]),
      pooled: tf.tensor2d(random.gaussian(16), [2, 8]),
    },
    micro: tf.tensor2d([[64, 64, 0, 0, 6], [64, 64, 0, 0, 6]]),
  };
}

/** Random pixels in flat patches of 4 x 4. */
export function tinyImage(seed = 1, side = 16): Image {
  const random = new Random(seed);
  const patches = Uint8Array.from({ length: 48 }, () => random.below(256));
  const data = Uint8Array.from({ length: side * side * 3 }, (_, i) => {
    const [x, y, channel] = [Math.floor(i / 3) % side, Math.floor(i / 3 / side), i % 3];
    return patches[(Math.floor(y * 4 / side) * 4 + Math.floor(x * 4 / side)) * 3 + channel]!;
  });
  return { width: side, height: side, data };
}

/** Largest absolute difference of two tensors. */
export async function distance(a: tf.Tensor, b: tf.Tensor): Promise<number> {
  const difference = tf.tidy(() => tf.max(tf.abs(tf.sub(a, b))));
  const [value] = await difference.data();
  difference.dispose();
  return value!;
}
