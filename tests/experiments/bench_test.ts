import * as tf from "@tensorflow/tfjs";
import { assertEquals, assertThrows } from "@std/assert";
import { countFlops } from "../../experiments/bench/flops.ts";
import { benchTable, enginesOf } from "../../experiments/bench.ts";
import { useEngine } from "../../lib/engine/mod.ts";
import { UsageError } from "../../lib/show/command.ts";

Deno.test("countFlops() counts matrix products, that of the gradient too", async () => {
  await useEngine("cpu");
  const a = tf.ones([5, 2, 3]), b = tf.ones([5, 4, 3]);
  const product = (x: tf.Tensor) => tf.matMul(x, b, false, true); // [5, 2, 4]
  const forward = 2 * 5 * 2 * 3 * 4;
  assertEquals(await countFlops(() => Promise.resolve(product(a))), forward);
  const gradient = tf.grad((x) => tf.sum(product(x)));
  assertEquals(await countFlops(() => Promise.resolve(gradient(a))), 2 * forward);
  tf.dispose([a, b]);
});

Deno.test("benchTable() compares engines with the first, and work with the matmul ceiling", () => {
  const timing = (engine: string, name: string, ms: number, flops: number) => ({
    ...{ engine, name, ms, flops, repeats: 3, quartiles: [ms, ms] as const },
  });
  const text = benchTable([
    timing("onnxruntime", "matmul", 10, 2 * 1024 ** 3),
    timing("onnxruntime", "step", 20, 2 * 1024 ** 3),
    timing("wasm", "matmul", 100, 2 * 1024 ** 3),
    timing("wasm", "step", 50, 2 * 1024 ** 3),
  ]);
  assertEquals(text.split("\n").slice(1).map((line) => line.split(/ {2,}/)), [
    ["matmul", "10.0", "10.0", "100 %"],
    ["step", "20.0", "2.5", "50 %"],
  ]);
});

Deno.test("bench refuses an unknown engine", () => {
  assertEquals(enginesOf("wasm, cpu"), ["wasm", "cpu"]);
  assertThrows(() => enginesOf("wasm,cuda"), UsageError, '"cuda"');
});
