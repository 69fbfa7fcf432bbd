import { assert, assertEquals, assertRejects } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { useEngine } from "../../lib/engine/mod.ts";
import { generate } from "../../lib/generate/pipeline.ts";
import { tinyMuse, tinyWeights } from "./tiny_muse.ts";

await useEngine("cpu");
const muse = tinyMuse();
const prompts = ["a cat", "a dog on a blue background"];
const quick = { prompts, steps: 3, imagesPerPrompt: 2 };

Deno.test("generate() gives the images of each prompt in order", async () => {
  const before = tf.memory().numTensors;
  const { ids, images } = await generate(muse, quick);
  assertEquals(tf.memory().numTensors, before);
  assertEquals(ids.length, 4 * 16);
  assert(ids.every((id) => id >= 0 && id < 12));
  assertEquals(images.map(({ width, height }) => [width, height]), Array(4).fill([16, 16]));
});

Deno.test("generate() makes an image from seed, prompt and number alone", async () => {
  const { ids } = await generate(muse, { ...quick, seed: 5 });
  const split = await generate(muse, { ...quick, seed: 5, batch: 3 });
  assertEquals(split.ids, ids);
  const second = await generate(muse, { ...quick, seed: 5, prompts: [prompts[1]!] });
  assertEquals(second.ids, ids.slice(32));
  const other = await generate(muse, { ...quick, seed: 6 });
  assert(other.ids.some((id, i) => id !== ids[i]));
});

Deno.test("generate() with adapted weights equal to the base gives plain Muse", async () => {
  const adapted = { weights: tinyWeights() };
  const guidance = { kind: "finestyle", lambda1: 3, lambda2: 2 } as const;
  const styled = await generate(muse, { ...quick, adapted, guidance });
  const plain = await generate(muse, { ...quick, guidance: { kind: "muse", lambda: 2 } });
  assertEquals(styled.ids, plain.ids);
});

Deno.test("generate() refuses a batch of 0 and no images", async () => {
  await assertRejects(() => generate(muse, { ...quick, batch: 0 }), RangeError, "batch is 0");
  const none = { ...quick, imagesPerPrompt: 0 };
  await assertRejects(() => generate(muse, none), RangeError, "imagesPerPrompt is 0");
});
