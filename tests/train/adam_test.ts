import { assert, assertAlmostEquals, assertEquals, assertLess } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { useEngine } from "../../lib/engine/mod.ts";
import { Random } from "../../lib/engine/random.ts";
import type { Weights } from "../../lib/models/weights.ts";
import { ADAM, Adam } from "../../lib/train/adam.ts";

await useEngine();

const RATE = 1e-2;

/** A loss whose gradient of `name` is the given matrix. */
function linearLoss(name: string, gradient: readonly number[][]) {
  return (weights: Weights) =>
    tf.tidy(() =>
      tf.sum(tf.mul(weights.get(name)!, tf.tensor2d(gradient as number[][])))
    ) as tf.Scalar;
}

function gaussian(rows: number, columns: number): number[][] {
  const random = new Random("gradient");
  return Array.from(
    { length: rows },
    () => Array.from({ length: columns }, () => random.next() - 0.5),
  );
}

/** The first step that the optimizer takes from zero. */
async function firstStep(gradient: readonly number[][], orthogonal: boolean) {
  const shape: [number, number] = [gradient.length, gradient[0]!.length];
  const settings = { ...ADAM, ...(orthogonal ? { orthogonal: () => true } : {}) };
  const adam = new Adam(new Map([["w", tf.zeros(shape)]]), settings);
  await adam.step(linearLoss("w", gradient), {}, RATE);
  const moved = await (adam.weights.get("w") as tf.Tensor2D).array();
  adam.dispose();
  return moved;
}

Deno.test("Adam's first step has the learning rate's size against the gradient's sign", async () => {
  const moved = await firstStep([[3, -0.2], [-1, 5]], false);
  [[-1, 1], [1, -1]].forEach((row, i) =>
    row.forEach((sign, j) => assertAlmostEquals(moved[i]![j]!, sign * RATE, 1e-5))
  );
});

for (const [rows, columns] of [[6, 6], [4, 12], [12, 4]] as const) {
  Deno.test(`an orthogonal step of ${rows} x ${columns} has singular values alike`, async () => {
    const gradient = gaussian(rows, columns);
    const moved = await firstStep(gradient, true);
    const short = Math.min(rows, columns);
    const rowsOf = rows <= columns
      ? moved
      : Array.from({ length: columns }, (_, j) => moved.map((row) => row[j]!));
    const length = RATE * 0.2 * Math.sqrt(Math.max(rows, columns));
    // the Gram matrix of an orthogonal step is a multiple of the identity
    let trace = 0, off = 0;
    for (let i = 0; i < short; i++) {
      for (let j = 0; j < short; j++) {
        const product = rowsOf[i]!.reduce((sum, v, k) => sum + v * rowsOf[j]![k]!, 0) / length ** 2;
        if (i === j) trace += product;
        else off = Math.max(off, Math.abs(product));
      }
    }
    assert(trace / short > 0.5 && trace / short < 1.4, `mean square ${trace / short}`);
    assertLess(off, 0.45);
    // and it goes down
    const descent = moved.flat().reduce((sum, v, k) => sum + v * gradient.flat()[k]!, 0);
    assertLess(descent, 0);
  });
}

Deno.test("an orthogonal step is taken by the chosen tensors only", async () => {
  const run = async (chosen: boolean) => {
    const adam = new Adam(
      new Map([["a", tf.ones([2, 2])], ["b", tf.ones([2, 2])]]),
      { ...ADAM, orthogonal: (name) => chosen && name === "a" },
    );
    const loss = (w: Weights) =>
      tf.tidy(() =>
        tf.sum(tf.mul(tf.add(w.get("a")!, w.get("b")!), tf.tensor2d([[1, 2], [3, 5]])))
      );
    await adam.step(loss as (w: Weights) => tf.Scalar, {}, RATE);
    const both = await Promise.all(["a", "b"].map((name) => adam.weights.get(name)!.data()));
    adam.dispose();
    return both.map((values) => [...values]);
  };
  const [plain, chosen] = [await run(false), await run(true)];
  assertEquals(plain[1], chosen[1]);
  assert(plain[0]!.some((v, i) => v !== chosen[0]![i]));
});
