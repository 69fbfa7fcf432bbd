import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import {
  type Branch,
  branchWeights,
  type Forward,
  type Guidance,
  guidedLogits,
  guidedTerms,
  lambdaOfScale,
  mixTerms,
} from "../../lib/generate/guidance.ts";

await tf.setBackend("cpu");

const encoding = (value: number, batch = 1) => ({
  sequence: tf.fill([batch, 2, 3], value) as tf.Tensor3D,
  pooled: tf.fill([batch, 3], value) as tf.Tensor2D,
});
const prompt = encoding(2);
const nullText = encoding(0);
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
  const models = { adapted: model(10, calls[0]), base: model(1, calls[1]), prompt, nullText };
  const logits = guidedLogits(guidedTerms(models, branchWeights(guidance)), ids);
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
  guidedLogits(guidedTerms({ base, adapted: base, prompt, nullText }, weights), ids);
  assertEquals(calls, [2]);
});

Deno.test("guidedLogits() runs the adapted model without a prompt by its own function, where it has one", async () => {
  const calls: [number[], number[]] = [[], []];
  const adapted = model(10, calls[0]), adaptedNull = model(20, calls[1]), base = model(1, []);
  const weights = branchWeights({ kind: "finestyle", lambda1: 0, lambda2: 3 });
  const logits = guidedLogits(
    guidedTerms({ base, adapted, adaptedNull, prompt, nullText }, weights),
    ids,
  );
  assertAlmostEquals((await logits.data())[1]!, 12 + 3 * (12 - 20), 1e-5);
  assertEquals(calls, [[1], [1]]);
});

Deno.test("guidedLogits() leaves no tensor but its answer", () => {
  const models = { base: model(1, []), adapted: model(2, []), prompt, nullText };
  const before = tf.memory().numTensors;
  const weights = branchWeights({ kind: "finestyle", lambda1: 2, lambda2: 3 });
  guidedLogits(guidedTerms(models, weights), ids).dispose();
  assertEquals(tf.memory().numTensors, before);
});

/** [value of two mixed steps, batch sizes of the base, the style's and the object's model] */
async function mixed(gamma: number, guidance: Guidance, objectNumber: number) {
  const calls: [number[], number[], number[]] = [[], [], []];
  const base = model(1, calls[0]), style = model(10, calls[1]);
  const object = objectNumber === 10 ? style : model(objectNumber, calls[2]);
  const content = encoding(4), weights = branchWeights(guidance);
  const logits = guidedLogits(
    mixTerms(
      guidedTerms({ base, adapted: style, prompt, nullText }, weights),
      guidedTerms({ base, adapted: object, prompt: content, nullText }, weights),
      gamma,
    ),
    ids,
  );
  return [(await logits.data())[1]!, ...calls] as const;
}

// style: 12 + 0.5 * 9 + 3 * 2 = 22.5; object: 24 + 0.5 * (24 - 5) + 3 * (24 - 20) = 45.5
Deno.test("mixTerms(): (1 - gamma) l^s + gamma l^c, one pass per model", async () => {
  const guidance: Guidance = { kind: "finestyle", lambda1: 0.5, lambda2: 3 };
  const [value, base, style, object] = await mixed(0.6, guidance, 20);
  assertAlmostEquals(value, 0.4 * 22.5 + 0.6 * 45.5, 1e-5);
  assertEquals([base, style, object], [[2], [2], [2]]); // the base reads both prompts
});

Deno.test("mixTerms() with gamma 0 or 1 is one adapter, and the other does not run", async () => {
  for (const kind of ["finestyle", "styledrop"] as const) {
    const guidance: Guidance = kind === "finestyle"
      ? { kind, lambda1: 0.5, lambda2: 3 }
      : { kind, lambdaA: 0.5, lambdaB: 3 };
    const [alone] = await guided(guidance);
    const [value, , style, object] = await mixed(0, guidance, 20);
    assertEquals([value, style.length, object.length], [alone, 1, 0]);
    const [whole, , unused, used] = await mixed(1, guidance, 20);
    assertEquals([unused.length, used.length], [0, 1]);
    assertAlmostEquals(whole, kind === "finestyle" ? 45.5 : 24 + 0.5 * 19 + 3 * 4, 1e-5);
  }
});

Deno.test("mixTerms() of one adapter and one prompt with itself changes nothing", async () => {
  const guidance: Guidance = { kind: "finestyle", lambda1: 0.5, lambda2: 3 };
  const models = { base: model(1, []), adapted: model(10, []), prompt, nullText };
  const terms = guidedTerms(models, branchWeights(guidance));
  const logits = guidedLogits(mixTerms(terms, terms, 0.5), ids);
  assertAlmostEquals((await logits.data())[1]!, 22.5, 1e-5);
  assertThrows(() => mixTerms(terms, terms, 1.5), RangeError, "gamma is 1.5");
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
