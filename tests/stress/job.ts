/**
 * Small forms of the jobs that a user may kill, as processes of their own: `job.ts NAME ...`. Each
 * stores its state as often as it can and goes on where its folder stands.
 */
import * as tf from "@tensorflow/tfjs";
import { main as personalize } from "../../experiments/personalize.ts";
import { train } from "../../experiments/pretrain/run.ts";
import { holdFolder } from "../../experiments/study/held_folder.ts";
import { runStudy } from "../../experiments/study/run_study.ts";
import { useEngine } from "../../lib/engine/mod.ts";
import type { Random } from "../../lib/engine/random.ts";
import { maskedCrossEntropy } from "../../lib/models/loss.ts";
import { uvit } from "../../lib/models/uvit.ts";
import type { Weights } from "../../lib/models/weights.ts";
import { runCommand } from "../../lib/show/command.ts";
import { Adam } from "../../lib/train/adam.ts";
import { tinyMuse } from "../experiments/tiny_muse.ts";
import { tinyStudy } from "../experiments/tiny_study.ts";
import { TINY, tinyInputs, tinyWeights } from "../generate/tiny_muse.ts";

const SAVE_EVERY = 0; // a checkpoint after every step

/** Trains a tiny U-ViT to say which tokens it sees. */
async function pretrain(folder: string, steps: string): Promise<void> {
  await useEngine("wasm");
  const run = { seed: 1, steps: Number(steps), learningRate: 0.01, warmup: 2 };
  const makeBatch = (random: Random) => {
    const { ids, text, micro } = tinyInputs(random);
    return { ids, ...text, micro };
  };
  const loss = (weights: Weights, batch: ReturnType<typeof makeBatch>) =>
    tf.tidy(() => {
      const { ids, micro, ...text } = batch;
      const targets = tf.cast(tf.minimum(ids, 11), "int32") as tf.Tensor2D;
      return maskedCrossEntropy(uvit(weights, TINY, ids, text, micro), targets, tf.onesLike(ids));
    });
  using _ = await holdFolder(folder);
  const adam = new Adam(tinyWeights());
  await train(folder, adam, { ...run, saveEvery: SAVE_EVERY }, { loss, makeBatch }, () => {});
}

/** A study of three methods. */
async function ablation(folder: string): Promise<void> {
  await useEngine("wasm");
  using _ = await holdFolder(folder);
  await runStudy(await tinyStudy(tinyMuse(), folder, true));
}

const JOBS: Record<string, (...args: string[]) => Promise<void>> = {
  pretrain,
  ablation,
  personalize: (...args) => personalize(args, SAVE_EVERY),
};

await runCommand(() => JOBS[Deno.args[0]!]!(...Deno.args.slice(1)));
