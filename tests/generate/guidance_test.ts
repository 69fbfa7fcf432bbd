import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import {
  type Branch,
  branchWeights,
  type Forward,
  type Guidance,
  guidedLogits,
  lambdaOfScale,
} from "../../lib/generate/guidance.ts";

await tf.setBackend("cpu");

const encoding = (value: number, batch = 1) => ({
  sequence: tf.fill([batch, 2, 3], value) as tf.Tensor3D,
  pooled: tf.fill([batch, 3], value) as tf.Tensor2D,
});
const prompt = encoding(2);
const empty = encoding(0);
const ids = tf.tensor2d([[1, 2]], [1, 2], "int32");

/** Logits = model number + pooled text, [B, L, 1]; counts its calls and batch sizes. */
function model(number: number, calls: number[]): Forward {
  return (ids, text) => {
    calls.push(ids.shape[0]);
    const value = tf.add(tf.slice(text.pooled, [0, 0], [-1, 1]), number); // [B, 1]
    return tf.tile(tf.expandDims(value, 1), [1, ids.shape[1], 1]) as tf.Tensor3D;
  };
}

/** [value of the guided logits, batch sizes of the adapted model, of the base model] */
async function guided(guidance: Guidance): Promise<[number, number[], number[]]> {
  const calls: [number[], number[]] = [[], []];
  const models = { adapted: model(10, calls[0]), base: model(1, calls[1]), prompt, empty };
  const logits = guidedLogits(models, branchWeights(guidance), ids);
  assertEquals(logits.shape, [1, 2, 1]);
  return [(await logits.data())[1]!, ...calls];
}

// G^(t) = 12, G^(n) = 10, G(t) = 3, G(n) = 1
Deno.test("guidedLogits() of FineStyle: G^(t) + l1 (G^(t) - G(t)) + l2 (G^(t) - G^(n))", async () => {
  const [value, adapted, base] = await guided({ kind: "finestyle", lambda1: 0.5, lambda2: 3 });
  assertAlmostEquals(value, 12 + 0.5 * (12 - 3) + 3 * (12 - 10), 1e-5);
  assertEquals([adapted, base], [[2], [1]]); // both adapted branches in one pass
});

Deno.test("guidedLogits() of StyleDrop: G^(t) + lA (G^(t) - G(t)) + lB (G(t) - G(n))", async () => {
  const [value, adapted, base] = await guided({ kind: "styledrop", lambdaA: 0.5, lambdaB: 3 });
  assertAlmostEquals(value, 12 + 0.5 * (12 - 3) + 3 * (3 - 1), 1e-5);
  assertEquals([adapted, base], [[1], [2]]);
});

Deno.test("guidedLogits() of Muse: G(t) + l (G(t) - G(n)), the adapted model not run", async () => {
  const [value, adapted, base] = await guided({ kind: "muse", lambda: 4 });
  assertAlmostEquals(value, 3 + 4 * (3 - 1), 1e-5);
  assertEquals([adapted, base], [[], [2]]);
});

Deno.test("guidedLogits() does not run branches with coefficient 0", async () => {
  assertEquals(await guided({ kind: "finestyle", lambda1: 0, lambda2: 0 }), [12, [1], []]);
  assertEquals(await guided({ kind: "finestyle", lambda1: 1, lambda2: 0 }), [21, [1], [1]]);
  assertEquals(await guided({ kind: "styledrop", lambdaA: 2, lambdaB: 2 }), [34, [1], [1]]);
});

Deno.test("guidedLogits() runs one pass where both models are the same", () => {
  const calls: number[] = [];
  const base = model(1, calls);
  const weights = branchWeights({ kind: "finestyle", lambda1: 2, lambda2: 3 });
  guidedLogits({ base, adapted: base, prompt, empty }, weights, ids);
  assertEquals(calls, [2]);
});

Deno.test("guidedLogits() leaves no tensor but its answer", () => {
  const models = { base: model(1, []), adapted: model(2, []), prompt, empty };
  const before = tf.memory().numTensors;
  const weights = branchWeights({ kind: "finestyle", lambda1: 2, lambda2: 3 });
  guidedLogits(models, weights, ids).dispose();
  assertEquals(tf.memory().numTensors, before);
});

Deno.test("branchWeights() sum to 1, whatever the formula", () => {
  const guidances: Guidance[] = [
    { kind: "muse", lambda: 5 },
    { kind: "styledrop", lambdaA: 2, lambdaB: 5 },
    { kind: "finestyle", lambda1: 1, lambda2: 5, growth: "linear" },
  ];
  for (const guidance of guidances) {
    const weights = branchWeights(guidance, 0.25);
    const branches = Object.keys(weights) as Branch[];
    assertEquals(branches.reduce((sum, branch) => sum + weights[branch], 0), 1);
  }
});

Deno.test("branchWeights() grows linearly when asked to", () => {
  const weights = branchWeights({ kind: "muse", lambda: 8, growth: "linear" }, 0.25);
  assertEquals([weights.basePrompt, weights.baseNull], [3, -2]);
});

Deno.test("branchWeights() refuses a coefficient that is not finite", () => {
  assertThrows(() => branchWeights({ kind: "muse", lambda: NaN }), RangeError, "lambda NaN");
});

Deno.test("lambdaOfScale() turns aMUSEd's scale 10 into lambda 9", () => {
  assertEquals(lambdaOfScale(10), 9);
});
