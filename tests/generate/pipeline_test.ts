import { assert, assertEquals, assertRejects } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { useEngine } from "../../lib/engine/mod.ts";
import { Random } from "../../lib/engine/random.ts";
import { generate, type GenerateOptions } from "../../lib/generate/pipeline.ts";
import { applyAdapter, initAdapter } from "../../lib/style/adapters.ts";
import { ADAPTER_DEFAULTS } from "../../lib/style/placements.ts";
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

Deno.test("generate() takes a negative prompt in the place of no words", async () => {
  const guidance = { kind: "muse", lambda: 4 } as const;
  const { ids } = await generate(muse, { ...quick, guidance });
  assertEquals((await generate(muse, { ...quick, guidance, negative: "" })).ids, ids);
  const away = await generate(muse, { ...quick, guidance, negative: "a blue background" });
  assert(away.ids.some((id, i) => id !== ids[i]));
  // moved away from itself by lambda 0, and by any lambda: G(t) + lambda (G(t) - G(t))
  const one = { ...quick, prompts: ["a cat"] };
  const plain = await generate(muse, { ...one, guidance: { kind: "muse", lambda: 0 } });
  assertEquals((await generate(muse, { ...one, guidance, negative: "a cat" })).ids, plain.ids);
});

Deno.test("generate() lets the guidance grow over the steps", async () => {
  const draw = async (growth: "linear" | "constant", steps: number) => {
    const guidance = { kind: "muse", lambda: 8, growth } as const;
    return (await generate(muse, { ...quick, steps, guidance })).ids;
  };
  assertEquals(await draw("linear", 1), await draw("constant", 1)); // the last step has it whole
  const constant = await draw("constant", 4);
  assert((await draw("linear", 4)).some((id, i) => id !== constant[i]));
});

Deno.test("generate() mixes an object's adapter into a style's", async () => {
  const config = { ...ADAPTER_DEFAULTS, placement: "cross-qkvo", initStd: 0.5 } as const;
  const adaptedBy = (seed: number) => {
    const adapter = initAdapter(muse.transformer.config, config, new Random(seed));
    const tensors = new Map([...adapter.tensors].map(([name, { shape }]) => {
      const size = shape.reduce((a, b) => a * b, 1);
      return [name, tf.tensor(new Random(seed).split(name).gaussian(size, 0.5), shape)];
    }));
    return applyAdapter({ ...adapter, tensors }, muse.transformer.weights);
  };
  const [style, object] = [adaptedBy(1), adaptedBy(2)];
  const draw = async (more: Partial<GenerateOptions>) =>
    (await generate(muse, { ...quick, adapted: style, ...more })).ids;
  const whole = await draw({}), other = await draw({ adapted: object });
  assert(whole.some((id, i) => id !== other[i]));
  assertEquals(await draw({ object: { adapted: object, gamma: 0 } }), whole);
  assertEquals(await draw({ object: { adapted: object, gamma: 1 } }), other);
  assertEquals(await draw({ object: { adapted: style, gamma: 0.5 } }), whole);
  const half = await draw({ object: { adapted: object, gamma: 0.5 } });
  assert(half.some((id, i) => id !== whole[i] && id !== other[i]));
  const asked = await draw({ object: { adapted: object, gamma: 0.5, prompts: ["a", "a dog"] } });
  assert(asked.some((id, i) => id !== half[i]));
  await assertRejects(
    () => draw({ object: { adapted: object, gamma: 0.5, prompts: ["a cat"] } }),
    RangeError,
    "1 prompts of the object for 2 prompts",
  );
});

Deno.test("generate() refuses a batch of 0 and no images", async () => {
  await assertRejects(() => generate(muse, { ...quick, batch: 0 }), RangeError, "batch is 0");
  const none = { ...quick, imagesPerPrompt: 0 };
  await assertRejects(() => generate(muse, none), RangeError, "imagesPerPrompt is 0");
});
