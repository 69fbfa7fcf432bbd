import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { maskedCrossEntropy } from "../../lib/models/loss.ts";

await tf.setBackend("cpu");

const logits = () => tf.tensor3d([[[1, 2, 3], [0, 0, 0]], [[-1, 4, 0.5], [2, 2, 9]]]);
const targets = () => tf.tensor2d([[2, 0], [0, 1]], [2, 2], "int32");
const weights = () => tf.tensor2d([[1, 0], [1, 2]]);

/** The same loss by tfjs's own ops, whose gradients tfjs derives. */
function reference(x: tf.Tensor3D, t: tf.Tensor2D, w: tf.Tensor2D, smoothing: number): tf.Scalar {
  const hot = tf.add(
    tf.mul(tf.cast(tf.oneHot(t, 3), "float32"), 1 - smoothing),
    smoothing / 3,
  );
  const nll = tf.neg(tf.sum(tf.mul(tf.logSoftmax(x), hot), -1));
  return tf.div(tf.sum(tf.mul(nll, w)), tf.sum(w)) as tf.Scalar;
}

Deno.test("maskedCrossEntropy() equals -log p by hand", async () => {
  const loss = maskedCrossEntropy(
    tf.tensor3d([[[0, Math.log(3)], [5, 5]]]),
    tf.tensor2d([[1, 0]], [1, 2], "int32"),
    tf.tensor2d([[1, 0]]),
  );
  assertAlmostEquals((await loss.data())[0]!, -Math.log(0.75), 1e-6);
});

for (const smoothing of [0, 0.1]) {
  Deno.test(`maskedCrossEntropy() value and gradient agree with autodiff, smoothing ${smoothing}`, async () => {
    const ours = tf.valueAndGrad((x) =>
      maskedCrossEntropy(x as tf.Tensor3D, targets(), weights(), smoothing)
    )(logits());
    const theirs = tf.valueAndGrad((x) =>
      reference(x as tf.Tensor3D, targets(), weights(), smoothing)
    )(logits());
    assertAlmostEquals((await ours.value.data())[0]!, (await theirs.value.data())[0]!, 1e-6);
    const [a, b] = [await ours.grad.data(), await theirs.grad.data()];
    a.forEach((x, i) => assertAlmostEquals(x, b[i]!, 1e-6));
  });
}

Deno.test("maskedCrossEntropy() is 0 with no weight and stays finite with extreme logits", async () => {
  const nothing = maskedCrossEntropy(logits(), targets(), tf.zeros([2, 2]));
  assertEquals((await nothing.data())[0], 0);
  const extreme = maskedCrossEntropy(
    tf.tensor3d([[[1000, -1000]]]),
    tf.tensor2d([[1]], [1, 1], "int32"),
    tf.tensor2d([[1]]),
  );
  assertEquals((await extreme.data())[0], 2000);
});

Deno.test("maskedCrossEntropy() refuses weights of another shape", () => {
  assertThrows(
    () => maskedCrossEntropy(logits(), targets(), tf.zeros([2, 3])),
    TypeError,
    "weights are [2,3]",
  );
});
