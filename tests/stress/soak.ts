import * as tf from "@tensorflow/tfjs";
import v8 from "node:v8";
import vm from "node:vm";
import { makeImages } from "../../experiments/study/cell.ts";
import { openTask } from "../../experiments/study/task.ts";
import { useEngine } from "../../lib/engine/mod.ts";
import { Violation } from "../fuzz/family.ts";
import { tinyMuse } from "../experiments/tiny_muse.ts";
import { tinyStudy } from "../experiments/tiny_study.ts";

/** What one process held after its first tunings and samplings, and after many more. */
export interface SoakTally {
  /** Of which each tunes and samples with every method of a tiny study. */
  readonly rounds: number;
  readonly seconds: number;
  readonly tensors: { readonly before: number; readonly after: number };
  /** Resident memory in MB, garbage collected. */
  readonly memory: { readonly before: number; readonly after: number };
}

const WARM_UP = 1 / 4; // of the time: graphs are compiled, and the allocators take what they need
const GROWTH = 32; // MB that are no leak: the allocators' own

/**
 * Tunes and samples in one process, again and again.
 *
 * @param seconds How long, the warming up before it not counted.
 * @throws {Violation} if tensors are left, or memory grows
 */
export async function soak(seconds: number): Promise<SoakTally> {
  await useEngine("onnxruntime");
  const muse = tinyMuse();
  const { methods, config, world, styles } = await tinyStudy(muse, "", false);
  const task = await openTask(muse, world, styles[0]!, config.prompts, 0);
  const roundsFor = async (seconds: number) => {
    const until = performance.now() + 1000 * seconds;
    let rounds = 0;
    do {
      for (const { method } of methods) await makeImages(muse, method, task, config, rounds);
      rounds++;
    } while (performance.now() < until);
    return rounds;
  };
  await roundsFor(seconds * WARM_UP);
  const before = held(), started = performance.now();
  const rounds = await roundsFor(seconds);
  const after = held();
  muse.dispose();
  if (after.tensors !== before.tensors || after.memory - before.memory > GROWTH) {
    const words = ({ tensors, memory }: typeof after) => `${tensors} tensors, ${memory} MB`;
    throw new Violation(`${words(before)} became ${words(after)} in ${rounds} rounds`);
  }
  return {
    rounds,
    seconds: Number(((performance.now() - started) / 1000).toFixed(1)),
    tensors: { before: before.tensors, after: after.tensors },
    memory: { before: before.memory, after: after.memory },
  };
}

function held() {
  collectGarbage();
  const memory = Math.round(Deno.memoryUsage().rss / 1e6);
  return { tensors: tf.memory().numTensors, memory };
}

/** V8's own collector, which only a flag makes callable. */
function collectGarbage(): void {
  v8.setFlagsFromString("--expose-gc");
  vm.runInNewContext("gc")();
}
