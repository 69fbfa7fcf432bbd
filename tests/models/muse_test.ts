import * as tf from "@tensorflow/tfjs";
import { assert, assertEquals, assertRejects } from "@std/assert";
import { useEngine } from "../../lib/engine/mod.ts";
import { Random } from "../../lib/engine/random.ts";
import { clipTextConfig, initClipText } from "../../lib/models/clip.ts";
import { readJson, writeJson } from "../../lib/io/files.ts";
import { writeSafetensors } from "../../lib/io/safetensors.ts";
import { loadMuse, type MuseParts, saveMuse } from "../../lib/models/muse.ts";
import { buildTokenizer } from "../../lib/models/tokenizer_vocabulary.ts";
import { initUVit, uvit, uvitConfig } from "../../lib/models/uvit.ts";
import { initVq, vqConfig } from "../../lib/models/vq.ts";

await useEngine("cpu");

/** A complete Muse of a few thousand parameters: 8x8 pixels, 4x4 tokens. */
function tinyMuse(): MuseParts {
  const random = new Random("tiny");
  const tokenizer = buildTokenizer(["cat", "dog", "a"], 6);
  const transformer = uvitConfig({
    hidden_size: 8,
    cond_embed_dim: 4,
    micro_cond_encode_dim: 2,
    micro_cond_embed_dim: 10,
    encoder_hidden_size: 8,
    vocab_size: 17,
    codebook_size: 16,
    in_channels: 4,
    block_out_channels: 4,
    num_res_blocks: 1,
    block_num_heads: 1,
    num_hidden_layers: 1,
    num_attention_heads: 2,
    intermediate_size: 8,
    sample_size: 4,
  });
  const vq = vqConfig({
    block_out_channels: [4, 4],
    norm_num_groups: 2,
    num_vq_embeddings: 16,
    mid_block_add_attention: false,
  });
  const size = Object.keys(tokenizer["vocab.json"]).length;
  const text = clipTextConfig({
    vocab_size: size,
    hidden_size: 8,
    intermediate_size: 8,
    num_hidden_layers: 2,
    num_attention_heads: 2,
    max_position_embeddings: 6,
    projection_dim: 4,
    eos_token_id: size - 1,
  });
  return {
    transformer: { config: transformer, tensors: initUVit(transformer, random.split("uvit")) },
    vq: { config: vq, tensors: initVq(vq, random.split("vq")) },
    text: { config: text, tensors: initClipText(text, random.split("text")) },
    tokenizer,
  };
}

Deno.test("saveMuse() and loadMuse() keep a checkpoint", async () => {
  const folder = await Deno.makeTempDir(), parts = tinyMuse();
  await saveMuse(folder, parts);
  const muse = await loadMuse(folder);
  assertEquals(muse.transformer.weights.size, parts.transformer.tensors.size);
  const name = "encoder_proj.weight";
  const found = await muse.transformer.weights.get(name)?.data();
  assertEquals(found, parts.transformer.tensors.get(name)?.data);

  const text = muse.encodeText(["a cat", "a dog", "a cat"]);
  assertEquals([text.sequence.shape, text.pooled.shape], [[3, 6, 8], [3, 4]]);
  const pooled = await text.pooled.data();
  assertEquals(pooled.slice(0, 4), pooled.slice(8));
  assert(pooled[0] !== pooled[4]);

  const image = { width: 8, height: 8, data: new Uint8Array(192).fill(99) };
  const ids = muse.encodeImage([image, image]);
  assertEquals([ids.shape, ids.dtype], [[2, 16], "int32"]);
  const [decoded] = await muse.decodeImage(ids);
  assertEquals([decoded?.width, decoded?.height, decoded?.data.length], [8, 8, 192]);

  const { weights, config } = muse.transformer;
  const logits = uvit(
    weights,
    config,
    tf.concat([ids, tf.slice(ids, 0, 1)]),
    text,
    tf.zeros([3, 5]),
  );
  assertEquals(logits.shape, [3, 16, 16]);
  muse.dispose();
  await Deno.remove(folder, { recursive: true });
});

Deno.test("loadMuse() and its methods leak no tensors", async () => {
  const folder = await Deno.makeTempDir();
  await saveMuse(folder, tinyMuse(), "F16");
  const before = tf.memory().numTensors;
  const muse = await loadMuse(folder);
  const text = muse.encodeText(["a cat"]);
  const ids = muse.encodeImage([{ width: 8, height: 8, data: new Uint8Array(192) }]);
  await muse.decodeImage(ids);
  tf.dispose([text.sequence, text.pooled, ids]);
  muse.dispose();
  assertEquals(tf.memory().numTensors, before);
  await Deno.remove(folder, { recursive: true });
});

