import * as tf from "@tensorflow/tfjs";
import { assert, assertEquals, assertThrows } from "@std/assert";
import { useEngine } from "../../lib/engine/mod.ts";
import { registerOnnxRuntime } from "../../lib/engine/onnxruntime/mod.ts";
import { Random } from "../../lib/engine/random.ts";

type Inputs = (...shape: number[]) => tf.Tensor;
type Case = (x: Inputs) => tf.Tensor | tf.Tensor[];

/** Runs a case on an engine with the same inputs and returns all values. */
async function values(engine: "onnxruntime" | "cpu", run: Case): Promise<number[]> {
  await useEngine(engine);
  const random = new Random(5);
  const outputs = [tf.tidy(() => {
    return run((...shape) => tf.tensor(random.gaussian(tf.util.sizeFromShape(shape)), shape));
  })].flat();
  const arrays = await Promise.all(outputs.map((t) => t.data()));
  const all = outputs.flatMap((t, i) => [...t.shape, ...arrays[i]!]);
  tf.dispose(outputs);
  return all;
}

const int = (x: tf.Tensor, below: number) =>
  tf.cast(tf.minimum(tf.mul(tf.sigmoid(x), below), below - 1), "int32");

const CASES: Record<string, Case> = {
  arithmetic: (x) => {
    const [a, b] = [x(3, 4), x(4)];
    return [tf.add(a, b), tf.sub(a, b), tf.mul(a, b), tf.div(a, b), tf.maximum(a, b)];
  },
  powers: (x) => [tf.pow(tf.abs(x(5)), 1.5), tf.square(x(5)), tf.squaredDifference(x(5), x(5))],
  "integer division": (x) => {
    const [a, b] = [tf.sub(int(x(9), 9), 4), tf.add(int(x(9), 3), 1)] as [tf.Tensor, tf.Tensor];
    return [tf.floorDiv(tf.cast(a, "int32"), tf.cast(b, "int32")), tf.mod(x(9), tf.scalar(0.7))];
  },
  activations: (x) => [
    tf.relu(x(9)),
    tf.elu(x(9)),
    tf.selu(x(9)),
    tf.sigmoid(x(9)),
    tf.tanh(x(9)),
    tf.softplus(x(9)),
    tf.leakyRelu(x(9), 0.1),
    tf.erf(x(9)),
    tf.rsqrt(tf.abs(x(9))),
    tf.clipByValue(x(9), -0.5, 0.5),
    tf.step(x(9), 0.3),
  ],
  comparisons: (x) => {
    const [a, b] = [x(8), x(8)];
    const both = tf.logicalAnd(tf.greater(a, b), tf.lessEqual(a, 0.5));
    return [both, tf.notEqual(a, b), tf.where(both, a, b), tf.logicalNot(both), tf.isNaN(a)];
  },
  reductions: (x) => [
    tf.sum(x(2, 3, 4), [0, 2]),
    tf.mean(x(2, 3, 4), 1, true),
    tf.max(x(2, 3, 4), -1),
    tf.min(x(2, 3, 4)),
    tf.prod(x(2, 3), 0),
    tf.argMax(x(3, 5), 1),
    tf.any(tf.greater(x(3, 5), 1), 1),
    tf.cumsum(x(2, 5), 1, true, false),
  ],
  softmax: (x) => [tf.softmax(x(3, 5)), tf.logSoftmax(x(3, 5))],
  "top k": (x) => {
    const { values, indices } = tf.topk(x(3, 7), 3);
    return [values, indices];
  },
  matmul: (x) => [
    tf.matMul(x(3, 4), x(4, 5)),
    tf.matMul(x(4, 3), x(5, 4), true, true),
    tf.matMul(x(2, 3, 4), x(2, 5, 4), false, true),
    tf.matMul(x(2, 6, 4, 3), x(2, 6, 4, 5), true, false),
  ],
  "moving values": (x) => [
    tf.transpose(x(2, 3, 4), [2, 0, 1]),
    tf.slice(x(4, 5), [1, 2], [2, -1]),
    tf.stridedSlice(x(6, 5), [0, 4], [6, 0], [2, -2]),
    tf.concat([x(2, 3), x(2, 1)], 1),
    tf.stack([x(2, 3), x(2, 3)], 1),
    ...tf.unstack(x(2, 3), 1),
    ...tf.split(x(4, 6), [1, 2, 3], 1),
    tf.tile(x(2, 3), [2, 2]),
    tf.pad(x(2, 3), [[1, 0], [0, 2]], 0.5),
    tf.mirrorPad(x(4, 4), [[1, 2], [2, 1]], "symmetric"),
    tf.reverse(x(3, 4), 1),
    tf.broadcastTo(x(3, 1), [2, 3, 4]),
    tf.depthToSpace(tf.reshape(x(32), [1, 2, 2, 8]) as tf.Tensor4D, 2),
  ],
  lookups: (x) => {
    const ids = int(x(5), 4) as tf.Tensor1D;
    return [
      tf.gather(x(4, 3), ids),
      tf.gather(x(2, 4, 2), ids, 1),
      tf.oneHot(ids, 4),
      tf.unsortedSegmentSum(x(5, 3), ids, 4),
      tf.gatherND(x(4, 3), tf.tensor2d([[1, 2], [3, 0]], [2, 2], "int32")),
      tf.scatterND(tf.tensor2d([[1], [1]], [2, 1], "int32"), x(2, 3), [3, 3]),
    ];
  },
  convolutions: (x) => [
    tf.conv2d(x(2, 6, 6, 3) as tf.Tensor4D, x(3, 3, 3, 4) as tf.Tensor4D, 1, "same"),
    tf.conv2d(x(2, 7, 7, 3) as tf.Tensor4D, x(3, 3, 3, 4) as tf.Tensor4D, 2, "valid"),
    tf.conv2d(x(2, 4, 4, 3) as tf.Tensor4D, x(1, 1, 3, 4) as tf.Tensor4D, 1, "same"),
    tf.depthwiseConv2d(x(2, 5, 5, 3) as tf.Tensor4D, x(3, 3, 3, 2) as tf.Tensor4D, 1, "same"),
    tf.avgPool(x(1, 4, 4, 2) as tf.Tensor4D, 2, 2, "valid"),
    tf.maxPool(x(1, 5, 5, 2) as tf.Tensor4D, 3, 2, "same"),
    tf.image.resizeNearestNeighbor(x(1, 3, 3, 2) as tf.Tensor4D, [6, 6]),
    tf.image.resizeBilinear(x(1, 3, 3, 2) as tf.Tensor4D, [6, 6]),
  ],
  "gradients of convolutions": (x) => {
    const strided = tf.grads((a, w) =>
      tf.sum(tf.square(tf.conv2d(a as tf.Tensor4D, w as tf.Tensor4D, 2, "same")))
    );
    const depthwise = tf.grads((a, w) =>
      tf.sum(tf.square(tf.depthwiseConv2d(a as tf.Tensor4D, w as tf.Tensor4D, 1, "same")))
    );
    return [
      ...strided([x(2, 6, 6, 3), x(3, 3, 3, 4)]),
      ...depthwise([x(2, 5, 5, 3), x(3, 3, 3, 1)]),
    ];
  },
  "gradients of attention": (x) => {
    const ids = tf.tensor1d([0, 2, 2, 1], "int32");
    return tf.grads((table, w) => {
      const rows = tf.gather(table, ids);
      const scores = tf.softmax(tf.matMul(rows, tf.matMul(rows, w), false, true));
      return tf.neg(tf.mean(tf.logSoftmax(tf.matMul(scores, rows))));
    })([x(3, 6), x(6, 6)]);
  },
};

