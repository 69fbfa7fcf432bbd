/**
 * Matrix products.
 *
 * @module
 */
import { apply, type Node } from "../graph.ts";
import { type Attributes, binary, broadcast, type Kernels, unary } from "./kernel.ts";

/** `a` times `b`, either transposed in its last two axes, leading axes broadcast. */
export function matmul(a: Node, b: Node, transposeA = false, transposeB = false): Node {
  const rows = a.shape.at(transposeA ? -1 : -2)!;
  const columns = b.shape.at(transposeB ? -2 : -1)!;
  const shape = [...broadcast(a.shape.slice(0, -2), b.shape.slice(0, -2)), rows, columns];
  if (!transposeA && !transposeB) return apply("MatMul", [a, b], shape, "float32");
  return apply("com.microsoft:FusedMatMul", [a, b], shape, "float32", {
    transA: transposeA ? 1 : 0,
    transB: transposeB ? 1 : 0,
    alpha: { float: 1 },
  });
}

const ACTIVATION: Readonly<Record<string, (x: Node) => Node>> = {
  linear: (x) => x,
  relu: (x) => unary("Relu", x),
  sigmoid: (x) => unary("Sigmoid", x),
  elu: (x) => unary("Elu", x, { alpha: { float: 1 } }),
};

/** Adds a bias and applies a named activation. */
export function finish(x: Node, bias: Node | undefined, activation: string): Node {
  const act = ACTIVATION[activation];
  if (!act) {
    const known = Object.keys(ACTIVATION).join(", ");
    throw new RangeError(`Cannot fuse the activation "${activation}": want one of ${known}`);
  }
  return act(bias ? binary("Add", x, bias) : x);
}

/** All matrix products. */
export const products: Kernels = {
  BatchMatMul: ({ a, b }, { transposeA, transposeB }: Attributes) =>
    matmul(a!, b!, transposeA, transposeB),
  _FusedMatMul: ({ a, b, bias }, { transposeA, transposeB, activation }: Attributes) =>
    finish(matmul(a!, b!, transposeA, transposeB), bias, activation),
};
