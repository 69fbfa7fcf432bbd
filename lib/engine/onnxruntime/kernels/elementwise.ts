/**
 * Elementwise kernels: one input, two inputs, comparisons and choices.
 *
 * @module
 */
import { apply, integers, leaf, type Node, scalar } from "../graph.ts";
import {
  type Attributes,
  binary,
  broadcast,
  cast,
  type Kernel,
  type Kernels,
  unary,
} from "./kernel.ts";

/** tfjs kernels that are one ONNX operator of the same meaning. */
const UNARY = {
  Abs: "Abs",
  Acos: "Acos",
  Acosh: "Acosh",
  Asin: "Asin",
  Asinh: "Asinh",
  Atan: "Atan",
  Atanh: "Atanh",
  Ceil: "Ceil",
  Cos: "Cos",
  Cosh: "Cosh",
  Erf: "Erf",
  Exp: "Exp",
  Floor: "Floor",
  Log: "Log",
  Neg: "Neg",
  Reciprocal: "Reciprocal",
  Relu: "Relu",
  Round: "Round",
  Sigmoid: "Sigmoid",
  Sign: "Sign",
  Sin: "Sin",
  Sinh: "Sinh",
  Softplus: "Softplus",
  Sqrt: "Sqrt",
  Tan: "Tan",
  Tanh: "Tanh",
} as const;

const BINARY = {
  Add: "Add",
  Sub: "Sub",
  Multiply: "Mul",
  RealDiv: "Div",
  Maximum: "Max",
  Minimum: "Min",
  Pow: "Pow",
} as const;

const COMPARE = {
  Equal: "Equal",
  Greater: "Greater",
  GreaterEqual: "GreaterOrEqual",
  Less: "Less",
  LessEqual: "LessOrEqual",
} as const;

const LOGICAL = { LogicalAnd: "And", LogicalOr: "Or", LogicalXor: "Xor" } as const;

/** Operators that ONNX defines for floats only: an int32 input is converted first. */
const INTEGER_OK = new Set(["Abs", "Neg", "Sign", "Relu"]);

function floatUnary(op: string): Kernel {
  return ({ x }) => unary(op, INTEGER_OK.has(op) ? x! : cast(x!, "float32"));
}

function toNumber(x: Node): Node {
  return x.dtype === "bool" ? cast(x, "int32") : x;
}

function mapValues<T extends string>(
  table: Readonly<Record<T, string>>,
  kernel: (op: string) => Kernel,
): Kernels {
  return Object.fromEntries(
    Object.entries<string>(table).map(([name, op]) => [name, kernel(op)]),
  );
}

function floorDivide(a: Node, b: Node): Node {
  if (a.dtype === "float32") return unary("Floor", binary("Div", a, b));
  return cast(unary("Floor", binary("Div", cast(a, "float32"), cast(b, "float32"))), "int32");
}

/** Floored remainder (the sign of the divisor), as TensorFlow defines it. */
function floorModulo(a: Node, b: Node): Node {
  if (a.dtype === "int32") return apply("Mod", [a, b], broadcast(a.shape, b.shape), "int32");
  return binary("Sub", a, binary("Mul", b, floorDivide(a, b)));
}

function clip(x: Node, low: number, high: number): Node {
  if (x.dtype === "float32") {
    return apply("Clip", [x, scalar(low), scalar(high)], x.shape, x.dtype);
  }
  const bound = (value: number) => leaf(Int32Array.of(value), [], "int32");
  return apply("Clip", [x, bound(low), bound(high)], x.shape, x.dtype);
}

function leakyRelu(x: Node, alpha: number): Node {
  return unary("LeakyRelu", x, { alpha: { float: alpha } });
}

/** A boolean test of each element. */
function testing(op: string): Kernel {
  return ({ x }) => apply(op, [cast(x!, "float32")], x!.shape, "bool");
}

