import { assert, assertEquals, assertRejects } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { useEngine } from "../../lib/engine/mod.ts";
import { Random } from "../../lib/engine/random.ts";
import { disposeAdapter } from "../../lib/style/adapters.ts";
import { ADAPTER_DEFAULTS } from "../../lib/style/placements.ts";
import type { Pair } from "../../lib/style/scaling.ts";
import { tune, TUNE_DEFAULTS, type TuneState } from "../../lib/style/tune.ts";
import { drawBatch } from "../../lib/style/tune_batch.ts";
import { tinyImage, tinyMuse } from "../generate/tiny_muse.ts";

await useEngine();
const muse = tinyMuse();
const image = tinyImage();
const pair = (kind: Pair["kind"], text: string, shift: number): Pair => ({
  ...{ kind, text, image },
  variants: [Int32Array.from({ length: 16 }, (_, i) => (i + shift) % 12)],
  microConditions: [16, 16, 0, 0, 6],
});
const region = Uint8Array.from({ length: 16 }, (_, i) => i < 4 ? 1 : 0);
const PAIRS: Pair[] = [
  pair("full", "a cat on a blue background, in sticker style", 0),
  { ...pair("subject", "cat in sticker style", 5), concept: "cat", maskable: region },
  { ...pair("background", "blue background in sticker style", 7), concept: "blue background" },
];
const QUICK = { ...TUNE_DEFAULTS, steps: 4, batch: 4, learningRate: 1e-2 };

Deno.test("tune() lowers the loss and leaves the base model alone", async () => {
  const base = await muse.transformer.weights.get("mlm_layer.conv2.weight")!.data();
  const adapterConfig = { ...ADAPTER_DEFAULTS, placement: "cross-qkvo", shared: false } as const;
  const config = { ...QUICK, adapter: adapterConfig, steps: 40, learningRate: 3e-2 };
  const { adapter, losses } = await tune(muse, PAIRS, config, { random: new Random(1) });
  const mean = (values: number[]) => values.reduce((a, b) => a + b) / values.length;
  assertEquals(losses.length, 40);
  assert(mean(losses.slice(-10)) < mean(losses.slice(0, 10)) - 0.1, String(losses));
  assertEquals(await muse.transformer.weights.get("mlm_layer.conv2.weight")!.data(), base);
  disposeAdapter(adapter);
});

Deno.test("tune() resumed equals tune() uninterrupted", async () => {
  const values = async (resume?: TuneState, onStep?: Parameters<typeof tune>[3]["onStep"]) => {
    const options = { random: new Random(2), ...(resume && { resume }), ...(onStep && { onStep }) };
    const { adapter } = await tune(muse, PAIRS, QUICK, options);
    const out = await Promise.all([...adapter.tensors.values()].map((tensor) => tensor.data()));
    disposeAdapter(adapter);
    return out;
  };
  let state: TuneState | undefined;
  const whole = await values(undefined, async (step) => {
    if (step.step === 2) state = await step.state();
  });
  assertEquals(state!.steps, 2);
  assertEquals(await values(state), whole);
});

Deno.test("tune() leaves no tensor but the adapter", async () => {
  const before = tf.memory().numTensors;
  const { adapter } = await tune(muse, PAIRS, QUICK, { random: new Random(3) });
  assertEquals(tf.memory().numTensors, before + adapter.tensors.size);
  disposeAdapter(adapter);
});

Deno.test("drawBatch() masks within the region and only there asks for an answer", () => {
  const config = { batch: 300, pFull: 0.5 };
  const { pairs, ids, targets, weights } = drawBatch(muse, PAIRS, config, new Random(4));
  const share = (index: number) => pairs.filter((i) => i === index).length / pairs.length;
  assert(Math.abs(share(0) - 0.5) < 0.1 && Math.abs(share(1) - 0.25) < 0.1);
  pairs.forEach((index, b) => {
    const row = Array.from({ length: 16 }, (_, i) => b * 16 + i);
    const masked = row.filter((i) => ids[i] === 12);
    assert(masked.length >= 1);
    assert(row.every((i) => weights[i] === (ids[i] === 12 ? 1 : 0)));
    assert(row.every((i) => targets[i] === PAIRS[index]!.variants[0]![i % 16]));
    if (index === 1) assert(masked.every((i) => i % 16 < 4));
  });
});

Deno.test("drawBatch() takes the full pair where there is no other", () => {
  const { pairs } = drawBatch(muse, [PAIRS[0]!], { batch: 5, pFull: 0 }, new Random(5));
  assertEquals(pairs, [0, 0, 0, 0, 0]);
});

Deno.test("tune() refuses configs out of range", async () => {
  const run = (change: object, pairs = PAIRS) => () =>
    tune(muse, pairs, { ...QUICK, ...change }, { random: new Random(1) });
  await assertRejects(run({ steps: 0 }), RangeError, "steps is 0");
  await assertRejects(run({ learningRate: -1 }), RangeError, "learningRate is -1");
  await assertRejects(run({ pFull: 2 }), RangeError, "pFull is 2");
  await assertRejects(run({}, []), RangeError, "no pairs");
  const empty = [{ ...PAIRS[1]!, maskable: new Uint8Array(16) }];
  await assertRejects(run({}, empty), RangeError, 'region of "cat" is empty');
});