Deno.test("loadMuse() names the tensor that does not fit", async () => {
  const folder = await Deno.makeTempDir(), parts = tinyMuse();
  const config = { ...parts.vq.config, latent_channels: 4 };
  await saveMuse(folder, { ...parts, vq: { ...parts.vq, config } });
  await assertRejects(
    () => loadMuse(folder),
    TypeError,
    'tensor "encoder.conv_out.weight" is [3, 4, 3, 3] but the config wants [4, 4, 3, 3]',
  );
  await Deno.remove(folder, { recursive: true });
});

Deno.test("loadMuse() refuses parts that do not fit together", async () => {
  const folder = await Deno.makeTempDir(), parts = tinyMuse();
  const config = vqConfig({ ...parts.vq.config, num_vq_embeddings: 8 });
  await saveMuse(folder, { ...parts, vq: { config, tensors: initVq(config, new Random(1)) } });
  await assertRejects(() => loadMuse(folder), RangeError, '"num_vq_embeddings"');
  await Deno.remove(folder, { recursive: true });
});

Deno.test("loadMuse() takes shards, half precision and the slow tokenizer's files", async () => {
  const folder = await Deno.makeTempDir(), parts = tinyMuse();
  await saveMuse(folder, parts);
  const whole = await loadMuse(folder);
  const stem = `${folder}/transformer/diffusion_pytorch_model`;
  const tensors = [...parts.transformer.tensors];
  const save = (path: string, some: typeof tensors, dtype: "F16" | "F32" = "F32") =>
    writeSafetensors(path, { tensors: new Map(some), metadata: {} }, dtype);
  await save(`${stem}-00001-of-00002.safetensors`, tensors.slice(0, 20));
  await save(`${stem}-00002-of-00002.safetensors`, tensors.slice(20));
  await Deno.rename(`${stem}.safetensors`, `${stem}.gone`);
  await Deno.remove(`${folder}/vqvae/diffusion_pytorch_model.safetensors`);
  await save(
    `${folder}/vqvae/diffusion_pytorch_model.fp16.safetensors`,
    [...parts.vq.tensors],
    "F16",
  );
  const { model } = parts.tokenizer["tokenizer.json"] as { model: { merges: string[] } };
  await Deno.remove(`${folder}/tokenizer/tokenizer.json`);
  const merges = ["#version: 0.2", ...model.merges, ""].join("\n");
  await Deno.writeTextFile(`${folder}/tokenizer/merges.txt`, merges);

  const sharded = await loadMuse(folder);
  assertEquals(sharded.transformer.files!.length, 2);
  for (const [name, tensor] of whole.transformer.weights) {
    assertEquals(await sharded.transformer.weights.get(name)!.data(), await tensor.data(), name);
  }
  const half = await sharded.vq.weights.get("encoder.conv_in.weight")!.data();
  const full = await whole.vq.weights.get("encoder.conv_in.weight")!.data();
  assertEquals(half, Float32Array.from(full, (x) => Math.f16round(x)));
  const prompts = ["a cat", "Dogs, CATS!", "étude 7"];
  assertEquals(sharded.tokenizer.encode(prompts), whole.tokenizer.encode(prompts));

  await save(`${stem}-00002-of-00002.safetensors`, tensors.slice(19));
  await assertRejects(() => loadMuse(folder), SyntaxError, "is in");
  await Deno.remove(`${stem}-00002-of-00002.safetensors`);
  await assertRejects(() => loadMuse(folder), TypeError, "it has no complete");
  whole.dispose();
  sharded.dispose();
  await Deno.remove(folder, { recursive: true });
});

Deno.test("loadMuse() refuses another architecture and a missing tensor", async () => {
  const folder = await Deno.makeTempDir(), parts = tinyMuse();
  const { tensors } = parts.transformer;
  await saveMuse(folder, parts);
  const path = `${folder}/transformer/config.json`;
  const config = await readJson<object>(path);
  await writeJson(path, { ...config, _class_name: "UNet2DConditionModel" });
  await assertRejects(
    () => loadMuse(folder),
    TypeError,
    `"${path}": "_class_name" is "UNet2DConditionModel" but "UVit2DModel" is wanted`,
  );
  await writeJson(path, config);
  const name = "encoder_proj.weight";
  const rest = new Map([...tensors].filter(([key]) => key !== name));
  const file = `${folder}/transformer/diffusion_pytorch_model.safetensors`;
  await writeSafetensors(file, { tensors: rest, metadata: {} });
  await assertRejects(
    () => loadMuse(folder),
    TypeError,
    `"${file}": tensor "${name}" is missing but the config wants [8, 8]`,
  );
  await Deno.remove(folder, { recursive: true });
});
