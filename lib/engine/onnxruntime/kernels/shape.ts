/**
 * Kernels that move, join, cut, look up or make values.
 *
 * @module
 */
import { slice_util } from "@tensorflow/tfjs";
import { apply, integers, leaf, type Node, scalar, type Values } from "../graph.ts";
import type { ElementType } from "../proto.ts";
import {
  type Attributes,
  axesOf,
  cast,
  concat,
  type Kernels,
  type ListKernel,
  pad,
  reshape,
  reverse,
  sizeOf,
  slice,
  transpose,
} from "./kernel.ts";

function inferShape(size: number, shape: readonly number[]): number[] {
  const known = shape.reduce((product, s) => (s === -1 ? product : product * s), 1);
  return shape.map((s) => (s === -1 ? size / known : s));
}

function filled(shape: readonly number[], value: number, dtype: ElementType): Node {
  const Type =
    { float32: Float32Array, int32: Int32Array, bool: Uint8Array, int64: Int32Array }[dtype];
  return leaf(new Type(sizeOf(shape)).fill(value) as Values, shape, dtype);
}

function gather(x: Node, indices: Node, { axis, batchDims }: Attributes): Node {
  if (batchDims) throw new RangeError(`Cannot gather with batchDims ${batchDims}: want 0`);
  const [a] = axesOf(axis, x.shape.length);
  const shape = [...x.shape.slice(0, a), ...indices.shape, ...x.shape.slice(a! + 1)];
  return apply("Gather", [x, indices], shape, x.dtype, { axis: a! });
}

/** Sums rows of `x` by their segment; rows with a negative segment are dropped. */
function segmentSum(x: Node, ids: Node, segments: number): Node {
  const rest = x.shape.slice(ids.shape.length);
  const rows = sizeOf(ids.shape);
  const zeros = filled([segments + 1, ...rest], 0, x.dtype);
  const outside = apply("Less", [ids, leaf(Int32Array.of(0), [], "int32")], ids.shape, "bool");
  const spare = leaf(Int32Array.of(segments), [], "int32");
  const safe = apply("Where", [outside, spare, ids], ids.shape, "int32");
  const index = cast(reshape(safe, [rows, 1]), "int64");
  const sums = apply(
    "ScatterND",
    [zeros, index, reshape(x, [rows, ...rest])],
    zeros.shape,
    x.dtype,
    { reduction: "add" },
  );
  return slice(sums, zeros.shape.map(() => 0), [segments, ...rest]);
}

