/**
 * Writes ONNX models: the few messages of onnx.proto3 that a graph of plain operators needs.
 *
 * @module
 */

/** ONNX element types (`TensorProto.DataType`) of the dtypes used here. */
export const ELEMENT_TYPE = { float32: 1, int32: 6, int64: 7, bool: 9, float64: 11 } as const;

/** A dtype that a graph value may have. */
export type ElementType = keyof typeof ELEMENT_TYPE;

/** A node attribute: an integer, a list of integers, a text or a `{float}`. */
export type Attribute = number | readonly number[] | string | { readonly float: number };

const OPSET = 20;
const IR_VERSION = 9;
const encoder = new TextEncoder();

/** A growing protobuf message. */
export class Message {
  #bytes = new Uint8Array(64);
  #length = 0;

  #reserve(extra: number): void {
    if (this.#length + extra <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(this.#bytes.length * 2, this.#length + extra));
    grown.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = grown;
  }

  #varint(value: number): void {
    this.#reserve(10);
    if (value < 0) { // protobuf writes negative integers as ten bytes of two's complement
      let rest = BigInt.asUintN(64, BigInt(value));
      for (; rest > 127n; rest >>= 7n) this.#bytes[this.#length++] = Number(rest & 127n) | 128;
      this.#bytes[this.#length++] = Number(rest);
      return;
    }
    for (; value > 127; value = Math.floor(value / 128)) {
      this.#bytes[this.#length++] = (value & 127) | 128;
    }
    this.#bytes[this.#length++] = value;
  }

  /** Appends an integer field. */
  int(field: number, value: number): this {
    this.#varint(field << 3);
    this.#varint(value);
    return this;
  }

  /** Appends a 32-bit float field. */
  float(field: number, value: number): this {
    this.#varint((field << 3) | 5);
    this.#reserve(4);
    new DataView(this.#bytes.buffer).setFloat32(this.#length, value, true);
    this.#length += 4;
    return this;
  }

  /** Appends a bytes, text or message field. */
  put(field: number, value: Uint8Array | string | Message): this {
    const bytes = typeof value === "string"
      ? encoder.encode(value)
      : value instanceof Message
      ? value.bytes()
      : value;
    this.#varint((field << 3) | 2);
    this.#varint(bytes.length);
    this.#reserve(bytes.length);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
    return this;
  }

  /** The bytes so far. */
  bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }
}

/** `ValueInfoProto`: the name, element type and fixed shape of a graph input or output. */
export function valueInfo(name: string, shape: readonly number[], type: ElementType): Message {
  const dims = new Message();
  for (const size of shape) dims.put(1, new Message().int(1, size));
  const tensor = new Message().int(1, ELEMENT_TYPE[type]).put(2, dims);
  return new Message().put(1, name).put(2, new Message().put(1, tensor));
}

/** `TensorProto`: a constant of the graph. */
export function constant(
  name: string,
  shape: readonly number[],
  type: ElementType,
  raw: Uint8Array,
): Message {
  const message = new Message();
  for (const size of shape) message.int(1, size);
  return message.int(2, ELEMENT_TYPE[type]).put(8, name).put(9, raw);
}

function attribute(name: string, value: Attribute): Message {
  const message = new Message().put(1, name);
  if (typeof value === "number") return message.int(3, value).int(20, 2);
  if (typeof value === "string") return message.put(4, value).int(20, 3);
  if ("float" in value) return message.float(2, value.float).int(20, 1);
  for (const item of value) message.int(8, item);
  return message.int(20, 7);
}

/** `NodeProto`: one operator; a name of the form `domain:Op` sets the domain. */
export function operator(
  op: string,
  inputs: readonly string[],
  outputs: readonly string[],
  attributes: Readonly<Record<string, Attribute>>,
): Message {
  const message = new Message();
  for (const name of inputs) message.put(1, name);
  for (const name of outputs) message.put(2, name);
  const colon = op.indexOf(":");
  message.put(4, op.slice(colon + 1));
  for (const [name, value] of Object.entries(attributes)) message.put(5, attribute(name, value));
  if (colon > 0) message.put(7, op.slice(0, colon));
  return message;
}

/** `ModelProto`: the whole graph. */
export function model(
  nodes: readonly Message[],
  constants: readonly Message[],
  inputs: readonly Message[],
  outputs: readonly Message[],
): Uint8Array {
  const graph = new Message();
  for (const node of nodes) graph.put(1, node);
  graph.put(2, "graph");
  for (const item of constants) graph.put(5, item);
  for (const item of inputs) graph.put(11, item);
  for (const item of outputs) graph.put(12, item);
  const opset = (domain: string, version: number) => new Message().put(1, domain).int(2, version);
  return new Message().int(1, IR_VERSION).put(7, graph)
    .put(8, opset("", OPSET)).put(8, opset("com.microsoft", 1)).bytes();
}
