import * as tf from "@tensorflow/tfjs";
import v8 from "node:v8";
import vm from "node:vm";
import { makeImages } from "../../experiments/study/cell.ts";
import { ablationMethods, type StudyMethod } from "../../experiments/study/methods.ts";
import type { StudyConfig } from "../../experiments/study/presets.ts";
import { openTask } from "../../experiments/study/task.ts";
import { useEngine } from "../../lib/engine/mod.ts";
import { openWorld } from "../../lib/world/mod.ts";
import { Violation } from "../fuzz/family.ts";
import { tinyMuse } from "../experiments/tiny_muse.ts";
import { TINY_CONFIG } from "../experiments/tiny_study.ts";

/** What one process held after its first tunings and samplings, and after many more. */
export interface SoakTally {
  /** Of which each tunes and samples with the base model, StyleDrop and FineStyle, on a tiny model. */
  readonly rounds: number;
  /** Steps of tuning and of decoding. */
  readonly steps: number;
  readonly seconds: number;
  readonly tensors: { readonly before: number; readonly after: number };
  /** Resident memory in MB, garbage collected; `most` of ten readings on the way. */
  readonly memory: { readonly before: number; readonly most: number; readonly after: number };
}

/** Steps that the embedded model takes in eight hours on two cores, at a tenth of a second each. */
export const EIGHT_HOURS = 288_000;

const STYLE = "sticker", SOAKED = ["muse", "styledrop", "finestyle"];
const isSoaked = ({ method }: StudyMethod) => SOAKED.includes(method.id);
const BASE: StudyConfig = { ...TINY_CONFIG, tune: { ...TINY_CONFIG.tune, steps: 100 } };
/** Sizes of batches; every other one is compiled anew. */
const SHAPES = [{ prompts: 1, imagesPerPrompt: 2 }, { prompts: 3, imagesPerPrompt: 1 }];
const WARM_UP = 1 / 4; // of the steps, at least: the allocators take what they need
const GROWTH = 32; // MB that are no leak: the allocators' own
const READINGS = 10;

/**
 * Tunes and samples in one process, again and again, with batches of changing sizes.
 *
 * @param steps How many steps, the warming up before them not counted.
 * @throws {Violation} if tensors are left, or memory grows
 */
export async function soak(steps: number): Promise<SoakTally> {
  await useEngine("onnxruntime");
  const muse = tinyMuse();
  const world = await openWorld({ styles: [STYLE] });
  let round = 0;
  /** Goes on for so many steps; gives the rounds it took. */
  const work = async (steps: number) => {
    const first = round;
    for (let done = 0; done < steps; round++) {
      const config = { ...BASE, ...SHAPES[round % SHAPES.length]! };
      const task = await openTask(muse, world, STYLE, config.prompts, 0);
      for (const { method } of ablationMethods(config).filter(isSoaked)) {
        const { losses } = await makeImages(muse, method, task, config, round);
        done += losses.length + config.sampling.steps;
      }
    }
    return round - first;
  };
  for (let warm = 0; warm < 2 * SHAPES.length;) warm += await work(1);
  await work(steps * WARM_UP);
  const before = held(), started = performance.now();
  let rounds = 0, most = before.memory;
  for (let i = 0; i < READINGS; i++) {
    rounds += await work(steps / READINGS);
    most = Math.max(most, held().memory);
  }
  const after = held();
  muse.dispose();
  if (after.tensors !== before.tensors || most - before.memory > GROWTH) {
    throw new Violation(
      `${before.tensors} tensors, ${before.memory} MB became ${after.tensors} tensors, ` +
        `up to ${most} MB in ${rounds} rounds`,
    );
  }
  return {
    rounds,
    steps,
    seconds: Number(((performance.now() - started) / 1000).toFixed(1)),
    tensors: { before: before.tensors, after: after.tensors },
    memory: { before: before.memory, most, after: after.memory },
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
