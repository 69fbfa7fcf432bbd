import { readElements, roundTo, SIZES } from "./element_types.ts";
import { writeAtomic } from "./files.ts";
import { parseHeader } from "./safetensors_header.ts";

/** The named tensors of a safetensors file; numbers of every stored type come as 32-bit floats. */
export interface TensorFile {
  readonly tensors: Map<string, { shape: number[]; data: Float32Array }>;
  readonly metadata: Record<string, string>;
}

/**
 * Reads a safetensors file from its bytes, and checks all that the format rules: nothing in it is
 * run, no size is trusted before it is checked, and every byte belongs to exactly one tensor.
 * (github.com/huggingface/safetensors, "Format")
 *
 * @param bytes the file's content; where a tensor is stored as F32 its data may share this memory
 * @param name names the file in errors
 * @throws {SyntaxError} when the header is malformed or `__proto__` is a name in it
 * @throws {RangeError} when sizes or offsets do not fit
 * @throws {TypeError} when an element type is not supported
 */
export function parseSafetensors(bytes: Uint8Array, name = "safetensors"): TensorFile {
  const { entries, metadata, dataStart } = parseHeader(bytes, name);
  const tensors: TensorFile["tensors"] = new Map();
  for (const { key, dtype, shape, begin, end } of entries) {
    const data = readElements(dtype, bytes.subarray(dataStart + begin, dataStart + end));
    tensors.set(key, { shape, data });
  }
  return { tensors, metadata };
}

/**
 * Writes tensors in the safetensors format. Names are sorted, so equal content gives equal bytes.
 *
 * @param file tensors and metadata
 * @param dtype how numbers are stored: `F32` exactly, `F16` rounded to the nearest, ties to even
 * @throws {TypeError} when a tensor's data does not fill its shape, or `__proto__` is a name
 * @throws {RangeError} when a finite number is too large for F16
 */
export function encodeSafetensors(file: TensorFile, dtype: "F16" | "F32" = "F32"): Uint8Array {
  const names = [...file.tensors.keys()].sort();
  const header = new Map<string, unknown>();
  if (Object.keys(file.metadata).length > 0) header.set("__metadata__", file.metadata);
  let end = 0;
  for (const name of names) {
    const { shape, data } = file.tensors.get(name)!;
    checkTensor(name, shape, data);
    const begin = end;
    end += data.length * SIZES[dtype];
    header.set(name, { dtype, shape, data_offsets: [begin, end] });
  }
  const text = new TextEncoder().encode(JSON.stringify(Object.fromEntries(header)));
  const length = Math.ceil(text.length / 8) * 8; // so that the data are aligned
  const bytes = new Uint8Array(8 + length + end);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(length), true);
  bytes.set(text, 8);
  bytes.fill(0x20, 8 + text.length, 8 + length);
  let at = 8 + length;
  for (const name of names) {
    const stored = roundTo(dtype, file.tensors.get(name)!.data, name);
    bytes.set(stored, at);
    at += stored.length;
  }
  return bytes;
}

/** Reads a safetensors file; see `parseSafetensors`. */
export async function readSafetensors(path: string): Promise<TensorFile> {
  return parseSafetensors(await Deno.readFile(path), path);
}

/** Writes a safetensors file atomically; see `encodeSafetensors`. */
export async function writeSafetensors(
  path: string,
  file: TensorFile,
  dtype: "F16" | "F32" = "F32",
): Promise<void> {
  await writeAtomic(path, encodeSafetensors(file, dtype));
}

function checkTensor(name: string, shape: readonly number[], data: Float32Array): void {
  if (name === "__proto__" || name === "__metadata__") {
    throw new TypeError(`Cannot store a tensor under the name "${name}"`);
  }
  const wanted = shape.reduce((product, side) => product * side, 1);
  if (wanted !== data.length) {
    throw new TypeError(
      `Cannot store "${name}": [${shape}] takes ${wanted} numbers, found ${data.length}`,
    );
  }
}
