import { assert, assertEquals, assertRejects } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { fineStyle } from "../../lib/baselines/finestyle.ts";
import type { Method } from "../../lib/baselines/method.ts";
import { museMethod } from "../../lib/baselines/muse.ts";
import { styleAligned } from "../../lib/baselines/style_aligned.ts";
import type { FeedbackMeasure, Sample } from "../../lib/baselines/feedback.ts";
import { styleDrop } from "../../lib/baselines/styledrop.ts";
import { styleDropFeedback } from "../../lib/baselines/styledrop_feedback.ts";
import { useEngine } from "../../lib/engine/mod.ts";
import { Random } from "../../lib/engine/random.ts";
import { GUIDANCE_DEFAULTS } from "../../lib/generate/guidance.ts";
import { ADAPTER_DEFAULTS } from "../../lib/style/placements.ts";
import { tinyImage, tinyMuse } from "../generate/tiny_muse.ts";

await useEngine();
const muse = tinyMuse();
const reference = {
  image: tinyImage(),
  caption: "a cat to the left of a house on a blue background, in sticker style",
};
const tune = { steps: 3, batch: 2, learningRate: 0.1 };
const guidance = GUIDANCE_DEFAULTS.styledrop;
const feedbackConfig = (measure: FeedbackMeasure) => ({
  ...{ round1: { tune, guidance }, round2: { tune, guidance } },
  feedback: {
    contents: ["a dog", "a house"],
    template: "{concept}, in {style} style",
    perPrompt: 3,
    measure,
    sampling: { steps: 2 },
  },
});
const METHODS: [Method, string, string, boolean][] = [
  [museMethod(), "muse", "none", false],
  [styleAligned(), "stylealigned", "none", false],
  [styleDrop({ tune }), "styledrop", "after-cross+mlp", false],
  [styleDropFeedback(feedbackConfig("random")), "styledrop-cf", "after-cross+mlp", false],
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
    const rounds = id === "styledrop-cf" ? 2 : 1;
    assertEquals(steps, tunes ? Array(rounds).fill([1, 2, 3]).flat() : []);
    assertEquals(method.steps ?? 0, steps.length);
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

Deno.test("styledrop-cf tunes round 2 on the samples that are rated best, and on nothing else", async () => {
  const method = styleDropFeedback(feedbackConfig("text"));
  const rated: Sample[][] = [];
  let drawn = 0;
  const prepare = async (best: number) => {
    const tuned = await method.prepare(reference, muse, new Random(1), undefined, {
      rate: (samples, image, measure) => {
        assertEquals([image, measure], [reference.image, "text"]);
        rated.push([...samples]);
        return Promise.resolve(samples.map((_, i) => i % 3 === best ? 1 : 0));
      },
      onSamples: (count) => void (drawn += count),
    });
    const [tensor] = [...tuned.adapter!.tensors.values()].slice(-1);
    const values = await tensor!.data();
    const { dPrj, shared } = tuned.adapter!.config;
    assertEquals([dPrj, shared], [32, false]);
    tuned.dispose();
    return values;
  };
  const first = await prepare(0);
  assertEquals([drawn, method.samples], [6, 6]);
  assertEquals(rated[0]!.map(({ prompt }) => prompt), [
    ...Array(3).fill("a dog, in sticker style"),
    ...Array(3).fill("a house, in sticker style"),
  ]);
  assertEquals(await prepare(0), first);
  assertEquals(rated[1], rated[0]);
  assert((await prepare(1)).some((x, i) => x !== first[i]));
  await assertRejects(
    () => method.prepare(reference, muse, new Random(1)),
    TypeError,
    'feedback by "text" wants a scorer',
  );
});
