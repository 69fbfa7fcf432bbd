/** Bytes per element of each type that can be read, by its safetensors name. */
export const SIZES = Object.freeze({
  BOOL: 1,
  U8: 1,
  I8: 1,
  U16: 2,
  I16: 2,
  F16: 2,
  BF16: 2,
  U32: 4,
  I32: 4,
  F32: 4,
  U64: 8,
  I64: 8,
  F64: 8,
});

/** The safetensors name of an element type. */
export type ElementType = keyof typeof SIZES;

/** Views of aligned memory; all platforms that Deno runs on are little-endian, as the format is. */
const VIEWS = {
  BOOL: Uint8Array,
  U8: Uint8Array,
  I8: Int8Array,
  U16: Uint16Array,
  I16: Int16Array,
  F16: Float16Array,
  BF16: Uint16Array,
  U32: Uint32Array,
  I32: Int32Array,
  F32: Float32Array,
  U64: BigUint64Array,
  I64: BigInt64Array,
  F64: Float64Array,
};

/**
 * Converts stored elements to 32-bit floats, rounded to the nearest where they do not fit exactly.
 *
 * @param dtype their type
 * @param bytes little-endian, a whole number of elements; aligned F32 data are returned as a view
 */
export function readElements(dtype: ElementType, bytes: Uint8Array): Float32Array {
  const size = SIZES[dtype];
  const aligned = bytes.byteOffset % size === 0 ? bytes : bytes.slice();
  const view = new VIEWS[dtype](
    aligned.buffer as ArrayBuffer,
    aligned.byteOffset,
    aligned.length / size,
  );
  if (view instanceof Float32Array) return view;
  if (dtype === "BF16") { // the upper half of a 32-bit float
    const bits = Uint32Array.from(view as Uint16Array, (half) => half << 16);
    return new Float32Array(bits.buffer);
  }
  if (view instanceof BigInt64Array || view instanceof BigUint64Array) {
    return Float32Array.from(view, Number);
  }
  return new Float32Array(view);
}

/**
 * The little-endian bytes of 32-bit floats stored as F32 or F16.
 *
 * @param name names the tensor in errors
 * @throws {RangeError} when a finite number would become infinite
 */
export function roundTo(dtype: "F16" | "F32", data: Float32Array, name: string): Uint8Array {
  if (dtype === "F32") return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  const halves = new Float16Array(data); // rounds to the nearest, ties to even
  const lost = halves.findIndex((half, i) => !Number.isFinite(half) && Number.isFinite(data[i]));
  if (lost >= 0) {
    throw new RangeError(`Cannot store "${name}" as F16: ${data[lost]} is outside +-65504`);
  }
  return new Uint8Array(halves.buffer);
}
