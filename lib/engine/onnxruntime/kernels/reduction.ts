/**
 * Kernels that reduce, normalise or order along axes.
 *
 * @module
 */
import { apply, integers, leaf, type Node } from "../graph.ts";
import { type Attributes, axesOf, cast, type Kernel, type Kernels } from "./kernel.ts";

function reducedShape(shape: readonly number[], axes: readonly number[], keep: boolean): number[] {
  return keep
    ? shape.map((size, i) => (axes.includes(i) ? 1 : size))
    : shape.filter((_, i) => !axes.includes(i));
}

/** Reduces `x` along `axis` with an ONNX `Reduce*` operator. */
export function reduce(
  op: string,
  x: Node,
  axis: number | number[] | null | undefined,
  keepDims = false,
): Node {
  const axes = axesOf(axis, x.shape.length);
  if (axes.length === 0) return x;
  const shape = reducedShape(x.shape, axes, keepDims);
  return apply(op, [x, integers(axes)], shape, x.dtype, { keepdims: keepDims ? 1 : 0 });
}

function reducing(op: string, prepare: (x: Node) => Node = (x) => x): Kernel {
  return ({ x }, { axis, reductionIndices, keepDims }: Attributes) =>
    reduce(op, prepare(x!), axis ?? reductionIndices, keepDims);
}

const asNumber = (x: Node) => (x.dtype === "bool" ? cast(x, "int32") : x);

function every(op: string): Kernel {
  return ({ x }, { axis, keepDims }: Attributes) =>
    cast(reduce(op, cast(x!, "int32"), axis, keepDims), "bool");
}

function argument(op: string): Kernel {
  return ({ x }, { axis }: Attributes) => {
    const [a] = axesOf(axis, x!.shape.length);
    const shape = reducedShape(x!.shape, [a!], false);
    return cast(apply(op, [x!], shape, "int64", { axis: a!, keepdims: 0 }), "int32");
  };
}

/** ONNX `Softmax` and `LogSoftmax` along one axis. */
function softmax(op: string): Kernel {
  return ({ logits }, { dim, axis }: Attributes) => {
    const rank = logits!.shape.length;
    const [a] = axesOf(dim ?? axis ?? -1, rank);
    return apply(op, [logits!], logits!.shape, "float32", { axis: a! });
  };
}

function cumulativeSum(x: Node, { axis, exclusive, reverse }: Attributes): Node {
  const [a] = axesOf(axis, x.shape.length);
  const attributes = { exclusive: exclusive ? 1 : 0, reverse: reverse ? 1 : 0 };
  return apply("CumSum", [x, leaf(Int32Array.of(a!), [], "int32")], x.shape, x.dtype, attributes);
}

/** All reductions. */
export const reductions: Kernels = {
  Sum: reducing("ReduceSum", asNumber),
  Mean: reducing("ReduceMean", (x) => cast(x, "float32")),
  Max: reducing("ReduceMax", asNumber),
  Min: reducing("ReduceMin", asNumber),
  Prod: reducing("ReduceProd", asNumber),
  All: every("ReduceMin"),
  Any: every("ReduceMax"),
  ArgMax: argument("ArgMax"),
  ArgMin: argument("ArgMin"),
  Softmax: softmax("Softmax"),
  LogSoftmax: softmax("LogSoftmax"),
  Cumsum: ({ x }, attributes) => cumulativeSum(x!, attributes),
};

/** Kernels with two outputs: the `k` largest values of the last axis and where they stand. */
export function topK([x]: Node[], { k, sorted }: Attributes): Node[] {
  const shape = [...x!.shape.slice(0, -1), k];
  const attributes = { axis: -1, largest: 1, sorted: sorted ? 1 : 0 };
  const inputs = [x!, integers([k])];
  const indices = apply("TopK", inputs, shape, "int64", attributes, 1);
  const values = apply("GatherElements", [x!, indices], shape, x!.dtype, { axis: -1 });
  return [values, cast(indices, "int32")];
}
