/**
 * Convolutions and their gradients.
 *
 * ONNX Runtime works on NCHW, so each kernel transposes NHWC tensors on the way in and out; ONNX
 * Runtime removes pairs of transposes that meet. A tensor that is NCHW from the start is brought to
 * NHWC first, where every kernel is written.
 *
 * @module
 */
import { backend_util } from "@tensorflow/tfjs";
import { apply, type Node } from "../graph.ts";
import { finish } from "./activation.ts";
import {
  type Attributes,
  binary,
  concat,
  type Kernel,
  type Kernels,
  pad,
  reshape,
  reverse,
  slice,
  transpose,
} from "./kernel.ts";
import { matmul } from "./matmul.ts";
import { reduce } from "./reduction.ts";

/** The shape of a batch of images. */
export type Shape4D = [number, number, number, number];
type Info = backend_util.Conv2DInfo;

const NCHW = [0, 3, 1, 2];
const NHWC = [0, 2, 3, 1];
const OIHW = [3, 2, 0, 1]; // from HWIO

function convInfo(
  inShape: readonly number[],
  filterShape: readonly number[],
  attributes: Attributes,
  depthwise = false,
): Info {
  const { strides, pad, dilations, dimRoundingMode } = attributes;
  return backend_util.computeConv2DInfo(
    inShape as Shape4D,
    filterShape as Shape4D,
    strides,
    dilations ?? 1,
    pad,
    dimRoundingMode,
    depthwise,
  );
}

/** The window of a convolution or a pooling as ONNX attributes. */
export function spatial(info: Info): Record<string, number[]> {
  const { top, left, bottom, right } = info.padInfo;
  return {
    kernel_shape: [info.filterHeight, info.filterWidth],
    strides: [info.strideHeight, info.strideWidth],
    dilations: [info.dilationHeight, info.dilationWidth],
    pads: [top, left, bottom, right],
  };
}

function isPointwise(info: Info): boolean {
  const { filterHeight, filterWidth, strideHeight, strideWidth, padInfo } = info;
  const size = filterHeight * filterWidth * strideHeight * strideWidth;
  return size === 1 && padInfo.top + padInfo.left + padInfo.bottom + padInfo.right === 0;
}

/** Runs an NCHW operator on an NHWC input. */
export function onChannelsFirst(
  op: string,
  x: Node,
  weights: readonly Node[],
  outShape: Shape4D,
  attributes: Record<string, number | number[] | string>,
): Node {
  const [n, h, w, c] = outShape;
  const out = apply(op, [transpose(x, NCHW), ...weights], [n, c, h, w], "float32", attributes);
  return transpose(out, NHWC);
}

/** A kernel written for NHWC, on tensors that its attribute `dataFormat` may say are NCHW. */
function inEitherFormat(kernel: Kernel, output: "image" | "filter" = "image"): Kernel {
  return (inputs, attributes) => {
    if (attributes.dataFormat !== "NCHW") return kernel(inputs, attributes);
    const { pad, inputShape } = attributes;
    const channelsLast: Record<string, Node> = {};
    for (const [name, node] of Object.entries(inputs)) {
      channelsLast[name] = name === "filter" ? node : toChannelsLast(node);
    }
    const result = kernel(channelsLast, {
      ...attributes,
      dataFormat: "NHWC",
      pad: Array.isArray(pad) ? NHWC.map((axis) => pad[axis]) : pad,
      inputShape: inputShape && NHWC.map((axis) => inputShape[axis]),
    });
    return output === "image" ? transpose(result, NCHW) : result;
  };
}

/** [n, c, h, w] -> [n, h, w, c]; [c, h, w], the shape of slopes, -> [h, w, c] */
function toChannelsLast(x: Node): Node {
  if (x.shape.length === 4) return transpose(x, NHWC);
  return x.shape.length === 3 ? transpose(x, [1, 2, 0]) : x;
}

function conv2d(x: Node, filter: Node, attributes: Attributes): Node {
  const info = convInfo(x.shape, filter.shape, attributes);
  if (isPointwise(info)) {
    const [n, h, w, c] = x.shape as Shape4D;
    const flat = matmul(
      reshape(x, [n * h * w, c]),
      reshape(filter, [info.inChannels, info.outChannels]),
    );
    return reshape(flat, info.outShape);
  }
  return onChannelsFirst("Conv", x, [transpose(filter, OIHW)], info.outShape, spatial(info));
}

/** What a transposed convolution must add below and to the right to reach the input's size. */
function outputPadding(info: Info): number[] {
  const rest = (inSize: number, outSize: number, stride: number, extent: number, pads: number) =>
    inSize - ((outSize - 1) * stride + extent - pads);
  const { padInfo: p } = info;
  return [
    rest(
      info.inHeight,
      info.outHeight,
      info.strideHeight,
      info.effectiveFilterHeight,
      p.top + p.bottom,
    ),
    rest(
      info.inWidth,
      info.outWidth,
      info.strideWidth,
      info.effectiveFilterWidth,
      p.left + p.right,
    ),
  ];
}

/** Whether the input's gradient is itself a convolution of the output's gradient. */
function isDense(info: Info): boolean {
  return info.strideHeight * info.strideWidth * info.dilationHeight * info.dilationWidth === 1;
}

/** Pads of the convolution that takes the output's gradient back to the input. */
function backwardPads({ filterHeight: h, filterWidth: w, padInfo: p }: Info): number[] {
  return [h - 1 - p.top, w - 1 - p.left, h - 1 - p.bottom, w - 1 - p.right];
}

