/**
 * The typed arrays that hold tensors' values.
 *
 * @module
 */

/** The typed array that holds a dtype's values. */
export type Values = Float32Array | Int32Array | Uint8Array;

const ARRAY = { float32: Float32Array, int32: Int32Array, bool: Uint8Array } as const;

interface ArrayType {
  new (length: number): Values;
  from(values: ArrayLike<number>): Values;
}

/**
 * The array type of a dtype.
 *
 * @throws {TypeError} If the engine does not have the dtype, as `string` and `complex64`.
 */
export function arrayTypeOf(dtype: string): ArrayType {
  const type = ARRAY[dtype as keyof typeof ARRAY];
  if (type) return type as ArrayType;
  throw new TypeError(`Cannot store dtype "${dtype}": this engine has float32, int32 and bool`);
}
