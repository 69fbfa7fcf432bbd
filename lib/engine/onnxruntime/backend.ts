/**
 * A TensorFlow.js backend on ONNX Runtime.
 *
 * Every kernel returns at once and only records an operator. Reading a tensor compiles all that is
 * live and not yet computed into one ONNX graph and runs it; the same structure is compiled once.
 * Autodiff, optimizers and `tf.tidy` work unchanged, since they only call more kernels.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import type * as ort from "onnxruntime-node";
import { Compiler, type Recording, type Statistics } from "./compiler.ts";
import { leaf, type Node } from "./graph.ts";
import type { ElementType } from "./proto.ts";
import { arrayTypeOf, type Values } from "./values.ts";

/** The name under which the backend is registered. */
export const BACKEND = "onnxruntime";

interface Entry {
  node: Node;
  references: number;
}

function toArray(values: tf.BackendValues, dtype: string): Values {
  const type = arrayTypeOf(dtype);
  return values instanceof type ? values : type.from(values as ArrayLike<number>);
}

/** The storage half of the backend; the kernels are registered beside it. */
export class OnnxRuntimeBackend extends tf.KernelBackend {
  readonly #entries = new Map<object, Entry>();
  readonly #compiler: Compiler;

  /** @param threads Threads within an operator, usually the number of cores. */
  constructor(threads: number) {
    super();
    this.#compiler = new Compiler(threads);
  }

  /** Compilations, runs and their milliseconds so far. */
  get statistics(): Readonly<Statistics> {
    return this.#compiler.statistics;
  }

  /** The graph node behind a tensor. */
  node(info: tf.TensorInfo): Node {
    const entry = this.#entries.get(info.dataId);
    if (!entry) throw new Error("Cannot use a disposed tensor");
    return entry.node;
  }

  /** A tensor for a graph node. */
  info(node: Node): tf.TensorInfo {
    const dataId = {};
    this.#entries.set(dataId, { node, references: 1 });
    return { dataId, shape: [...node.shape], dtype: node.dtype as tf.DataType };
  }

  /** A second tensor with the storage of the first, freed when both are disposed. */
  share({ dataId, shape, dtype }: tf.TensorInfo): tf.TensorInfo {
    this.incRef(dataId);
    return { dataId, shape, dtype };
  }

  /** Stores values given by the program. */
  override write(values: tf.BackendValues, shape: number[], dtype: tf.DataType): object {
    const dataId = {};
    const node = leaf(toArray(values, dtype), shape, dtype as ElementType);
    this.#entries.set(dataId, { node, references: 1 });
    return dataId;
  }

  /** Takes over a tensor of another backend. */
  override move(
    dataId: object,
    values: tf.BackendValues,
    shape: number[],
    dtype: tf.DataType,
    refCount: number,
  ): void {
    const node = leaf(toArray(values, dtype), shape, dtype as ElementType);
    this.#entries.set(dataId, { node, references: refCount });
  }

  /** Computes what is needed and returns the values. */
  override async read(dataId: object): Promise<tf.BackendValues> {
    const { node } = this.#entries.get(dataId)!;
    if (!node.tensor) await this.#compute(node);
    return node.tensor!.data as Values;
  }

  /** Computes all that is pending, or, where some of it cannot run, `node` alone. */
  async #compute(node: Node): Promise<void> {
    try {
      await this.#compiler.run(this.#pending());
    } catch {
      await this.#compiler.run([node]);
    }
  }

  /**
   * Calls `fn`, or runs what an earlier call of it with inputs of the same shapes recorded.
   *
   * @param recordings Those of `fn`, by the shapes of its inputs.
   */
  async replay(
    fn: (inputs: readonly tf.Tensor[]) => tf.Tensor[],
    recordings: Map<string, Recording>,
    inputs: readonly tf.Tensor[],
  ): Promise<tf.Tensor[]> {
    for (const { dataId } of inputs) await this.read(dataId);
    const nodes = inputs.map((input) => this.node(input));
    const key = nodes.map(({ dtype, shape }) => `${dtype} ${shape}`).join(";");
    const recording = recordings.get(key);
    const values = recording && await this.#compiler.replay(recording, nodes);
    if (values) return values.map((value) => this.#tensor(value));
    const outputs = tf.tidy(() => fn(inputs));
    const results = outputs.map((output) => this.node(output));
    recordings.set(key, await this.#compiler.record(nodes, results));
    return outputs;
  }

  #tensor(tensor: ort.Tensor): tf.Tensor {
    const dtype = tensor.type as ElementType;
    const node = {
      op: "",
      inputs: [],
      attributes: {},
      shape: tensor.dims,
      dtype,
      output: 0,
      tensor,
    };
    return tf.engine().makeTensorFromTensorInfo(this.info(node));
  }

  /** Always throws: reading is asynchronous here. */
  override readSync(): tf.BackendValues {
    throw new Error(
      'Cannot read synchronously on the engine "onnxruntime": use `await tensor.data()` instead of `dataSync()`',
    );
  }

  #pending(): Node[] {
    const nodes = new Set<Node>();
    for (const { node } of this.#entries.values()) if (!node.tensor) nodes.add(node);
    return [...nodes];
  }

  /** Number of stored tensors. */
  override numDataIds(): number {
    return this.#entries.size;
  }

  override incRef(dataId: object): void {
    this.#entries.get(dataId)!.references++;
  }

  /** Drops a reference without freeing; TensorFlow.js calls it on its composite tensors. */
  decRef(dataId: object): void {
    const entry = this.#entries.get(dataId);
    if (entry) entry.references--;
  }

  override refCount(dataId: object): number {
    return this.#entries.get(dataId)?.references ?? 0;
  }

  override disposeData(dataId: object, force = false): boolean {
    const entry = this.#entries.get(dataId);
    if (!entry) return true;
    entry.references--;
    if (!force && entry.references > 0) return false;
    this.#entries.delete(dataId);
    return true;
  }

  override timerAvailable(): boolean {
    return false;
  }

  override floatPrecision(): 16 | 32 {
    return 32;
  }

  override epsilon(): number {
    return 1e-7;
  }

  override memory(): { unreliable: boolean } {
    return { unreliable: true };
  }

  override dispose(): void {
    this.#entries.clear();
  }
}
