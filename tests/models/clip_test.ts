import * as tf from "@tensorflow/tfjs";
import { assertEquals, assertThrows } from "@std/assert";
import { useEngine } from "../../lib/engine/mod.ts";
import { Random } from "../../lib/engine/random.ts";
import {
  CLIP_MEAN,
  CLIP_STD,
  clipText,
  type ClipTextConfig,
  clipTextConfig,
  clipTextShapes,
  clipVision,
  type ClipVisionConfig,
  clipVisionConfig,
  clipVisionShapes,
  initClipText,
  initClipVision,
} from "../../lib/models/clip.ts";
import { checkShapes, countParameters, toWeights } from "../../lib/models/weights.ts";
import { assertClose, openFixture } from "./fixture.ts";

await useEngine("cpu");

const TEXT = clipTextConfig({
  vocab_size: 9,
  hidden_size: 8,
  intermediate_size: 8,
  num_hidden_layers: 2,
  num_attention_heads: 2,
  max_position_embeddings: 5,
  projection_dim: 4,
  eos_token_id: 8,
});

for (const name of ["clip_text", "clip_text_legacy"]) {
  Deno.test(`clipText() agrees with transformers: ${name}`, async () => {
    const fixture = await openFixture(name);
    const config = clipTextConfig(fixture.config as Partial<ClipTextConfig>);
    checkShapes(name, fixture.raw, clipTextShapes(config));
    const ids = fixture.input("ids", "int32") as tf.Tensor2D;
    const { sequence, pooled } = clipText(fixture.weights, config, ids);
    await assertClose(sequence, fixture.expected("sequence"));
    await assertClose(pooled, fixture.expected("pooled"));
  });
}

Deno.test("clipVision() agrees with transformers", async () => {
  const fixture = await openFixture("clip_vision");
  const config = clipVisionConfig(fixture.config as Partial<ClipVisionConfig>);
  checkShapes("clip_vision", fixture.raw, clipVisionShapes(config));
  const pixels = fixture.input("pixels") as tf.Tensor4D;
  await assertClose(clipVision(fixture.weights, config, pixels).pooled, fixture.expected("embeds"));
  const normalised = clipVision(fixture.weights, config, pixels, {
    mean: CLIP_MEAN,
    std: CLIP_STD,
  });
  await assertClose(normalised.pooled, fixture.expected("normalised"));
});

Deno.test("clipTextShapes() counts the parameters of CLIP ViT-L/14", () => {
  const large = clipTextConfig({
    hidden_size: 768,
    intermediate_size: 3072,
    num_attention_heads: 12,
    projection_dim: 768,
  });
  assertEquals(countParameters(clipTextShapes(large)), 123_650_304);
});

Deno.test("clipText() does not look ahead", async () => {
  const weights = toWeights(initClipText(TEXT, new Random(1)));
  const first = clipText(weights, TEXT, tf.tensor2d([[7, 1, 2, 8, 8]], [1, 5], "int32"));
  const other = clipText(weights, TEXT, tf.tensor2d([[7, 1, 3, 8, 8]], [1, 5], "int32"));
  const a = await first.sequence.data(), b = await other.sequence.data();
  assertEquals(a.slice(0, 16), b.slice(0, 16));
  assertEquals(a[16] === b[16], false);
});

Deno.test("clipText() and clipVision() train without leaks", () => {
  const vision = clipVisionConfig({
    ...TEXT,
    image_size: 4,
    patch_size: 2,
  });
  const raw = [...initClipText(TEXT, new Random(1)), ...initClipVision(vision, new Random(2))];
  const variables = new Map(
    raw.map(([n, t]) => [n, tf.variable(tf.tensor(t.data, t.shape), true, n)]),
  );
  const before = tf.memory().numTensors;
  const { value, grads } = tf.variableGrads(() => {
    const ids = tf.tensor2d([[7, 1, 2, 8, 8]], [1, 5], "int32");
    const text = clipText(variables, TEXT, ids).pooled;
    return tf.sum(tf.mul(text, clipVision(variables, vision, tf.ones([1, 4, 4, 3])).pooled));
  });
  assertEquals(Object.keys(grads).length, raw.length);
  tf.dispose([value, grads] as never);
  assertEquals(tf.memory().numTensors, before);
  tf.disposeVariables();
});

Deno.test("clipText() refuses a text longer than its positions", () => {
  assertThrows(
    () => clipText(new Map(), TEXT, tf.zeros([1, 6], "int32")),
    RangeError,
    "The text has 6 tokens but the encoder reads at most 5",
  );
});

Deno.test("clipVision() refuses images of another size", () => {
  assertThrows(
    () => clipVision(new Map(), clipVisionConfig({}), tf.zeros([1, 4, 4, 3])),
    RangeError,
    "The image is 4x4 but the encoder wants 224x224",
  );
});
