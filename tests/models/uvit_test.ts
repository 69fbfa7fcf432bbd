import * as tf from "@tensorflow/tfjs";
import { assert, assertEquals, assertThrows } from "@std/assert";
import { useEngine } from "../../lib/engine/mod.ts";
import { Random } from "../../lib/engine/random.ts";
import {
  AMUSED_256,
  AMUSED_512,
  initUVit,
  maskToken,
  uvit,
  type UVitConfig,
  uvitConfig,
  uvitShapes,
} from "../../lib/models/uvit.ts";
import type { Hooks } from "../../lib/models/hooks.ts";
import { attend } from "../../lib/models/attention.ts";
import {
  checkShapes,
  countParameters,
  disposeWeights,
  toWeights,
} from "../../lib/models/weights.ts";
import { assertClose, type Fixture, openFixture } from "./fixture.ts";

await useEngine("cpu");

const SMALL = uvitConfig({
  hidden_size: 8,
  cond_embed_dim: 4,
  micro_cond_encode_dim: 2,
  micro_cond_embed_dim: 10,
  encoder_hidden_size: 6,
  vocab_size: 10,
  codebook_size: 9,
  in_channels: 4,
  block_out_channels: 4,
  num_res_blocks: 1,
  block_num_heads: 1,
  num_hidden_layers: 1,
  num_attention_heads: 2,
  intermediate_size: 8,
  sample_size: 4,
});

/** Runs the U-ViT on a fixture's inputs. */
function run(fixture: Fixture, weights = fixture.weights, hooks?: Hooks): tf.Tensor3D {
  return uvit(
    weights,
    uvitConfig(fixture.config as Partial<UVitConfig>),
    fixture.input("ids", "int32") as tf.Tensor2D,
    {
      sequence: fixture.input("sequence") as tf.Tensor3D,
      pooled: fixture.input("pooled") as tf.Tensor2D,
    },
    fixture.input("micro") as tf.Tensor2D,
    hooks,
  );
}

/** Runs a small random U-ViT on an empty grid. */
function runSmall(weights: Map<string, tf.Tensor>, hooks?: Hooks, length = 16): tf.Tensor3D {
  const text = { sequence: tf.ones([1, 3, 6]) as tf.Tensor3D, pooled: tf.ones([1, 4]) };
  const ids = tf.fill([1, length], 9, "int32") as tf.Tensor2D;
  return uvit(weights, SMALL, ids, text as never, tf.ones([1, 5]), hooks);
}

Deno.test("uvitShapes() counts the parameters of aMUSEd-256 and -512", () => {
  assertEquals(countParameters(uvitShapes(AMUSED_256)), 603_537_664);
  assertEquals(countParameters(uvitShapes(AMUSED_512)), 608_257_792);
  assertEquals([uvitShapes(AMUSED_256).size, uvitShapes(AMUSED_512).size], [474, 478]);
});

for (const name of ["uvit", "uvit_resampled", "uvit_biased"]) {
  Deno.test(`uvit() agrees with diffusers: ${name}`, async () => {
    const fixture = await openFixture(name);
    const shapes = uvitShapes(uvitConfig(fixture.config as Partial<UVitConfig>));
    checkShapes(name, fixture.raw, shapes);
    await assertClose(run(fixture), fixture.expected("logits"));
  });
}

Deno.test("uvit() leaks no tensors", async () => {
  const weights = toWeights(initUVit(SMALL, new Random(1)));
  const before = tf.memory().numTensors;
  const logits = tf.tidy(() => runSmall(weights));
  assertEquals(logits.shape, [1, 16, 9]);
  assert((await logits.data()).every(Number.isFinite));
  assertEquals(tf.memory().numTensors, before + 1);
  logits.dispose();
  disposeWeights(weights);
});

