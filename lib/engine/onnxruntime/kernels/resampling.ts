/**
 * Pooling and resizing, on NHWC tensors.
 *
 * @module
 */
import { backend_util } from "@tensorflow/tfjs";
import { ABSENT, integers, type Node } from "../graph.ts";
import { onChannelsFirst, type Shape4D, spatial } from "./convolution.ts";
import { type Attributes, cast, type Kernels } from "./kernel.ts";

function pool(op: string, x: Node, attributes: Attributes): Node {
  const { filterSize, strides, pad, dimRoundingMode } = attributes;
  const info = backend_util.computePool2DInfo(
    x.shape as Shape4D,
    filterSize,
    strides,
    1,
    pad,
    dimRoundingMode,
  );
  if (info.filterHeight * info.filterWidth === 1 && `${info.outShape}` === `${x.shape}`) return x;
  const { dilations: _, ...window } = spatial(info);
  return onChannelsFirst(op, x, [], info.outShape, window);
}

function resize(x: Node, mode: string, { size, alignCorners, halfPixelCenters }: Attributes): Node {
  const [n, , , c] = x.shape as Shape4D;
  const [h, w] = size;
  const transform = alignCorners ? "align_corners" : halfPixelCenters ? "half_pixel" : "asymmetric";
  const size4D = integers([n, c, h, w]);
  return onChannelsFirst("Resize", x, [ABSENT, ABSENT, size4D], [n, h, w, c], {
    mode,
    coordinate_transformation_mode: transform,
    nearest_mode: transform === "asymmetric" ? "floor" : "round_prefer_ceil",
  });
}

/** All poolings and resizings. */
export const resamplings: Kernels = {
  AvgPool: ({ x }, attributes) => pool("AveragePool", x!, attributes),
  MaxPool: ({ x }, attributes) => pool("MaxPool", x!, attributes),
  ResizeNearestNeighbor: ({ images }, attributes) => resize(images!, "nearest", attributes),
  ResizeBilinear: ({ images }, attributes) =>
    resize(cast(images!, "float32"), "linear", attributes),
};
