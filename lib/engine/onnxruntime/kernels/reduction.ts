/**
 * Kernels that reduce, normalise or order along axes.
 *
 * @module
 */
import { apply, integers, leaf, type Node, scalar } from "../graph.ts";
import {
  type Attributes,
  axesOf,
  axisOf,
  cast,
  choose,
  type Kernel,
  type Kernels,
  toNumber,
  whereNaN,
} from "./kernel.ts";

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
  const axes = axesOf(axis, x.shape);
  if (axes.length === 0) return x;
  const shape = reducedShape(x.shape, axes, keepDims);
  return apply(op, [x, integers(axes)], shape, x.dtype, { keepdims: keepDims ? 1 : 0 });
}

function reducing(op: string, prepare: (x: Node) => Node = (x) => x): Kernel {
  return ({ x }, { axis, reductionIndices, keepDims }: Attributes) =>
    reduce(op, prepare(x!), axis ?? reductionIndices, keepDims);
}

function every(op: string): Kernel {
  return ({ x }, { axis, keepDims }: Attributes) =>
    cast(reduce(op, cast(x!, "int32"), axis, keepDims), "bool");
}

/** The largest or smallest value; NaN where there is one, which ONNX Runtime would skip. */
function extreme(op: string): Kernel {
  return ({ x }, { axis, reductionIndices, keepDims }: Attributes) => {
    const axes = axis ?? reductionIndices;
    const found = reduce(op, toNumber(x!), axes, keepDims);
    if (x!.dtype !== "float32") return found;
    const nans = reduce("ReduceMax", cast(whereNaN(x!), "int32"), axes, keepDims);
    return choose(cast(nans, "bool"), scalar(NaN), found);
  };
}

/** Where the extreme value of an axis stands; NaN counts as `worst`. */
function argument(op: string, worst: number): Kernel {
  return ({ x }, { axis }: Attributes) => {
    const a = axisOf(axis, x!.shape);
    const shape = reducedShape(x!.shape, [a], false);
    const values = x!.dtype === "float32" ? choose(whereNaN(x!), scalar(worst), x!) : toNumber(x!);
    return cast(apply(op, [values], shape, "int64", { axis: a, keepdims: 0 }), "int32");
  };
}

function softmax(logits: Node, dim: number): Node {
  const axis = axisOf(dim, logits.shape);
  return apply("Softmax", [logits], logits.shape, "float32", { axis });
}

function cumulativeSum(x: Node, { axis, exclusive, reverse }: Attributes): Node {
  const a = axisOf(axis, x.shape);
  const attributes = { exclusive: exclusive ? 1 : 0, reverse: reverse ? 1 : 0 };
  return apply("CumSum", [x, leaf(Int32Array.of(a), [], "int32")], x.shape, x.dtype, attributes);
}

/** All reductions. */
export const reductions: Kernels = {
  Sum: reducing("ReduceSum", toNumber),
  Mean: reducing("ReduceMean", (x) => cast(x, "float32")),
  Max: extreme("ReduceMax"),
  Min: extreme("ReduceMin"),
  Prod: reducing("ReduceProd", toNumber),
  All: every("ReduceMin"),
  Any: every("ReduceMax"),
  ArgMax: argument("ArgMax", -Infinity),
  ArgMin: argument("ArgMin", Infinity),
  Softmax: ({ logits }, { dim }) => softmax(logits!, dim),
  Cumsum: ({ x }, attributes) => cumulativeSum(x!, attributes),
};

/**
 * The `k` largest values of the last axis and where they stand, the largest first and of equal ones
 * the first: TensorFlow.js keeps this order even where a sorted result is not asked for.
 */
export function topK(x: Node, { k }: Attributes): Node[] {
  const shape = [...x.shape.slice(0, -1), k];
  const attributes = { axis: -1, largest: 1, sorted: 1 };
  const indices = apply("TopK", [x, integers([k])], shape, "int64", attributes, 1);
  const values = apply("GatherElements", [x, indices], shape, x.dtype, { axis: -1 });
  return [values, cast(indices, "int32")];
}