function oneHot(indices: Node, { depth, onValue, offValue, dtype }: Attributes): Node {
  const classes = leaf(Int32Array.from({ length: depth }, (_, i) => i), [depth], "int32");
  const shape = [...indices.shape, depth];
  const equal = apply("Equal", [reshape(indices, [...indices.shape, 1]), classes], shape, "bool");
  const chosen = apply(
    "Where",
    [equal, scalar(onValue ?? 1), scalar(offValue ?? 0)],
    shape,
    "float32",
  );
  return cast(chosen, dtype ?? "float32");
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
    shape.splice(dim < 0 ? shape.length + 1 + dim : dim, 0, 1);
    return reshape(input!, shape);
  },
  Transpose: ({ x }, { perm }) => transpose(x!, perm),
  Tile: ({ x }, { reps }) => tile(x!, reps),
  BroadcastTo: ({ x }, { shape }) => apply("Expand", [x!, integers(shape)], shape, x!.dtype),
  Slice: ({ x }, { begin, size }) =>
    slice(
      x!,
      begin,
      (size as number[]).map((s, i) => (s === -1 ? x!.shape[i]! - begin[i] : s)),
    ),
  StridedSlice: ({ x }, attributes) => stridedSlice(x!, attributes),
  Reverse: ({ x }, { dims }) => dims.length === 0 ? x! : reverse(x!, dims),
  PadV2: ({ x }, { paddings, constantValue }) =>
    pad(x!, paddings, constantValue ? cast(scalar(constantValue), x!.dtype) : undefined),
  MirrorPad: ({ x }, { paddings, mode }) => mirrorPad(x!, paddings, mode),
  DepthToSpace: ({ x }, attributes) => spaceToDepthOrder(x!, attributes),
  GatherV2: ({ x, indices }, attributes) => gather(x!, indices!, attributes),
  GatherNd: ({ params, indices }) => {
    const depth = indices!.shape.at(-1)!;
    const shape = [...indices!.shape.slice(0, -1), ...params!.shape.slice(depth)];
    return apply("GatherND", [params!, cast(indices!, "int64")], shape, params!.dtype);
  },
  ScatterNd: ({ indices, updates }, { shape }) =>
    apply(
      "ScatterND",
      [filled(shape, 0, updates!.dtype), cast(indices!, "int64"), updates!],
      shape,
      updates!.dtype,
      { reduction: "add" },
    ),
  UnsortedSegmentSum: ({ x, segmentIds }, { numSegments }) =>
    segmentSum(x!, segmentIds!, numSegments),
  OneHot: ({ indices }, attributes) => oneHot(indices!, attributes),
  Fill: (_, { shape, value, dtype }) => filled(shape, value, dtype ?? "float32"),
  ZerosLike: ({ x }) => filled(x!.shape, 0, x!.dtype),
  OnesLike: ({ x }) => filled(x!.shape, 1, x!.dtype),
  Range: (_, { start, stop, step, dtype }) => {
    const length = Math.max(0, Math.ceil((stop - start) / step));
    const values = Array.from({ length }, (_, i) => start + i * step);
    return leaf(
      dtype === "int32" ? Int32Array.from(values) : Float32Array.from(values),
      [length],
      dtype,
    );
  },
  LinSpace: (_, { start, stop, num }) => {
    const step = num > 1 ? (stop - start) / (num - 1) : 0;
    return leaf(Float32Array.from({ length: num }, (_, i) => start + i * step), [num], "float32");
  },
};

const unpack: ListKernel = ([x], { axis }) => {
  const [a] = axesOf(axis, x!.shape.length);
  const size = x!.shape.map((s, i) => (i === a ? 1 : s));
  return Array.from({ length: x!.shape[a!]! }, (_, k) => {
    const part = slice(x!, x!.shape.map((_, i) => (i === a ? k : 0)), size);
    return reshape(part, x!.shape.filter((_, i) => i !== a));
  });
};

const split: ListKernel = ([x], { numOrSizeSplits, axis }) => {
  const [a] = axesOf(axis, x!.shape.length);
  const sizes: number[] = typeof numOrSizeSplits === "number"
    ? Array(numOrSizeSplits).fill(x!.shape[a!]! / numOrSizeSplits)
    : inferShapeOfParts(x!.shape[a!]!, numOrSizeSplits);
  let from = 0;
  return sizes.map((count) => {
    const begin = x!.shape.map((_, i) => (i === a ? from : 0));
    from += count;
    return slice(x!, begin, x!.shape.map((s, i) => (i === a ? count : s)));
  });
};

function inferShapeOfParts(total: number, sizes: readonly number[]): number[] {
  const known = sizes.reduce((sum, s) => sum + Math.max(s, 0), 0);
  return sizes.map((s) => (s === -1 ? total - known : s));
}

/** Shape kernels whose inputs or outputs are lists. */
export const listShapes: Readonly<Record<string, ListKernel>> = {
  Concat: (nodes, { axis }) => {
    const [a] = axesOf(axis, nodes[0]!.shape.length);
    const filledNodes = nodes.filter((node) => sizeOf(node.shape) > 0);
    return [filledNodes.length === 0 ? nodes[0]! : concat(filledNodes, a!)];
  },
  Pack: (nodes, { axis }) => {
    const [a] = axesOf(axis, nodes[0]!.shape.length + 1);
    const shape = [...nodes[0]!.shape];
    shape.splice(a!, 0, 1);
    return [concat(nodes.map((node) => reshape(node, shape)), a!)];
  },
  Unpack: unpack,
  SplitV: split,
  AddN: (nodes) => [nodes.reduce((sum, node) => apply("Add", [sum, node], sum.shape, sum.dtype))],
};
