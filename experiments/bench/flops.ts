import * as tf from "@tensorflow/tfjs";

type Shape = readonly number[];
const size = (shape: Shape) => shape.reduce((a, b) => a * b, 1);

/** Multiply-adds x 2 of the kernels that carry the work; the others count as nothing. */
const COUNTS: Readonly<
  Record<string, (inputs: Record<string, Shape>, attrs: Record<string, unknown>) => number>
> = {
  BatchMatMul: matMulFlops,
  _FusedMatMul: matMulFlops,
};

function matMulFlops(
  { a, b }: Record<string, Shape>,
  { transposeA, transposeB }: Record<string, unknown>,
): number {
  const rows = a!.at(transposeA ? -1 : -2)!, inner = a!.at(transposeA ? -2 : -1)!;
  const columns = b!.at(transposeB ? -2 : -1)!;
  const batch = Math.max(size(a!.slice(0, -2)), size(b!.slice(0, -2)));
  return 2 * batch * rows * inner * columns;
}

/**
 * Floating-point operations of the matrix products that `work` asks for, gradients included.
 * Element-wise kernels and the few convolutions are left out, so the share of the machine's ceiling
 * that is computed from it is a lower bound.
 */
export async function countFlops(work: () => Promise<unknown>): Promise<number> {
  const engine = tf.engine(), backend = tf.backend() as { replay?: unknown };
  const { runKernel } = engine;
  let flops = 0;
  backend.replay = undefined; // hides the method: a replay would call no kernel
  engine.runKernel = function (name, inputs, attrs) {
    const shapes = Object.fromEntries(
      Object.entries(inputs).flatMap(([key, tensor]) =>
        (tensor as tf.Tensor)?.shape ? [[key, (tensor as tf.Tensor).shape]] : []
      ),
    );
    flops += COUNTS[name]?.(shapes, (attrs ?? {}) as Record<string, unknown>) ?? 0;
    return runKernel.call(this, name, inputs, attrs) as never;
  };
  try {
    await work();
  } finally {
    engine.runKernel = runKernel;
    delete backend.replay;
  }
  return flops;
}