for (const [name, run] of Object.entries(CASES)) {
  Deno.test(`onnxruntime agrees with cpu: ${name}`, async () => {
    const [found, wanted] = [await values("onnxruntime", run), await values("cpu", run)];
    assertEquals(found.length, wanted.length);
    found.forEach((value, i) =>
      assert(
        Math.abs(value - wanted[i]!) <= 2e-5 * Math.max(1, Math.abs(wanted[i]!)),
        `value ${i} is ${value} on onnxruntime and ${wanted[i]} on cpu`,
      )
    );
  });
}

Deno.test("onnxruntime refuses synchronous reads and unknown dtypes", async () => {
  await useEngine("onnxruntime");
  const x = tf.add(tf.scalar(1), 1);
  assertThrows(() => x.dataSync(), Error, "await tensor.data()");
  assertEquals([...await x.data()], [2]);
});

Deno.test("onnxruntime divides integers exactly", async () => {
  await useEngine("onnxruntime");
  const large = tf.tensor1d([123456789, -123456789, 2147483647], "int32");
  const quotients = tf.floorDiv(large, tf.scalar(10, "int32"));
  assertEquals([...await quotients.data()], [12345678, -12345679, 214748364]);
  tf.dispose([large, quotients]);
});

Deno.test("onnxruntime compiles a training step at most three times", async () => {
  await useEngine("onnxruntime");
  const backend = registerOnnxRuntime(2);
  const before = backend.statistics.compilations;
  const w = tf.variable(tf.zeros([3]));
  const optimizer = tf.train.adam(0.1);
  for (let step = 0; step < 8; step++) {
    const loss = optimizer.minimize(() => tf.sum(tf.squaredDifference(w, 3)), true)!;
    await loss.data();
    loss.dispose();
  }
  assert(backend.statistics.compilations - before <= 3);
  assert((await w.data()).every((value) => value > 0.5));
  tf.dispose(w);
  optimizer.dispose();
});