/** The part of the output's gradient that belongs to the convolution, which may be smaller. */
function ownGradient(dy: Node, { outShape }: Info): Node {
  return `${dy.shape}` === `${outShape}` ? dy : slice(dy, [0, 0, 0, 0], outShape);
}

function conv2dInputGradient(gradient: Node, filter: Node, attributes: Attributes): Node {
  const info = convInfo(attributes.inputShape, filter.shape, attributes);
  const dy = ownGradient(gradient, info);
  if (isDense(info)) {
    const flipped = transpose(reverse(filter, [0, 1]), [2, 3, 0, 1]); // [in, out, h, w]
    const window = { ...spatial(info), pads: backwardPads(info) };
    return onChannelsFirst("Conv", dy, [flipped], info.inShape, window);
  }
  const weights = [transpose(filter, OIHW)]; // ConvTranspose reads [in, out, h, w]; its input is dy
  return onChannelsFirst("ConvTranspose", dy, weights, info.inShape, {
    ...spatial(info),
    output_padding: outputPadding(info),
  });
}

/** The input as each filter tap sees it: one [n, outHeight, outWidth, c] node per tap, row-major. */
function taps(x: Node, info: Info): Node[] {
  const { top, left, bottom, right } = info.padInfo;
  const padded = pad(x, [[0, 0], [top, bottom], [left, right], [0, 0]]);
  const size = [info.batchSize, info.outHeight, info.outWidth, info.inChannels];
  const step = [1, info.strideHeight, info.strideWidth, 1];
  const nodes: Node[] = [];
  for (let i = 0; i < info.filterHeight; i++) {
    for (let j = 0; j < info.filterWidth; j++) {
      const begin = [0, i * info.dilationHeight, j * info.dilationWidth, 0];
      nodes.push(slice(padded, begin, size, step));
    }
  }
  return nodes;
}

function conv2dFilterGradient(x: Node, dy: Node, attributes: Attributes): Node {
  const info = convInfo(x.shape, attributes.filterShape, attributes);
  const seen = taps(x, info);
  const points = info.batchSize * info.outHeight * info.outWidth;
  const columns = reshape(concat(seen, 3), [points, seen.length * info.inChannels]);
  const gradient = matmul(columns, reshape(dy, [points, info.outChannels]), true, false);
  return reshape(gradient, attributes.filterShape);
}

/** [h, w, in, multiplier] -> [in * multiplier, 1, h, w] */
function depthwiseWeights(filter: Node): Node {
  const [h, w, c, m] = filter.shape as Shape4D;
  return reshape(transpose(filter, [2, 3, 0, 1]), [c * m, 1, h, w]);
}

function depthwiseConv2d(x: Node, filter: Node, attributes: Attributes): Node {
  const info = convInfo(x.shape, filter.shape, attributes, true);
  return onChannelsFirst("Conv", x, [depthwiseWeights(filter)], info.outShape, {
    ...spatial(info),
    group: info.inChannels,
  });
}

function depthwiseInputGradient(dy: Node, filter: Node, attributes: Attributes): Node {
  const info = convInfo(attributes.inputShape, filter.shape, attributes, true);
  if (isDense(info) && filter.shape[3] === 1) {
    const window = { ...spatial(info), pads: backwardPads(info), group: info.inChannels };
    const flipped = depthwiseWeights(reverse(filter, [0, 1]));
    return onChannelsFirst("Conv", dy, [flipped], info.inShape, window);
  }
  return onChannelsFirst("ConvTranspose", dy, [depthwiseWeights(filter)], info.inShape, {
    ...spatial(info),
    output_padding: outputPadding(info),
    group: info.inChannels,
  });
}

function depthwiseFilterGradient(x: Node, dy: Node, attributes: Attributes): Node {
  const info = convInfo(x.shape, attributes.filterShape, attributes, true);
  const multiplier = info.outChannels / info.inChannels;
  const gradient = [...dy.shape.slice(0, 3), info.inChannels, multiplier];
  const perTap = taps(x, info).map((tap) => {
    const product = binary("Mul", reshape(tap, [...tap.shape, 1]), reshape(dy, gradient));
    return reshape(reduce("ReduceSum", product, [0, 1, 2]), [1, info.inChannels, multiplier]);
  });
  return reshape(concat(perTap, 0), attributes.filterShape);
}

function fused(convolve: typeof conv2d): Kernel {
  return ({ x, filter, bias, preluActivationWeights }, attributes) => {
    const { activation, leakyreluAlpha } = attributes;
    const product = convolve(x!, filter!, attributes);
    return finish(product, bias, activation, { leakyreluAlpha, preluActivationWeights });
  };
}

/** All convolutions. */
export const convolutions: Kernels = {
  Conv2D: inEitherFormat(({ x, filter }, attributes) => conv2d(x!, filter!, attributes)),
  FusedConv2D: inEitherFormat(fused(conv2d)),
  Conv2DBackpropInput: inEitherFormat(({ dy, filter }, attributes) =>
    conv2dInputGradient(dy!, filter!, attributes)
  ),
  Conv2DBackpropFilter: inEitherFormat(
    ({ x, dy }, attributes) => conv2dFilterGradient(x!, dy!, attributes),
    "filter",
  ),
  DepthwiseConv2dNative: ({ x, filter }, attributes) => depthwiseConv2d(x!, filter!, attributes),
  FusedDepthwiseConv2D: fused(depthwiseConv2d),
  DepthwiseConv2dNativeBackpropInput: ({ dy, filter }, attributes) =>
    depthwiseInputGradient(dy!, filter!, attributes),
  DepthwiseConv2dNativeBackpropFilter: ({ x, dy }, attributes) =>
    depthwiseFilterGradient(x!, dy!, attributes),
};
