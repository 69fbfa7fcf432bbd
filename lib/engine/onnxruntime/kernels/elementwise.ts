/**
 * Elementwise kernels: one input, two inputs, comparisons and choices.
 *
 * @module
 */
import { apply, type Node, scalar } from "../graph.ts";
import {
  type Attributes,
  binary,
  broadcast,
  cast,
  choose,
  type Kernel,
  type Kernels,
  reshape,
  toNumber,
  unary,
  whereNaN,
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

const LOGICAL = { LogicalAnd: "And", LogicalOr: "Or" } as const;

/** Operators that ONNX defines for integers too: other ones see an int32 input as float32. */
const INTEGER_OK = new Set(["Abs", "Neg", "Relu"]);

/** Operators that leave an int32 input as it is. */
const ROUNDING = new Set(["Ceil", "Floor", "Round"]);

function unaryKernel(op: string): Kernel {
  return ({ x }) => {
    if (ROUNDING.has(op) && x!.dtype === "int32") return x!;
    return unary(op, INTEGER_OK.has(op) ? x! : cast(x!, "float32"));
  };
}

function mapValues<T extends string>(
  table: Readonly<Record<T, string>>,
  kernel: (op: string) => Kernel,
): Kernels {
  return Object.fromEntries(
    Object.entries<string>(table).map(([name, op]) => [name, kernel(op)]),
  );
}

/** `a` divided by `b` and rounded down; int32 by way of float64, which holds each quotient exactly. */
function floorDivide(a: Node, b: Node): Node {
  const type = a.dtype === "int32" ? "float64" : "float32";
  return cast(unary("Floor", binary("Div", cast(a, type), cast(b, type))), a.dtype);
}

/** Floored remainder (the sign of the divisor), as TensorFlow defines it. */
function floorModulo(a: Node, b: Node): Node {
  if (a.dtype === "int32") return apply("Mod", [a, b], broadcast(a.shape, b.shape), "int32");
  return binary("Sub", a, binary("Mul", b, floorDivide(a, b)));
}

/** -1, 0 or 1; 0 for NaN, which ONNX Runtime would keep. */
function sign(x: Node): Node {
  const signs = unary("Sign", x);
  return x.dtype === "float32" ? choose(whereNaN(x), scalar(0), signs) : signs;
}

/** A boolean test of each element. */
function testing(op: string): Kernel {
  return ({ x }) => apply(op, [cast(x!, "float32")], x!.shape, "bool");
}

const SPECIAL: Kernels = {
  Sign: ({ x }) => sign(x!),
  Square: ({ x }) => binary("Mul", x!, x!),
  SquaredDifference: ({ a, b }) => {
    const difference = binary("Sub", a!, b!);
    return binary("Mul", difference, difference);
  },
  Rsqrt: ({ x }) => unary("Reciprocal", unary("Sqrt", cast(x!, "float32"))),
  Log1p: ({ x }) => unary("Log", binary("Add", x!, scalar(1))),
  Expm1: ({ x }) => binary("Sub", unary("Exp", x!), scalar(1)),
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
    const isVector = condition!.shape.length === 1 && t!.shape.length > 1;
    const rows = [...condition!.shape, ...t!.shape.slice(1).map(() => 1)]; // [n] -> [n, 1, 1]
    return choose(isVector ? reshape(condition!, rows) : condition!, t!, e!);
  },
  Cast: ({ x }, { dtype }: Attributes) => cast(x!, dtype),
  Identity: ({ x }) => x!,
};

/** All elementwise kernels. */
export const elementwise: Kernels = {
  ...mapValues(UNARY, unaryKernel),
  ...mapValues(BINARY, (op) => ({ a, b }) => binary(op, toNumber(a!), toNumber(b!))),
  ...mapValues(COMPARE, (op) => ({ a, b }) => binary(op, toNumber(a!), toNumber(b!), "bool")),
  ...mapValues(
    LOGICAL,
    (op) => ({ a, b }) => binary(op, cast(a!, "bool"), cast(b!, "bool"), "bool"),
  ),
  ...SPECIAL,
};
