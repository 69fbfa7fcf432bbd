import { assert, assertEquals } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { fineStyle } from "../../lib/baselines/finestyle.ts";
import type { Method } from "../../lib/baselines/method.ts";
import { museMethod } from "../../lib/baselines/muse.ts";
import { styleAligned } from "../../lib/baselines/style_aligned.ts";
import { styleDrop } from "../../lib/baselines/styledrop.ts";
import { useEngine } from "../../lib/engine/mod.ts";
import { Random } from "../../lib/engine/random.ts";
import { ADAPTER_DEFAULTS } from "../../lib/style/placements.ts";
import { tinyImage, tinyMuse } from "../generate/tiny_muse.ts";

await useEngine();
const muse = tinyMuse();
const reference = {
  image: tinyImage(),
  caption: "a cat to the left of a house on a blue background, in sticker style",
};
const tune = { steps: 3, batch: 2, learningRate: 0.1 };
const METHODS: [Method, string, string, boolean][] = [
  [museMethod(), "muse", "none", false],
  [styleAligned(), "stylealigned", "none", false],
  [styleDrop({ tune }), "styledrop", "after-cross+mlp", false],
  [fineStyle({ tune }), "finestyle", "cross-kv", true],
  [fineStyle({ tune, scaling: { mode: "mask" } }), "finestyle", "cross-kv", true],
  [
    fineStyle({ tune: { ...tune, adapter: { ...ADAPTER_DEFAULTS, placement: "self-kv" } } }, "own"),
    "own",
    "self-kv",
    true,
  ],
];

for (const [method, id, placement, scaled] of METHODS) {
  Deno.test(`${id} (${placement}) tunes on a reference and generates`, async () => {
    assertEquals([method.id, method.placement, method.dataScaling], [id, placement, scaled]);
    const before = tf.memory().numTensors;
    const steps: number[] = [];
    const tuned = await method.prepare(reference, muse, new Random(1), ({ step }) => {
      steps.push(step);
    });
    const { ids, images } = await tuned.generate({
      prompts: ["a dog, in sticker style"],
      steps: 2,
    });
    assertEquals([ids.length, images.length], [16, 1]);
    const tunes = placement !== "none";
    assertEquals(steps, tunes ? [1, 2, 3] : []);
    assertEquals(tuned.trainableParameters > 0, tunes);
    tuned.dispose();
    assertEquals(tf.memory().numTensors, before);
  });
}

Deno.test("prepare() with the same seed tunes the same adapter", async () => {
  const values = async (seed: number) => {
    const { adapter } = await fineStyle({ tune }).prepare(reference, muse, new Random(seed));
    return await adapter!.tensors.get("transformer_layers.*.attn2.to_k.lora_B.weight")!.data();
  };
  const first = await values(1);
  assertEquals(await values(1), first);
  assert((await values(2)).some((x, i) => x !== first[i]));
});

Deno.test("styleAligned() changes the tokens, unless no layer shares its attention", async () => {
  const made = async (method: Method) => {
    const tuned = await method.prepare(reference, muse, new Random(1));
    const { ids } = await tuned.generate({ prompts: ["a dog", "a house"], steps: 4 });
    tuned.dispose();
    return ids;
  };
  const plain = await made(museMethod());
  assertEquals(await made(styleAligned({ untouched: 1 })), plain);
  const shared = await made(styleAligned());
  assert(shared.some((id, i) => id !== plain[i]));
});
