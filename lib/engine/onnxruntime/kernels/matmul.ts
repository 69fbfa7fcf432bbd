/**
 * Matrix products.
 *
 * @module
 */
import { apply, type Node } from "../graph.ts";
import { finish } from "./activation.ts";
import { type Attributes, broadcast, type Kernels, toNumber, transpose } from "./kernel.ts";

/**
 * `a` times `b`, either transposed in its last two axes, leading axes broadcast.
 *
 * @throws {TypeError} If either has fewer than two axes or the inner ones differ.
 */
export function matmul(a: Node, b: Node, transposeA = false, transposeB = false): Node {
  const [rows, inner] = sides(a, transposeA);
  const [otherInner, columns] = sides(b, transposeB);
  if (inner === undefined || columns === undefined || inner !== otherInner) {
    const mark = (transposed: boolean) => (transposed ? "^T" : "");
    throw new TypeError(
      `Cannot multiply [${a.shape}]${mark(transposeA)} by [${b.shape}]${mark(transposeB)}: ` +
        "want equal inner sizes of at least two axes",
    );
  }
  const shape = [...broadcast(a.shape.slice(0, -2), b.shape.slice(0, -2)), rows!, columns];
  if (a.dtype === "float32" && (transposeA || transposeB)) {
    return apply("com.microsoft:FusedMatMul", [a, b], shape, "float32", {
      transA: transposeA ? 1 : 0,
      transB: transposeB ? 1 : 0,
      alpha: { float: 1 },
    });
  }
  const operand = (x: Node, transposed: boolean) => toNumber(transposed ? swapLast(x) : x);
  const inputs = [operand(a, transposeA), operand(b, transposeB)];
  return apply("MatMul", inputs, shape, inputs[0]!.dtype);
}

/** Rows and columns of a matrix; the second is missing where there are fewer than two axes. */
function sides({ shape }: Node, transposed: boolean): number[] {
  const sizes = shape.slice(-2);
  return transposed ? sizes.reverse() : sizes;
}

/** [.., n, m] -> [.., m, n] */
function swapLast(x: Node): Node {
  const axes = x.shape.map((_, i) => i);
  return transpose(x, [...axes.slice(0, -2), ...axes.slice(-2).reverse()]);
}

/** All matrix products. */
export const products: Kernels = {
  BatchMatMul: ({ a, b }, { transposeA, transposeB }: Attributes) =>
    matmul(a!, b!, transposeA, transposeB),
  _FusedMatMul: ({ a, b, bias, preluActivationWeights }, attributes) => {
    const { transposeA, transposeB, activation, leakyreluAlpha } = attributes;
    const product = matmul(a!, b!, transposeA, transposeB);
    return finish(product, bias, activation, { leakyreluAlpha, preluActivationWeights });
  },
};
