/**
 * Kernels that make values.
 *
 * @module
 */
import { leaf, type Node } from "../graph.ts";
import type { ElementType } from "../proto.ts";
import { arrayTypeOf } from "../values.ts";
import { type Attributes, type Kernels, sizeOf } from "./kernel.ts";

/** A node with the same value everywhere. */
export function filled(shape: readonly number[], value: number, dtype: ElementType): Node {
  return leaf(new (arrayTypeOf(dtype))(sizeOf(shape)).fill(value), shape, dtype);
}

/** `start`, `start + step` and so on, up to but without `stop`; a default step goes towards `stop`. */
function range({ start, stop, step, dtype }: Attributes): Node {
  const by = stop < start && step === 1 ? -1 : step;
  const length = Math.max(0, Math.ceil((stop - start) / by));
  const values = Array.from({ length }, (_, i) => start + i * by);
  return leaf(arrayTypeOf(dtype).from(values), [length], dtype);
}

/** All kernels without an input that is computed with. */
export const constants: Kernels = {
  Fill: (_, { shape, value, dtype }) => filled(shape, value, dtype ?? "float32"),
  ZerosLike: ({ x }) => filled(x!.shape, 0, x!.dtype),
  OnesLike: ({ x }) => filled(x!.shape, 1, x!.dtype),
  Range: (_, attributes) => range(attributes),
  LinSpace: (_, { start, stop, num }) => {
    const step = num > 1 ? (stop - start) / (num - 1) : 0;
    return leaf(Float32Array.from({ length: num }, (_, i) => start + i * step), [num], "float32");
  },
};
