/**
 * Recorded operators: values that are known, and operators on them that are still to be run.
 *
 * @module
 */
import * as ort from "onnxruntime-node";
import type { Attribute, ElementType } from "./proto.ts";
import type { Values } from "./values.ts";

/** A value of the graph: concrete (`values` is set) or one operator still to be run. */
export interface Node {
  readonly op: string;
  inputs: readonly Node[];
  readonly attributes: Readonly<Record<string, Attribute>>;
  readonly shape: readonly number[];
  readonly dtype: ElementType;
  /** Which of the operator's outputs this is. */
  readonly output: number;
  /** The same object for all outputs of one operator, where there are several. */
  readonly group?: object;
  /** The concrete value, once known; an int64 constant (axes, shapes) has it from the start. */
  tensor?: ort.Tensor;
}

/** An operator applied to nodes; nothing is computed. */
export function apply(
  op: string,
  inputs: readonly Node[],
  shape: readonly number[],
  dtype: ElementType,
  attributes: Readonly<Record<string, Attribute>> = {},
  output = 0,
): Node {
  return { op, inputs, attributes, shape: [...shape], dtype, output };
}

/** An operator with several outputs, of which those with a shape are wanted. */
export function applyAll(
  op: string,
  inputs: readonly Node[],
  shapes: readonly (readonly number[] | undefined)[],
  dtype: ElementType,
  attributes: Readonly<Record<string, Attribute>> = {},
): Node[] {
  const group = {};
  return shapes.flatMap((shape, output) =>
    shape ? [{ ...apply(op, inputs, shape, dtype, attributes, output), group }] : []
  );
}

/** A concrete value. */
export function leaf(values: Values, shape: readonly number[], dtype: ElementType): Node {
  const tensor = new ort.Tensor(dtype as "float32", values as Float32Array, shape);
  return { op: "", inputs: [], attributes: {}, shape: [...shape], dtype, output: 0, tensor };
}

/** An int64 vector that is part of the graph's structure: axes, shapes, paddings. */
export function integers(values: readonly number[]): Node {
  const data = new BigInt64Array(values.map(BigInt));
  const tensor = new ort.Tensor("int64", data, [values.length]);
  return {
    op: "",
    inputs: [],
    attributes: {},
    shape: [values.length],
    dtype: "int64",
    output: 0,
    tensor,
  };
}

/** A float32 scalar. */
export function scalar(value: number): Node {
  return leaf(Float32Array.of(value), [], "float32");
}

/** An optional input that is left out. */
export const ABSENT: Node = apply("", [], [], "float32");
