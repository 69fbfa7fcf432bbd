import * as tf from "@tensorflow/tfjs";
import { assertEquals, assertThrows } from "@std/assert";
import { useEngine } from "../../lib/engine/mod.ts";
import { Random } from "../../lib/engine/random.ts";
import {
  AMUSED_VQ,
  initVq,
  type VQConfig,
  vqConfig,
  vqDecode,
  vqDecodeLatents,
  vqEncode,
  vqLatents,
  vqShapes,
} from "../../lib/models/vq.ts";
import { checkShapes, countParameters, toWeights } from "../../lib/models/weights.ts";
import { assertClose, openFixture } from "./fixture.ts";

await useEngine("cpu");

const SMALL = vqConfig({
  block_out_channels: [4, 8],
  norm_num_groups: 2,
  latent_channels: 3,
  num_vq_embeddings: 16,
  mid_block_add_attention: false,
});

Deno.test("vqShapes() counts the parameters of aMUSEd", () => {
  assertEquals(countParameters(vqShapes(AMUSED_VQ)), 146_244_675);
});

Deno.test("vqEncode() and vqDecode() agree with diffusers", async () => {
  const fixture = await openFixture("vq");
  const config = vqConfig(fixture.config as Partial<VQConfig>);
  checkShapes("vq", fixture.raw, vqShapes(config));
  const pixels = fixture.input("pixels") as tf.Tensor4D;
  await assertClose(vqLatents(fixture.weights, config, pixels), fixture.expected("latents"));
  const ids = vqEncode(fixture.weights, config, pixels), wanted = fixture.expected("ids");
  assertEquals(ids.dtype, "int32");
  assertEquals([...await ids.data()], [...wanted.data]);
  const decoded = fixture.expected("decoded");
  const clipped = { ...decoded, data: decoded.data.map((x) => Math.min(1, Math.max(0, x))) };
  await assertClose(vqDecode(fixture.weights, config, ids), clipped);
});

Deno.test("vqDecodeLatents() and vqLatents() are differentiable", () => {
  const weights = toWeights(initVq(SMALL, new Random(1)));
  const variables = new Map([...weights].map(([n, t]) => [n, tf.variable(t, true, n)]));
  const pixels = tf.randomUniform([1, 4, 4, 3], 0, 1, "float32", 1) as tf.Tensor4D;
  const { grads } = tf.variableGrads(() => {
    const latents = vqLatents(variables, SMALL, pixels);
    return tf.mean(tf.squaredDifference(vqDecodeLatents(variables, SMALL, latents), pixels));
  });
  // the codebook alone takes no part without rounding
  assertEquals(Object.keys(grads).length, weights.size - 1);
  tf.disposeVariables();
});

Deno.test("vqEncode() leaks no tensors", () => {
  const weights = toWeights(initVq(SMALL, new Random(1)));
  const pixels = tf.zeros([1, 4, 4, 3]) as tf.Tensor4D;
  const before = tf.memory().numTensors;
  const ids = vqEncode(weights, SMALL, pixels);
  assertEquals(ids.shape, [1, 4]);
  const image = vqDecode(weights, SMALL, ids);
  assertEquals(image.shape, [1, 4, 4, 3]);
  tf.dispose([ids, image]);
  assertEquals(tf.memory().numTensors, before);
});

Deno.test("vqLatents() refuses sides that are no multiple of the stride", () => {
  assertThrows(
    () => vqLatents(new Map(), SMALL, tf.zeros([1, 4, 5, 3])),
    RangeError,
    "The image is 5x4 but its sides must be multiples of 2",
  );
});

Deno.test("vqConfig() refuses attention in the middle", () => {
  assertThrows(() => vqConfig({}), RangeError, '"mid_block_add_attention" is true');
});