Deno.test("uvit() calls hooks by the module's name", async () => {
  const weights = toWeights(initUVit(SMALL, new Random(1)));
  const outputs = new Set<string>(), observed: string[] = [];
  const plain = runSmall(weights, {
    output: (module, x) => (outputs.add(module), x),
    observe: (module, p) => {
      observed.push(module);
      assertEquals(p.shape.slice(0, 2), [1, module.includes("_block") ? 1 : 2]);
    },
  });
  assertEquals(observed, [
    "down_block.attention_blocks.0.attn1",
    "down_block.attention_blocks.0.attn2",
    "transformer_layers.0.attn1",
    "transformer_layers.0.attn2",
    "up_block.attention_blocks.0.attn1",
    "up_block.attention_blocks.0.attn2",
  ]);
  for (const part of ["attn2.to_k", "attn2.to_v", "attn1", "ff", "ff.net.0.proj", "ff.net.2"]) {
    assert(outputs.has(`transformer_layers.0.${part}`), part);
  }
  const attended = runSmall(weights, { attention: (_, q, k, v) => attend(q, k, v) });
  assertEquals(await attended.data(), await plain.data());
  const changed = runSmall(weights, {
    output: (module, x) => module === "transformer_layers.0.attn2.to_v" ? tf.mul(x, 2) : x,
  });
  assert((await changed.data())[0] !== (await plain.data())[0]);
});

Deno.test("initUVit() begins near an even guess and depends on the seed alone", async () => {
  const first = initUVit(SMALL, new Random(3)), second = initUVit(SMALL, new Random(3));
  assertEquals(first, second);
  const logits = runSmall(toWeights(first));
  assert((await tf.max(tf.abs(logits)).data())[0] as number < 0.5);
});

Deno.test("uvit() refuses tokens that fill no square", () => {
  const weights = toWeights(initUVit(SMALL, new Random(1)));
  assertThrows(
    () => runSmall(weights, {}, 15),
    RangeError,
    "The tokens must fill a square grid, but there are 15",
  );
});

Deno.test("uvitConfig() refuses keys that contradict each other", () => {
  assertThrows(
    () => uvitConfig({ hidden_size: 30 }),
    RangeError,
    '"hidden_size" is 30 but must be a multiple of "num_attention_heads" 16',
  );
  assertThrows(() => uvitConfig({ vocab_size: 8192 }), RangeError, "must exceed");
});

Deno.test("checkShapes() names the tensor, what was found and what was wanted", () => {
  const shapes = uvitShapes(SMALL), tensors = new Map(initUVit(SMALL, new Random(1)));
  const replace = (shape: number[]) =>
    new Map(tensors).set("encoder_proj.weight", { shape } as never);
  assertThrows(
    () => checkShapes("transformer", replace([6, 8]), shapes),
    TypeError,
    'Cannot load "transformer": tensor "encoder_proj.weight" is [6, 8] but the config wants [8, 6]',
  );
  const missing = new Map(tensors);
  missing.delete("encoder_proj.weight");
  assertThrows(() => checkShapes("t", missing, shapes), TypeError, "is missing");
  const extra = new Map(tensors).set("x", { shape: [1], data: new Float32Array(1) });
  assertThrows(() => checkShapes("t", extra, shapes), TypeError, "wants no such tensor");
  checkShapes("t", extra, shapes, /^x$/);
});

Deno.test("uvit() gives each masked position its own token where the vocabulary has one per position", async () => {
  const perPosition = uvitConfig({ ...SMALL, vocab_size: SMALL.codebook_size + 16 });
  const weights = toWeights(initUVit(perPosition, new Random(1)));
  const read = async (ids: number[]) => {
    const logits = uvit(
      weights,
      perPosition,
      tf.tensor2d(ids, [1, 16], "int32"),
      { sequence: tf.ones([1, 3, 6]), pooled: tf.ones([1, 4]) },
      tf.ones([1, 5]),
    );
    const values = await logits.data();
    logits.dispose();
    return values;
  };
  const any = await read(Array(16).fill(maskToken(perPosition)));
  const own = await read(Array.from({ length: 16 }, (_, i) => SMALL.codebook_size + i));
  assertEquals(any, own);
  const first = any.slice(0, SMALL.codebook_size);
  assert(first.some((value, v) => Math.abs(value - any[5 * SMALL.codebook_size + v]!) > 1e-6));
  disposeWeights(weights);
});