/** The derivative of ELU taken from its output: dy * (y + 1) where y < 0. */
function eluGradient({ dy, y }: Record<string, Node>): Node {
  const negative = apply("Less", [y!, scalar(0)], y!.shape, "bool");
  const slope = binary("Mul", dy!, binary("Add", y!, scalar(1)));
  return apply("Where", [negative, slope, dy!], y!.shape, y!.dtype);
}

const SELU_ALPHA = 1.7580993408473768;
const SELU_SCALE = 1.0507009873554805;

const SPECIAL: Kernels = {
  Square: ({ x }) => binary("Mul", x!, x!),
  SquaredDifference: ({ a, b }) => {
    const difference = binary("Sub", a!, b!);
    return binary("Mul", difference, difference);
  },
  Rsqrt: ({ x }) => unary("Reciprocal", unary("Sqrt", cast(x!, "float32"))),
  Log1p: ({ x }) => unary("Log", binary("Add", x!, scalar(1))),
  Expm1: ({ x }) => binary("Sub", unary("Exp", x!), scalar(1)),
  Relu6: ({ x }) => clip(x!, 0, 6),
  Elu: ({ x }) => unary("Elu", x!, { alpha: { float: 1 } }),
  EluGrad: eluGradient,
  Selu: ({ x }) =>
    binary(
      "Mul",
      unary("Elu", x!, { alpha: { float: SELU_ALPHA / SELU_SCALE } }),
      scalar(SELU_SCALE),
    ),
  LeakyRelu: ({ x }, { alpha }: Attributes) => leakyRelu(x!, alpha),
  Prelu: ({ x, alpha }) => binary("PRelu", x!, alpha!),
  Step: ({ x }, { alpha }: Attributes) => {
    const positive = apply("Greater", [x!, scalar(0)], x!.shape, "bool");
    const low = scalar(alpha ?? 0);
    return apply("Where", [positive, scalar(1), low], x!.shape, x!.dtype);
  },
  ClipByValue: ({ x }, { clipValueMin, clipValueMax }: Attributes) =>
    clip(x!, clipValueMin, clipValueMax),
  IsNan: testing("IsNaN"),
  IsInf: testing("IsInf"),
  IsFinite: ({ x }) => {
    const zero = binary("Mul", x!, scalar(0)); // NaN unless finite
    return apply("Equal", [zero, scalar(0)], x!.shape, "bool");
  },
  FloorDiv: ({ a, b }) => floorDivide(a!, b!),
  Mod: ({ a, b }) => floorModulo(a!, b!),
  NotEqual: ({ a, b }) =>
    apply("Not", [binary("Equal", a!, b!, "bool")], broadcast(a!.shape, b!.shape), "bool"),
  LogicalNot: ({ x }) => apply("Not", [cast(x!, "bool")], x!.shape, "bool"),
  Select: ({ condition, t, e }) => {
    const lift = condition!.shape.length === 1 && t!.shape.length > 1;
    const shape = lift
      ? [condition!.shape[0]!, ...t!.shape.slice(1).map(() => 1)]
      : condition!.shape;
    const test = lift
      ? apply("Reshape", [condition!, integers(shape)], shape, condition!.dtype)
      : condition!;
    return apply(
      "Where",
      [test, t!, e!],
      broadcast(shape, broadcast(t!.shape, e!.shape)),
      t!.dtype,
    );
  },
  Cast: ({ x }, { dtype }: Attributes) => {
    if (dtype === "int32" && x!.dtype === "float32") return cast(x!, "int32"); // truncates
    return cast(x!, dtype);
  },
  Identity: ({ x }) => x!,
};

/** All elementwise kernels. */
export const elementwise: Kernels = {
  ...mapValues(UNARY, floatUnary),
  ...mapValues(BINARY, (op) => ({ a, b }) => binary(op, toNumber(a!), toNumber(b!))),
  ...mapValues(COMPARE, (op) => ({ a, b }) => binary(op, toNumber(a!), toNumber(b!), "bool")),
  ...mapValues(
    LOGICAL,
    (op) => ({ a, b }) => binary(op, cast(a!, "bool"), cast(b!, "bool"), "bool"),
  ),
  ...SPECIAL,
};
