import { Random } from "../../lib/engine/random.ts";
import type { Image } from "../../lib/io/image.ts";
import { clipTextConfig, initClipText } from "../../lib/models/clip.ts";
import { Muse, type MuseParts } from "../../lib/models/muse.ts";
import { Tokenizer } from "../../lib/models/tokenizer.ts";
import { buildTokenizer } from "../../lib/models/tokenizer_vocabulary.ts";
import { initUVit, uvitConfig } from "../../lib/models/uvit.ts";
import { initVq, vqConfig } from "../../lib/models/vq.ts";
import { toWeights } from "../../lib/models/weights.ts";
import type { Judge } from "../../lib/score/judge.ts";
import { palette } from "../../lib/score/oracle.ts";
import {
  COLOURS,
  CONCEPTS,
  DECORATIONS,
  HELD_OUT_STYLES,
  TRAINED_STYLES,
  vocabularyWords,
} from "../../lib/world/mod.ts";

/** Untrained parts of a Muse that fits 64 x 64 images: a grid of 4 x 4, 32 image tokens. */
export function tinyParts(): MuseParts {
  const random = new Random("tiny muse");
  const transformer = uvitConfig({
    hidden_size: 16,
    cond_embed_dim: 8,
    micro_cond_encode_dim: 4,
    micro_cond_embed_dim: 20,
    encoder_hidden_size: 8,
    vocab_size: 33,
    codebook_size: 32,
    in_channels: 8,
    block_out_channels: 8,
    num_res_blocks: 1,
    block_num_heads: 2,
    num_hidden_layers: 2,
    num_attention_heads: 2,
    intermediate_size: 24,
    sample_size: 4,
  });
  const vq = vqConfig({
    block_out_channels: [4, 4, 4, 4, 4],
    layers_per_block: 1,
    latent_channels: 4,
    norm_num_groups: 2,
    num_vq_embeddings: 32,
    mid_block_add_attention: false,
  });
  const tokenizer = buildTokenizer(vocabularyWords(), 40);
  const size = new Tokenizer(tokenizer["tokenizer.json"], { model_max_length: 40 }).size;
  const text = clipTextConfig({
    hidden_size: 8,
    projection_dim: 8,
    intermediate_size: 16,
    num_attention_heads: 2,
    num_hidden_layers: 2,
    max_position_embeddings: 40,
    vocab_size: size,
    eos_token_id: size - 1,
  });
  return {
    transformer: { config: transformer, tensors: initUVit(transformer, random.split("uvit")) },
    vq: { config: vq, tensors: initVq(vq, random.split("vq")) },
    text: { config: text, tensors: initClipText(text, random.split("text")) },
    tokenizer,
  };
}

/** {@linkcode tinyParts} on the current engine. */
export function tinyMuse(): Muse {
  const { transformer, vq, text, tokenizer } = tinyParts();
  const model = <C>(part: { config: C; tensors: Parameters<typeof toWeights>[0] }) => ({
    config: part.config,
    weights: toWeights(part.tensors),
  });
  const words = new Tokenizer(tokenizer["tokenizer.json"], { model_max_length: 40 });
  return new Muse("tiny", model(transformer), model(vq), model(text), words);
}

/** A judge without weights: it sees coarse colours and reads letters, and finds nothing. */
export const COLOUR_JUDGE: Judge = {
  embedImages: (images) => Promise.resolve(images.map((image) => unit(palette(image)))),
  embedTexts: (texts) => Promise.resolve(texts.map((text) => unit(letters(text)))),
  read: (images) =>
    Promise.resolve(images.map((image: Image) => ({
      concepts: new Float32Array(CONCEPTS.length),
      style: new Float32Array(TRAINED_STYLES.length + HELD_OUT_STYLES.length),
      colour: new Float32Array(Object.keys(COLOURS).length),
      // "finds" the decoration in bright pictures, so that some leakage is counted
      decoration: new Float32Array(DECORATIONS.length).fill(image.data[0]! > 127 ? 0.9 : 0.1),
    }))),
  locate: (images) => Promise.resolve(images.map(() => ({ x: 0.5, y: 0.5 }))),
};

function letters(text: string): Float32Array {
  const counts = new Float32Array(64);
  for (const letter of text) counts[letter.charCodeAt(0) % 64]! += 1;
  return counts;
}

function unit(vector: Float32Array): Float32Array {
  const norm = Math.hypot(...vector);
  return vector.map((x) => x / norm);
}
