/**
 * Kernels that move, join or cut values.
 *
 * @module
 */
import { backend_util, slice_util } from "@tensorflow/tfjs";
import { apply, integers, type Node, scalar } from "../graph.ts";
import { filled } from "./constant.ts";
import {
  asTensor,
  type Attributes,
  axisOf,
  cast,
  concat,
  type JoinKernel,
  type Kernels,
  newAxisOf,
  pad,
  reshape,
  reverse,
  sizeOf,
  slice,
  type SplitKernel,
  transpose,
} from "./kernel.ts";

function inferShape(size: number, shape: readonly number[]): number[] {
  const known = shape.reduce((product, s) => (s === -1 ? product : product * s), 1);
  return shape.map((s) => (s === -1 ? size / known : s));
}

function tile(x: Node, reps: readonly number[]): Node {
  return apply("Tile", [x, integers(reps)], x.shape.map((s, i) => s * reps[i]!), x.dtype);
}

function stridedSlice(x: Node, attributes: Attributes): Node {
  const { begin, end, strides, beginMask, endMask, ellipsisMask, newAxisMask, shrinkAxisMask } =
    attributes;
  const info = slice_util.sliceInfo(
    [...x.shape],
    begin,
    end,
    strides,
    beginMask,
    endMask,
    ellipsisMask,
    newAxisMask,
    shrinkAxisMask,
  );
  const axes = info.begin.map((_, i) => i);
  const steps = info.strides;
  const size = slice_util.computeOutShape(info.begin, info.end, steps);
  const stop = info.end.map((e, i) => (steps[i]! < 0 && e < 0 ? Number.MIN_SAFE_INTEGER : e));
  const inputs = [x, integers(info.begin), integers(stop), integers(axes), integers(steps)];
  return reshape(apply("Slice", inputs, size, x.dtype), info.finalShape);
}

function mirrorPad(x: Node, paddings: [number, number][], mode: string): Node {
  if (mode === "reflect") return pad(x, paddings, undefined, "reflect");
  return paddings.reduce((node, [before, after], axis) => {
    const take = (from: number, count: number) => {
      const begin = node.shape.map((_, i) => (i === axis ? from : 0));
      const size = node.shape.map((s, i) => (i === axis ? count : s));
      return reverse(slice(node, begin, size), [axis]);
    };
    const parts = [node];
    if (before > 0) parts.unshift(take(0, before));
    if (after > 0) parts.push(take(node.shape[axis]! - after, after));
    return parts.length > 1 ? concat(parts, axis) : node;
  }, x);
}

function spaceToDepthOrder(x: Node, { blockSize, dataFormat }: Attributes): Node {
  if (dataFormat !== "NHWC") throw new RangeError(`Cannot use ${dataFormat}: want NHWC`);
  const [n, h, w, c] = x.shape as [number, number, number, number];
  const d = c / (blockSize * blockSize);
  const split = reshape(x, [n, h, w, blockSize, blockSize, d]);
  return reshape(transpose(split, [0, 1, 3, 2, 4, 5]), [n, h * blockSize, w * blockSize, d]);
}

/** Shape kernels with one output. */
export const shapes: Kernels = {
  Reshape: ({ x }, { shape }) => reshape(x!, inferShape(sizeOf(x!.shape), shape)),
  ExpandDims: ({ input }, { dim }) => {
    const shape = [...input!.shape];
    shape.splice(newAxisOf(dim, shape), 0, 1);
    return reshape(input!, shape);
  },
  Transpose: ({ x }, { perm }) => transpose(x!, perm),
  Tile: ({ x }, { reps }) => tile(x!, reps),
  Slice: ({ x }, attributes) => {
    const tensor = asTensor(x!);
    const [begin, size] = slice_util.parseSliceParams(tensor, attributes.begin, attributes.size);
    slice_util.assertParamsValid(tensor, begin!, size!);
    return slice(x!, begin!, size!);
  },
  StridedSlice: ({ x }, attributes) => stridedSlice(x!, attributes),
  Reverse: ({ x }, { dims }) => reverse(x!, dims),
  PadV2: ({ x }, { paddings, constantValue }) =>
    pad(x!, paddings, constantValue ? cast(scalar(constantValue), x!.dtype) : undefined),
  MirrorPad: ({ x }, { paddings, mode }) => mirrorPad(x!, paddings, mode),
  DepthToSpace: ({ x }, attributes) => spaceToDepthOrder(x!, attributes),
};

/** [.., n, ..] -> n x [.., ..] */
const unpack: SplitKernel = (x, { axis }) => {
  const a = axisOf(axis, x.shape);
  const size = x.shape.map((s, i) => (i === a ? 1 : s));
  return Array.from({ length: x.shape[a]! }, (_, k) => {
    const part = slice(x, x.shape.map((_, i) => (i === a ? k : 0)), size);
    return reshape(part, x.shape.filter((_, i) => i !== a));
  });
};

const split: SplitKernel = (x, { numOrSizeSplits, axis }) => {
  const a = axisOf(axis, x.shape);
  const sizes = backend_util.prepareSplitSize(asTensor(x), numOrSizeSplits, a);
  let from = 0;
  return sizes.map((count) => {
    const begin = x.shape.map((_, i) => (i === a ? from : 0));
    from += count;
    return slice(x, begin, x.shape.map((s, i) => (i === a ? count : s)));
  });
};

/** Shape kernels with a list of outputs. */
export const splits: Readonly<Record<string, SplitKernel>> = { Unpack: unpack, SplitV: split };

const join: JoinKernel = (nodes, { axis }) => {
  const a = axisOf(axis, nodes[0]!.shape);
  const shapes = nodes.map((node) => [...node.shape]);
  backend_util.assertParamsConsistent(shapes, a);
  const parts = nodes.filter((node) => sizeOf(node.shape) > 0);
  if (parts.length > 0) return concat(parts, a);
  return filled(backend_util.computeOutShape(shapes, a), 0, nodes[0]!.dtype);
};

/** n x [.., ..] -> [.., n, ..] */
const stack: JoinKernel = (nodes, { axis }) => {
  const { shape, dtype } = nodes[0]!;
  const other = nodes.find((node) => node.dtype !== dtype || `${node.shape}` !== `${shape}`);
  if (other) {
    throw new TypeError(
      `Cannot stack ${other.dtype} [${other.shape}] on ${dtype} [${shape}]: want equal shapes and dtypes`,
    );
  }
  const a = newAxisOf(axis, shape);
  const expanded = [...shape.slice(0, a), 1, ...shape.slice(a)];
  return join(nodes.map((node) => reshape(node, expanded)), { axis: a });
};

/** Shape kernels with a list of inputs. */
export const joins: Readonly<Record<string, JoinKernel>> = {
  Concat: join,
  Pack: stack,
  AddN: (nodes) => nodes.reduce((sum, node) => apply("Add", [sum, node], sum.shape, sum.dtype)),
};
