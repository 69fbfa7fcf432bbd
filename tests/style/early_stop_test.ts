import { assert, assertEquals, assertRejects } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { useEngine } from "../../lib/engine/mod.ts";
import { Random } from "../../lib/engine/random.ts";
import { disposeAdapter } from "../../lib/style/adapters.ts";
import { EARLY_STOP } from "../../lib/style/early_stop.ts";
import { drawHeldOut, drawLooks } from "../../lib/style/held_out.ts";
import type { Pair } from "../../lib/style/scaling.ts";
import { tune, TUNE_DEFAULTS, type TuneOptions, type TuneState } from "../../lib/style/tune.ts";
import { drawBatch } from "../../lib/style/tune_batch.ts";
import { tinyImage, tinyMuse } from "../generate/tiny_muse.ts";

await useEngine("wasm");
const muse = tinyMuse();
const pair = (kind: Pair["kind"], text: string, shift: number): Pair => ({
  ...{ kind, text, image: tinyImage() },
  variants: [Int32Array.from({ length: 16 }, (_, i) => (i * i + shift) % 12)],
  microConditions: [16, 16, 0, 0, 6],
});
const region = Uint8Array.from({ length: 16 }, (_, i) => i < 4 ? 1 : 0);
const PAIRS: Pair[] = [
  pair("full", "a cat on a blue background, in sticker style", 0),
  { ...pair("subject", "cat in sticker style", 5), concept: "cat", maskable: region },
];
const STEPS = 40, earlyStop = { share: 0.3, every: 2, patience: 2 };
const adapter = { ...TUNE_DEFAULTS.adapter, placement: "cross-qkvo", shared: false } as const;
const CONFIG = { ...TUNE_DEFAULTS, adapter, steps: STEPS, batch: 4, learningRate: 0.1, earlyStop };

/** The adapter's numbers, the steps taken, and every look: [step, held-out loss]. */
async function run(options: Partial<TuneOptions> = {}, config: Partial<typeof CONFIG> = {}) {
  const looks: [number, number][] = [];
  const result = await tune(muse, PAIRS, { ...CONFIG, ...config }, {
    random: new Random(4),
    ...options,
    async onStep(step) {
      if (step.heldOut !== undefined) looks.push([step.step, step.heldOut]);
      await options.onStep?.(step);
    },
  });
  const { adapter, losses, bestStep } = result;
  const numbers = await Promise.all([...adapter.tensors.values()].map((tensor) => tensor.data()));
  disposeAdapter(adapter);
  return { numbers, steps: losses.length, bestStep, looks };
}

Deno.test("tune() stops where held-out tokens are no longer learned, and keeps the best", async () => {
  const before = tf.memory().numTensors;
  const { numbers, steps, bestStep, looks } = await run();
  assertEquals(tf.memory().numTensors, before);
  assert(steps < STEPS, `${steps} steps`);
  assertEquals(looks.map(([step]) => step), Array.from({ length: steps / 2 }, (_, i) => 2 * i + 2));
  const lowest = looks.toSorted(([, a], [, b]) => a - b)[0]!;
  assertEquals(bestStep, lowest[0]);
  assertEquals(steps, bestStep + earlyStop.every * earlyStop.patience);
  // the same as ending there by hand
  assertEquals((await run({}, { steps: bestStep })).numbers, numbers);
});

Deno.test("tune() with early stopping resumes from any step as if it had never been cut off", async () => {
  const states: TuneState[] = [];
  const whole = await run({ onStep: async ({ state }) => void states.push(await state()) });
  assertEquals(states.length, whole.steps);
  for (const state of [states[0]!, states[2]!, states.at(-2)!, states.at(-1)!]) {
    const { numbers, steps, bestStep } = await run({ resume: state });
    assertEquals([numbers, bestStep], [whole.numbers, whole.bestStep]);
    assertEquals(steps, whole.steps - state.steps); // none after the last
  }
  const { steps, tensors } = states[3]!;
  const without = new Map([...tensors].filter(([name]) => !name.startsWith("early.")));
  await assertRejects(() => run({ resume: { steps, tensors: without } }), TypeError, "early.looks");
});

Deno.test("held-out tokens are masked, never asked for, and are all that looks ask for", () => {
  const heldOut = PAIRS.map((pair, i) => drawHeldOut(pair, 0.3, new Random(i)));
  assertEquals(heldOut.map((mask) => mask.filter((x) => x === 1).length), [4, 1]); // of 16 and of 4
  assert(heldOut[1]!.every((x, i) => x === 0 || region[i] === 1));

  const { pairs, ids, weights } = drawBatch(
    muse,
    PAIRS,
    { batch: 50, pFull: 0.5 },
    new Random(1),
    heldOut,
  );
  const plain = drawBatch(muse, PAIRS, { batch: 50, pFull: 0.5 }, new Random(1));
  assertEquals(ids, plain.ids);
  const isHeldOut = (i: number) => heldOut[pairs[Math.floor(i / 16)]!]![i % 16] === 1;
  assert(ids.some((id, i) => id === 12 && isHeldOut(i)));
  assert(weights.every((weight, i) => weight === (isHeldOut(i) ? 0 : plain.weights[i])));

  const looks = drawLooks(muse, PAIRS, heldOut, { batch: 3, pFull: 0.8 }, new Random(2));
  assertEquals(looks.map(({ batch }) => batch.pairs), [[0, 0, 1], [1, 1, 1]]); // two were filled up
  const shares = [0, 0];
  for (const { batch } of looks) {
    batch.weights.forEach((weight, i) => {
      const index = batch.pairs[Math.floor(i / 16)]!;
      if (weight > 0) assert(heldOut[index]![i % 16] === 1 && batch.ids[i] === 12);
      shares[index]! += weight;
    });
  }
  assertEquals(shares.map((share) => Math.round(100 * share)), [80, 20]); // as often as they are drawn
});

Deno.test("tune() refuses to stop early in ways that make no sense", async () => {
  const stop = (change: object) => () => run({}, { earlyStop: { ...EARLY_STOP, ...change } });
  await assertRejects(stop({ share: 0 }), RangeError, "share is 0, want more than 0");
  await assertRejects(stop({ share: 0.01 }), RangeError, "holds out no token");
  await assertRejects(stop({ every: 0 }), RangeError, "earlyStop.every is 0");
  await assertRejects(stop({ patience: 1.5 }), RangeError, "earlyStop.patience is 1.5");
});
