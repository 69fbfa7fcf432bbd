import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { ENGINES, useEngine } from "../../lib/engine/mod.ts";
import { registerTensorFlow } from "../../lib/engine/tensorflow.ts";
import { inFolder } from "../in_folder.ts";
import { testOn } from "./test_on.ts";

Deno.test("useEngine() takes the first engine that runs", async () => {
  assertEquals(await useEngine(), { name: "onnxruntime", reasons: [] });
  assertEquals(tf.getBackend(), "onnxruntime");
});

Deno.test("useEngine() names the engines it has", async () => {
  await assertRejects(() => useEngine("cuda" as "cpu"), RangeError, ENGINES.join(", "));
});

Deno.test("registerTensorFlow() tells what to install", () =>
  inFolder((folder) => {
    const register = () => registerTensorFlow(new URL(`file://${folder}/`));
    assertThrows(register, Error, "run `npm install --prefix .cache/tensorflow @tensorflow/");
    const fallback = `${folder}/node_modules/@tensorflow/tfjs-node`;
    Deno.mkdirSync(fallback, { recursive: true });
    Deno.writeTextFileSync(`${fallback}/index.js`, 'throw new Error("no libtensorflow\\nhere")');
    const broken = "@tensorflow/tfjs-node does not load: no libtensorflow";
    assertEquals(assertThrows(register, Error).message, broken);
    Deno.writeTextFileSync(`${fallback}/index.js`, "");
    assertEquals(register(), "@tensorflow/tfjs-node");
    return Promise.resolve();
  }));

await testOn("webgpu", "finds the first of equal values on long axes", async () => {
  const positions = tf.tidy(() => {
    const late = tf.greaterEqual(tf.range(0, 100, 1), 40); // 0 up to 39, then 1
    const rows = tf.cast(tf.stack([late, tf.logicalNot(late)]), "float32");
    return tf.stack([tf.argMax(rows, 1), tf.argMin(rows, -1)]);
  });
  assertEquals([...await positions.data()], [40, 0, 0, 40]);
  positions.dispose();
});
