import * as tf from "@tensorflow/tfjs";
import { assertAlmostEquals, assertEquals } from "@std/assert";
import { useEngine } from "../../lib/engine/mod.ts";
import { NORMALISE } from "../../lib/engine/kernels.ts";
import { Random } from "../../lib/engine/random.ts";
import { normalise } from "../../lib/models/layers.ts";

async function valuesOf(engine: "onnxruntime" | "cpu", axes: number[], centred: boolean) {
  await useEngine(engine);
  const random = new Random("normalise"), shape = [2, 3, 5];
  const [x, dy] = [0, 1].map(() => tf.tensor(random.gaussian(30), shape)) as [tf.Tensor, tf.Tensor];
  const flat = tf.mul(x, tf.tensor([1, 0, 1e-4], [1, 3, 1])); // a row of zeros, a row near epsilon
  const gradient = tf.grad((x: tf.Tensor) => normalise(x, axes, 1e-6, centred));
  const [y, dx] = [normalise(flat, axes, 1e-6, centred), gradient(flat, dy)];
  const values = [...await y.data(), ...await dx.data()];
  tf.dispose([x, dy, flat, y, dx]);
  return values;
}

for (const [axes, centred] of [[[2], true], [[2], false], [[1, 2], true]] as const) {
  const what = centred ? "values without their mean" : "values";
  Deno.test(`normalise() of ${what} over axes ${axes} is the same on every engine`, async () => {
    const fast = await valuesOf("onnxruntime", [...axes], centred);
    const plain = await valuesOf("cpu", [...axes], centred);
    plain.forEach((value, i) => assertAlmostEquals(fast[i]!, value, 1e-4 * (1 + Math.abs(value))));
  });
}

Deno.test("onnxruntime has one kernel for it", () => {
  const has = (engine: string) => tf.getKernel(NORMALISE, engine) !== undefined;
  assertEquals([has("onnxruntime"), has("cpu")], [true, false]);
});
