/**
 * Kernels that read or write by index.
 *
 * @module
 */
import { backend_util, gather_util, scatter_util } from "@tensorflow/tfjs";
import { apply, leaf, type Node, scalar } from "../graph.ts";
import { filled } from "./constant.ts";
import {
  asTensor,
  type Attributes,
  axisOf,
  binary,
  cast,
  choose,
  type Kernels,
  reshape,
  sizeOf,
  slice,
  transpose,
} from "./kernel.ts";

function gather(x: Node, indices: Node, { axis, batchDims }: Attributes): Node {
  if (batchDims) return batchGather(x, indices, axis, batchDims);
  const a = axisOf(axis, x.shape);
  const shape = [...x.shape.slice(0, a), ...indices.shape, ...x.shape.slice(a + 1)];
  return apply("Gather", [x, indices], shape, x.dtype, { axis: a });
}

/** A gather in which each of the batch's elements has its own indices. */
function batchGather(x: Node, indices: Node, axis: number, batchDims: number): Node {
  const { batchSize, outerSize, dimSize, sliceSize, outputShape } = backend_util.segment_util
    .collectGatherOpShapeInfo(
      asTensor(x),
      asTensor(indices),
      axisOf(axis, x.shape),
      batchDims,
    );
  const count = sizeOf(indices.shape) / batchSize;
  const byBatch = reshape(x, [batchSize, outerSize, dimSize, sliceSize]);
  const rows = reshape(transpose(byBatch, [0, 2, 1, 3]), [
    batchSize * dimSize,
    outerSize,
    sliceSize,
  ]);
  const firstRow = Int32Array.from({ length: batchSize }, (_, i) => i * dimSize);
  const row = binary(
    "Add",
    reshape(indices, [batchSize, count]),
    leaf(firstRow, [batchSize, 1], "int32"),
  );
  const taken = gather(rows, row, { axis: 0 }); // [batch, count, outer, slice]
  return reshape(transpose(taken, [0, 2, 1, 3]), outputShape);
}

function gatherNd(params: Node, indices: Node): Node {
  const [shape] = gather_util.prepareAndValidate(
    asTensor(params),
    asTensor(indices),
  );
  return apply("GatherND", [params, cast(indices, "int64")], shape, params.dtype);
}

/** Adds `updates` to a tensor, in the places that the last axis of `index` names. */
function scatterAdd(target: Node, index: Node, updates: Node): Node {
  const inputs = [target, cast(index, "int64"), updates];
  return apply("ScatterND", inputs, target.shape, target.dtype, { reduction: "add" });
}

function scatterNd(indices: Node, updates: Node, shape: number[]): Node {
  const { sliceRank, numUpdates } = scatter_util.calculateShapes(
    asTensor(updates),
    asTensor(indices),
    shape,
  );
  return scatterAdd(
    filled(shape, 0, updates.dtype),
    reshape(indices, [numUpdates, sliceRank]),
    reshape(updates, [numUpdates, ...shape.slice(sliceRank)]),
  );
}

/** Sums rows of `x` by their segment; rows with a negative segment are dropped. */
function segmentSum(x: Node, ids: Node, segments: number): Node {
  const rest = x.shape.slice(ids.shape.length);
  const rows = sizeOf(ids.shape);
  const zeros = filled([segments + 1, ...rest], 0, x.dtype);
  const outside = apply("Less", [ids, leaf(Int32Array.of(0), [], "int32")], ids.shape, "bool");
  const spare = leaf(Int32Array.of(segments), [], "int32");
  const safe = choose(outside, spare, ids);
  const index = reshape(safe, [rows, 1]);
  const sums = scatterAdd(zeros, index, reshape(x, [rows, ...rest]));
  return slice(sums, zeros.shape.map(() => 0), [segments, ...rest]);
}

function oneHot(indices: Node, { depth, onValue, offValue, dtype }: Attributes): Node {
  const classes = leaf(Int32Array.from({ length: depth }, (_, i) => i), [depth], "int32");
  const shape = [...indices.shape, depth];
  const equal = apply("Equal", [reshape(indices, [...indices.shape, 1]), classes], shape, "bool");
  const [on, off] = [onValue ?? 1, offValue ?? 0];
  const hot = on === 1 && off === 0 ? equal : choose(equal, scalar(on), scalar(off));
  return cast(hot, dtype ?? "float32");
}

/** All kernels that read or write by index. */
export const lookups: Kernels = {
  GatherV2: ({ x, indices }, attributes) => gather(x!, indices!, attributes),
  GatherNd: ({ params, indices }) => gatherNd(params!, indices!),
  ScatterNd: ({ indices, updates }, { shape }) => scatterNd(indices!, updates!, shape),
  UnsortedSegmentSum: ({ x, segmentIds }, { numSegments }) =>
    segmentSum(x!, segmentIds!, numSegments),
  OneHot: ({ indices }, attributes) => oneHot(indices!, attributes),
};
