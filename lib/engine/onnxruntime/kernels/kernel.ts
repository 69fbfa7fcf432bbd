/**
 * How kernels of the ONNX Runtime backend are written and registered.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { BACKEND, type OnnxRuntimeBackend } from "../backend.ts";
import { apply, integers, type Node } from "../graph.ts";
import { ELEMENT_TYPE, type ElementType } from "../proto.ts";

/** Attributes of a tfjs kernel call. */
// deno-lint-ignore no-explicit-any
export type Attributes = Record<string, any>;

/** A kernel: named input nodes and attributes to an output node. */
export type Kernel = (inputs: Record<string, Node>, attributes: Attributes) => Node;

/** A kernel with a list of inputs (`tf.concat`). */
export type JoinKernel = (inputs: Node[], attributes: Attributes) => Node;

/** A kernel with a list of outputs (`tf.split`). */
export type SplitKernel = (input: Node, attributes: Attributes) => Node[];

/** Kernels by tfjs name. */
export type Kernels = Readonly<Record<string, Kernel>>;

/** Registers kernels with one output. */
export function registerKernels(backend: OnnxRuntimeBackend, kernels: Kernels): void {
  for (const [kernelName, kernel] of Object.entries(kernels)) {
    const kernelFunc: tf.KernelFunc = ({ inputs, attrs }) => {
      const nodes: Record<string, Node> = {};
      for (const name in inputs) {
        const input = inputs[name];
        if (input) nodes[name] = backend.node(input as tf.TensorInfo);
      }
      const output = kernel(nodes, attrs ?? {});
      const unchanged = Object.keys(nodes).find((name) => nodes[name] === output);
      return unchanged ? backend.share(inputs[unchanged] as tf.TensorInfo) : backend.info(output);
    };
    tf.registerKernel({ kernelName, backendName: BACKEND, kernelFunc });
  }
}

/** Registers kernels with a list of inputs. */
export function registerJoinKernels(
  backend: OnnxRuntimeBackend,
  kernels: Readonly<Record<string, JoinKernel>>,
): void {
  for (const [kernelName, kernel] of Object.entries(kernels)) {
    const kernelFunc: tf.KernelFunc = ({ inputs, attrs }) => {
      const nodes = (Object.values(inputs) as tf.TensorInfo[]).map((info) => backend.node(info));
      return backend.info(kernel(nodes, attrs ?? {}));
    };
    tf.registerKernel({ kernelName, backendName: BACKEND, kernelFunc });
  }
}

/** Registers kernels with a list of outputs, which stays a list when it holds one. */
export function registerSplitKernels(
  backend: OnnxRuntimeBackend,
  kernels: Readonly<Record<string, SplitKernel>>,
): void {
  for (const [kernelName, kernel] of Object.entries(kernels)) {
    const kernelFunc: tf.KernelFunc = ({ inputs, attrs }) => {
      const [input] = Object.values(inputs) as tf.TensorInfo[];
      return kernel(backend.node(input!), attrs ?? {}).map((node) => backend.info(node));
    };
    tf.registerKernel({ kernelName, backendName: BACKEND, kernelFunc });
  }
}

/** Number of elements of a shape. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

/** The shape of an elementwise operation on two shapes. */
export function broadcast(a: readonly number[], b: readonly number[]): number[] {
  return tf.broadcast_util.assertAndGetBroadcastShape([...a], [...b]);
}

/**
 * Axes as non-negative numbers; all of them when none is given.
 *
 * @throws {Error} If an axis is not in [-rank, rank).
 */
export function axesOf(
  axis: number | number[] | null | undefined,
  shape: readonly number[],
): number[] {
  return tf.util.parseAxisParam(axis as number | number[], [...shape]);
}

/** One axis as a non-negative number. */
export function axisOf(axis: number, shape: readonly number[]): number {
  return axesOf(axis, shape)[0]!;
}

/** The axis of a new dimension as a non-negative number: it may stand after the last one. */
export function newAxisOf(axis: number, shape: readonly number[]): number {
  return axisOf(axis, [1, ...shape]);
}

/** A node as the argument checks of TensorFlow.js want it: they read its shape and dtype only. */
export function asTensor({ shape, dtype }: Node): tf.Tensor {
  return { shape, dtype, rank: shape.length } as unknown as tf.Tensor;
}

