/**
 * Activation functions, as kernels of their own and fused onto the product before them.
 *
 * @module
 */
import { apply, leaf, type Node, scalar } from "../graph.ts";
import { type Attributes, binary, cast, choose, type Kernels, unary, whereNaN } from "./kernel.ts";

/** Values limited to [low, high]. */
function clip(x: Node, low: number, high: number): Node {
  const bound = (value: number) =>
    x.dtype === "float32" ? scalar(value) : leaf(Int32Array.of(value), [], "int32");
  return apply("Clip", [x, bound(low), bound(high)], x.shape, x.dtype);
}

function elu(x: Node, alpha = 1): Node {
  return unary("Elu", cast(x, "float32"), { alpha: { float: alpha } });
}

/** The derivative of ELU taken from its output: dy * (y + 1) where y < 0. */
function eluGradient(dy: Node, y: Node): Node {
  const negative = binary("Less", y, scalar(0), "bool");
  return choose(negative, binary("Mul", dy, binary("Add", y, scalar(1))), dy);
}

const SELU_ALPHA = 1.7580993408473768;
const SELU_SCALE = 1.0507009873554805;

function selu(x: Node): Node {
  return binary("Mul", elu(x, SELU_ALPHA / SELU_SCALE), scalar(SELU_SCALE));
}

function leakyRelu(x: Node, alpha: number): Node {
  return unary("LeakyRelu", cast(x, "float32"), { alpha: { float: alpha } });
}

/** `x` where it is positive and `alpha * x` elsewhere; the slopes broadcast to the shape of `x`. */
function prelu(x: Node, alpha: Node): Node {
  return binary("PRelu", cast(x, "float32"), cast(alpha, "float32"));
}

/** 1 where `x` is positive and `alpha` elsewhere; NaN stays. */
function step(x: Node, alpha: number): Node {
  const value = cast(x, "float32");
  const positive = binary("Greater", value, scalar(0), "bool");
  const stepped = choose(positive, scalar(1), scalar(alpha));
  return cast(choose(whereNaN(value), value, stepped), x.dtype);
}

interface FusedOptions {
  /** Slope below zero of `leakyrelu`. */
  leakyreluAlpha?: number;
  /** Slopes below zero of `prelu`. */
  preluActivationWeights?: Node | undefined;
}

const FUSED: Readonly<Record<string, (x: Node, options: FusedOptions) => Node>> = {
  linear: (x) => x,
  relu: (x) => unary("Relu", x),
  relu6: (x) => clip(x, 0, 6),
  sigmoid: (x) => unary("Sigmoid", x),
  elu: (x) => elu(x),
  leakyrelu: (x, { leakyreluAlpha }) => leakyRelu(x, leakyreluAlpha ?? 0.2), // as TensorFlow.js
  prelu: (x, { preluActivationWeights }) => prelu(x, preluActivationWeights!),
};

/** Adds a bias and applies a named activation. */
export function finish(
  x: Node,
  bias: Node | undefined,
  activation: string,
  options: FusedOptions = {},
): Node {
  const act = FUSED[activation];
  if (!act) {
    const known = Object.keys(FUSED).join(", ");
    throw new RangeError(`Cannot fuse the activation "${activation}": want one of ${known}`);
  }
  return act(bias ? binary("Add", x, bias) : x, options);
}

/** All activation functions that are not one ONNX operator. */
export const activations: Kernels = {
  ClipByValue: ({ x }, { clipValueMin, clipValueMax }: Attributes) =>
    clip(x!, clipValueMin, clipValueMax),
  Relu6: ({ x }) => clip(x!, 0, 6),
  Elu: ({ x }) => elu(x!),
  EluGrad: ({ dy, y }) => eluGradient(dy!, y!),
  Selu: ({ x }) => selu(x!),
  LeakyRelu: ({ x }, { alpha }: Attributes) => leakyRelu(x!, alpha),
  Prelu: ({ x, alpha }) => prelu(x!, alpha!),
  Step: ({ x }, { alpha }: Attributes) => step(x!, alpha ?? 0),
};
