import * as tf from "@tensorflow/tfjs";
import { assert, assertEquals } from "@std/assert";
import { useEngine } from "../../lib/engine/mod.ts";
import { replayed } from "../../lib/engine/replay.ts";

/** Runs a function twice on 2 numbers and once on 3; tells how often it was called. */
async function calls(engine: "onnxruntime" | "cpu") {
  await useEngine(engine);
  const factor = tf.tensor1d([10]);
  let count = 0;
  const run = replayed(([x, y]) => {
    count++;
    return [tf.add(tf.mul(x!, factor), y!), tf.clone(y!), tf.sum(x!)];
  });
  const before = tf.memory().numTensors, results: number[][][] = [];
  for (const values of [[1, 2], [3, 4], [5, 6, 7]]) {
    const inputs = [tf.tensor1d(values), tf.scalar(values[0]!)];
    const outputs = await run(inputs);
    results.push(await Promise.all(outputs.map(async (t) => [...await t.data()])));
    tf.dispose([inputs, outputs]);
  }
  assertEquals(tf.memory().numTensors, before);
  factor.dispose();
  return { count, results };
}

Deno.test("replayed() gives what the function gives, and calls it once per shapes on onnxruntime", async () => {
  const [fast, plain] = [await calls("onnxruntime"), await calls("cpu")];
  assertEquals(fast.results, [[[11, 21], [1], [3]], [[33, 43], [3], [7]], [[55, 65, 75], [5], [
    18,
  ]]]);
  assertEquals(plain.results, fast.results);
  assertEquals([fast.count, plain.count], [2, 3]);
});

Deno.test("replayed() takes inputs that are not computed yet", async () => {
  await useEngine("onnxruntime");
  const run = replayed(([x]) => [tf.square(x!)]);
  for (const value of [2, 3]) {
    const x = tf.tidy(() => tf.add(tf.scalar(value), 1));
    const [y] = await run([x]);
    assertEquals([...await y!.data()], [(value + 1) ** 2]);
    tf.dispose([x, y!]);
  }
});

Deno.test("functions of one structure share a session, each with its own values", async () => {
  await useEngine("onnxruntime");
  const scales = [2, 3, 4].map((value) => tf.tensor1d([value, value]));
  const runs = scales.map((scale) => replayed(([x]) => [tf.mul(x!, scale)]));
  const x = tf.tensor1d([1, 10]);
  for (let round = 0; round < 3; round++) {
    for (const [i, run] of runs.entries()) {
      const [y] = await run([x]);
      assertEquals([...await y!.data()], [i + 2, 10 * (i + 2)]);
      y!.dispose();
    }
  }
  tf.dispose([x, scales]);
});

Deno.test("a recording outlives its session: it is made anew", async () => {
  await useEngine("onnxruntime");
  let count = 0;
  const run = replayed(([x]) => {
    count++;
    return [tf.exp(x!)];
  });
  const once = async () => {
    const x = tf.tensor1d([0]), [y] = await run([x]);
    assertEquals([...await y!.data()], [1]);
    tf.dispose([x, y!]);
  };
  await once();
  for (let size = 2; size < 80; size++) { // more sessions than are kept
    const x = tf.ones([size]), y = tf.log(x);
    await y.data();
    tf.dispose([x, y]);
  }
  await once();
  await once();
  assertEquals(count, 2);
  assert(tf.getBackend() === "onnxruntime");
});