/** The node with another shape of the same size; of several reshapes in a row only the last is left. */
export function reshape(x: Node, shape: readonly number[]): Node {
  if (!shape.includes(0) && x.shape.join() === shape.join()) return x;
  if (x.op === "Reshape" && !x.tensor) return reshape(x.inputs[0]!, shape);
  // ONNX reads a size of 0 as "the input's size" unless told otherwise.
  const attributes = shape.includes(0) ? { allowzero: 1 } : {};
  return apply("Reshape", [x, integers(shape)], shape, x.dtype, attributes);
}

/** The node with its axes permuted. */
export function transpose(x: Node, perm: readonly number[]): Node {
  return apply("Transpose", [x], perm.map((p) => x.shape[p]!), x.dtype, { perm: [...perm] });
}

/** The node converted to another dtype; truth values at once, whatever they were meanwhile. */
export function cast(x: Node, dtype: ElementType): Node {
  const [from] = x.inputs;
  if (x.op === "Cast" && !x.tensor && from!.dtype === "bool") return cast(from!, dtype);
  return x.dtype === dtype ? x : apply("Cast", [x], x.shape, dtype, { to: ELEMENT_TYPE[dtype] });
}

/** The node as int32 where it is bool: ONNX does not calculate with truth values. */
export function toNumber(x: Node): Node {
  return x.dtype === "bool" ? cast(x, "int32") : x;
}

/** An elementwise operation on two nodes of one dtype. */
export function binary(op: string, a: Node, b: Node, dtype: ElementType = a.dtype): Node {
  return apply(op, [a, b], broadcast(a.shape, b.shape), dtype);
}

/** `x` where the test holds and `y` elsewhere, with the dtype of `y`. */
export function choose(test: Node, x: Node, y: Node): Node {
  const shape = broadcast(test.shape, broadcast(x.shape, y.shape));
  return apply("Where", [test, x, y], shape, y.dtype);
}

/** Which elements of a float32 node are NaN. */
export function whereNaN(x: Node): Node {
  return apply("IsNaN", [x], x.shape, "bool");
}

/** An elementwise operation on one node. */
export function unary(
  op: string,
  x: Node,
  attributes: Record<string, { float: number }> = {},
): Node {
  return apply(op, [x], x.shape, x.dtype, attributes);
}

/** A box of the node: `begin` and `size` per axis, with an optional step. */
export function slice(
  x: Node,
  begin: readonly number[],
  size: readonly number[],
  step: readonly number[] = begin.map(() => 1),
): Node {
  const end = begin.map((b, i) => b + (size[i]! - 1) * step[i]! + 1);
  const axes = begin.map((_, i) => i);
  const inputs = [x, integers(begin), integers(end), integers(axes), integers(step)];
  return apply("Slice", inputs, size, x.dtype);
}

/** Nodes joined along an axis. */
export function concat(nodes: readonly Node[], axis: number): Node {
  const shape = [...nodes[0]!.shape];
  shape[axis] = nodes.reduce((sum, node) => sum + node.shape[axis]!, 0);
  return apply("Concat", nodes, shape, nodes[0]!.dtype, { axis });
}

/** Zeros added around the node: `[before, after]` per axis. */
export function pad(
  x: Node,
  paddings: readonly (readonly [number, number])[],
  value?: Node,
  mode = "constant",
): Node {
  const amounts = integers([...paddings.map((p) => p[0]), ...paddings.map((p) => p[1])]);
  const shape = x.shape.map((size, i) => size + paddings[i]![0] + paddings[i]![1]);
  return apply("Pad", value ? [x, amounts, value] : [x, amounts], shape, x.dtype, { mode });
}

/** The node with the order along some axes reversed. */
export function reverse(x: Node, dims: number | number[] | undefined): Node {
  const axes = axesOf(dims, x.shape);
  if (axes.length === 0) return x;
  const inputs = [
    x,
    integers(axes.map(() => -1)),
    integers(axes.map(() => Number.MIN_SAFE_INTEGER)),
    integers(axes),
    integers(axes.map(() => -1)),
  ];
  return apply("Slice", inputs, x.shape, x.dtype);
}
