import * as tf from "@tensorflow/tfjs";
import { assertEquals, assertMatch, assertNotEquals, assertStringIncludes } from "@std/assert";
import {
  checkpointFolder,
  tuneResumably,
  type TuningJob,
} from "../../experiments/personalize/tuning.ts";
import { useEngine } from "../../lib/engine/mod.ts";
import { Random } from "../../lib/engine/random.ts";
import type { Muse } from "../../lib/models/muse.ts";
import { Interruption } from "../../lib/show/interruption.ts";
import { EARLY_STOP } from "../../lib/style/early_stop.ts";
import { preparePairs } from "../../lib/style/personalize.ts";
import { tune, TUNE_DEFAULTS } from "../../lib/style/tune.ts";
import { saveCheckpoint } from "../../lib/train/checkpoint.ts";
import { captionOf, openWorld, referenceScene } from "../../lib/world/mod.ts";
import { inFolder } from "../in_folder.ts";
import { tinyMuse } from "./tiny_muse.ts";

const STEPS = 4;

async function jobOn(muse: Muse): Promise<TuningJob> {
  const scene = referenceScene("sticker"), world = await openWorld({ styles: [scene.style] });
  const reference = { image: world.render(scene).image, caption: captionOf(scene) };
  const { pairs } = await preparePairs(muse, reference, {}, new Random(0));
  const config = { ...TUNE_DEFAULTS, steps: STEPS, batch: 2, learningRate: 0.01 };
  return { pairs, config, seed: 5, engine: "cpu", model: { weights: "0" }, variant: "fp32" };
}

/** The adapter's numbers, and what stderr was told. */
async function numbers(muse: Muse, job: TuningJob, out: string, resume = true) {
  const told: string[] = [], { error } = console;
  console.error = (line: string) => told.push(line);
  using interruption = new Interruption("");
  try {
    const run = { out, resume, saveEvery: 60, interruption };
    const { tensors } = await tuneResumably(muse, job, run);
    const data = [...tensors].map(([name, tensor]) => [name, [...tensor.dataSync()]]);
    tf.dispose([...tensors.values()]);
    return { data, told };
  } finally {
    console.error = error;
  }
}

Deno.test("tuneResumably() goes on with the same job alone, and gives what an unbroken run gives", () =>
  inFolder(async (out) => {
    await useEngine("cpu");
    const muse = tinyMuse(), job = await jobOn(muse);
    const whole = await numbers(muse, job, out, false);
    assertEquals(whole.told, []);

    const { pairs, config, seed } = job;
    const cut = await tune(muse, pairs, config, {
      random: new Random(seed).split("tune"),
      async onStep({ step, state }) {
        if (step === 2) await saveCheckpoint(checkpointFolder(out, job), await state());
      },
    });
    tf.dispose([...cut.adapter.tensors.values()]);
    const resumed = await numbers(muse, job, out);
    assertEquals([resumed.data, resumed.told], [whole.data, ["Going on after step 2"]]);

    const other = await numbers(muse, { ...job, seed: 6 }, out);
    assertEquals(other.told.length, 1);
    assertStringIncludes(other.told[0]!, `Nothing to resume: "${out}" has no checkpoint of this`);
    assertEquals(other.data, (await numbers(muse, { ...job, seed: 6 }, out, false)).data);
    muse.dispose();
  }));

Deno.test("tuneResumably() stops early at the same step when it is resumed", () =>
  inFolder(async (out) => {
    await useEngine("wasm");
    const muse = tinyMuse(), job = await jobOn(muse), earlyStop = { ...EARLY_STOP, every: 1 };
    const early = { ...job, config: { ...job.config, learningRate: 1, steps: 60, earlyStop } };
    const whole = await numbers(muse, early, out, false);
    assertMatch(whole.told[0]!, /^Held-out tokens were known best after step [1-9]$/);

    const { pairs, config, seed } = early;
    const cut = await tune(muse, pairs, config, {
      random: new Random(seed).split("tune"),
      async onStep({ step, state }) {
        if (step === 2) await saveCheckpoint(checkpointFolder(out, early), await state());
      },
    });
    tf.dispose([...cut.adapter.tensors.values()]);
    const resumed = await numbers(muse, early, out);
    assertEquals(resumed, { data: whole.data, told: ["Going on after step 2", ...whole.told] });
    muse.dispose();
  }));

Deno.test("checkpointFolder() changes with all that decides an adapter", async () => {
  await useEngine("cpu");
  const muse = tinyMuse(), job = await jobOn(muse), [full, ...others] = job.pairs;
  const first = full!.variants[0]!;
  const changes: TuningJob[] = [
    { ...job, seed: 6 },
    { ...job, engine: "wasm" },
    { ...job, variant: "fp16" },
    { ...job, model: { weights: "1" } },
    { ...job, config: { ...job.config, learningRate: 0.02 } },
    { ...job, pairs: others },
    { ...job, pairs: [{ ...full!, text: "a dog, in sticker style" }, ...others] },
    { ...job, pairs: [{ ...full!, variants: [first.map((id) => (id + 1) % 32)] }, ...others] },
  ];
  muse.dispose();
  const named = checkpointFolder("out", job);
  assertEquals(checkpointFolder("out", structuredClone(job)), named);
  for (const change of changes) assertNotEquals(checkpointFolder("out", change), named);
});
