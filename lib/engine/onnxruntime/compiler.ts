/**
 * Compilation of recorded operators to ONNX Runtime sessions.
 *
 * @module
 */
import * as ort from "onnxruntime-node";
import type { Node } from "./graph.ts";
import { constant, model, operator, valueInfo } from "./proto.ts";
import { peakBytes, type Trace, trace } from "./trace.ts";

interface Compiled {
  readonly session: ort.InferenceSession;
  /** Leaves fed at each run; the others are constants of the session. */
  readonly fed: readonly number[];
  /** Leaves compiled in, other than int64 ones, with what they were. */
  readonly fixed: ReadonlyMap<number, unknown>;
  /** What it holds, about, in bytes. */
  readonly bytes: number;
  /** Set when the session is given up. */
  released: boolean;
}

/** A function that was traced once, compiled, and can be run with other inputs. */
export interface Recording {
  readonly compiled: Compiled;
  /** What is fed: the position of an input, or a value that the function brought along. */
  readonly feeds: readonly (readonly [name: string, from: number | ort.Tensor])[];
  /** By output: its name in the session, or an input or value that is handed through. */
  readonly outputs: readonly (string | number | ort.Tensor)[];
}

/** Bytes of values that a recording may hold as constants; beyond them they are fed at each run. */
const MOST_CONSTANTS = 64e6;
/**
 * Bytes of values up to which a session keeps its memory between runs. Beyond, it goes back after each
 * run: a 512 x 512 picture would leave 2.5 GB behind, for a gain that so long a run does not show.
 */
const LARGEST_ARENA = 256e6;

/** What running graphs has cost so far. */
export interface Statistics {
  compilations: number;
  compileMs: number;
  runs: number;
  runMs: number;
  traceMs: number;
}

/**
 * Compiles and runs traced graphs, and keeps the sessions.
 *
 * A float32 scalar is compiled in as a constant at first, which lets ONNX Runtime fold and fuse it;
 * once its value has changed between two runs of the same structure it is fed as an input instead. In
 * a recording this holds for everything that is no input of the function, such as frozen weights,
 * which are packed for products once.
 */
export class Compiler {
  readonly #cache = new Map<string, Compiled>();
  readonly #threads: number;
  readonly #capacity: number;
  readonly #budget: number;
  /** Costs so far. */
  readonly statistics: Statistics = {
    compilations: 0,
    compileMs: 0,
    runs: 0,
    runMs: 0,
    traceMs: 0,
  };

  /**
   * @param threads Threads within an operator.
   * @param capacity Sessions kept, least recently used ones are released first.
   * @param budget Bytes that they may hold in all; the last one is kept, however large.
   */
  constructor(threads: number, capacity = 64, budget = 192e6) {
    this.#threads = threads;
    this.#capacity = capacity;
    this.#budget = budget;
  }

  /** Computes every root; afterwards each holds its tensor and forgets its inputs. */
  async run(roots: readonly Node[]): Promise<void> {
    const traced = this.#trace(roots);
    const compiled = await this.#compile(traced);
    const feeds: Record<string, ort.Tensor> = {};
    for (const i of compiled.fed) feeds[`i${i}`] = traced.leaves[i]!.tensor!;
    await this.#evaluate(compiled, feeds, traced);
  }

  /**
   * Computes `outputs` as a function of `inputs`, whose values are known, for more runs of it.
   *
   * @returns What {@linkcode replay} takes.
   */
  async record(inputs: readonly Node[], outputs: readonly Node[]): Promise<Recording> {
    const place = new Map(inputs.map((node, i) => [node, i]));
    const source = (node: Node) => place.get(node) ?? node.tensor!;
    const traced = this.#trace([...new Set(outputs)].filter((node) => !node.tensor));
    const result = outputs.map((node) => node.tensor ? source(node) : traced.names.get(node)!);
    const compiled = await this.#compile(traced, place);
    const feeds = compiled.fed.map((i) => [`i${i}`, source(traced.leaves[i]!)] as const);
    const recording = { compiled, feeds, outputs: result };
    await this.#evaluate(compiled, fed(recording, inputs), traced);
    return recording;
  }

  /** Runs a recording; undefined if its session was given up meanwhile. */
  async replay(
    recording: Recording,
    inputs: readonly Node[],
  ): Promise<ort.Tensor[] | undefined> {
    if (recording.compiled.released) return undefined;
    const results = await this.#session(recording.compiled, fed(recording, inputs));
    return recording.outputs.map((from) =>
      typeof from === "string" ? results[from] as ort.Tensor : sourceOf(from, inputs)
    );
  }

  #trace(roots: readonly Node[]): Trace {
    const started = performance.now();
    const traced = trace(roots);
    this.statistics.traceMs += performance.now() - started;
    return traced;
  }

  async #evaluate(compiled: Compiled, feeds: Record<string, ort.Tensor>, traced: Trace) {
    const results = await this.#session(compiled, feeds);
    for (const root of traced.roots) {
      root.tensor = results[traced.names.get(root)!] as ort.Tensor;
      root.inputs = []; // what only this value needed can be freed
    }
  }

  async #session({ session }: Compiled, feeds: Record<string, ort.Tensor>) {
    const before = performance.now();
    const results = await session.run(feeds);
    this.statistics.runs++;
    this.statistics.runMs += performance.now() - before;
    return results;
  }

  async #compile(traced: Trace, inputs?: ReadonlyMap<Node, number>): Promise<Compiled> {
    const free = inputs && traced.leaves.map((leaf) => inputs.get(leaf) ?? "").join();
    const key = free === undefined ? traced.structure : `${free} ${traced.structure}`;
    const known = this.#cache.get(key);
    const changed = new Set<number>();
    if (known) {
      this.#cache.delete(key); // put back last: most recently used
      known.fixed.forEach((value, i) => {
        if (!Object.is(identity(traced.leaves[i]!), value)) changed.add(i);
      });
      if (changed.size === 0) {
        this.#cache.set(key, known);
        return known;
      }
      await release(known);
    }
    const started = performance.now();
    const small = totalBytes(traced.leaves) <= MOST_CONSTANTS;
    const compiled = await this.#build(traced, (i) => {
      const leaf = traced.leaves[i]!;
      if (known) return known.fixed.has(i) && !changed.has(i);
      return inputs ? !inputs.has(leaf) && (small || isScalar(leaf)) : isScalar(leaf);
    });
    this.statistics.compilations++;
    this.statistics.compileMs += performance.now() - started;
    this.#cache.set(key, compiled);
    await this.#makeRoom();
    return compiled;
  }

  async #makeRoom(): Promise<void> {
    let bytes = 0;
    for (const entry of this.#cache.values()) bytes += entry.bytes;
    for (const [key, entry] of this.#cache) {
      const { size } = this.#cache;
      if (size <= 1 || (size <= this.#capacity && bytes <= this.#budget)) return;
      this.#cache.delete(key);
      bytes -= entry.bytes;
      await release(entry);
    }
  }

  async #build(traced: Trace, mayFix: (leaf: number) => boolean): Promise<Compiled> {
    const fixed = new Map<number, unknown>();
    const fed: number[] = [];
    const constants = [];
    const inputs = [];
    for (const [i, node] of traced.leaves.entries()) {
      const name = `i${i}`;
      if (node.dtype === "int64" || mayFix(i)) {
        const data = node.tensor!.data as Float32Array;
        const raw = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
        constants.push(constant(name, node.shape, node.dtype, raw));
        if (node.dtype !== "int64") fixed.set(i, identity(node));
      } else {
        inputs.push(valueInfo(name, node.shape, node.dtype));
        fed.push(i);
      }
    }
    const { names } = traced;
    const operators = [...Map.groupBy(traced.order, (node) => node.group ?? node).values()]
      .map((nodes) => {
        const [first] = nodes as [Node], { op, inputs, attributes } = first;
        const last = Math.max(...nodes.map((node) => node.output));
        const outputs = Array.from({ length: last + 1 }, (_, i) => `${names.get(first)}_${i}`);
        for (const node of nodes) outputs[node.output] = names.get(node)!;
        return operator(
          op,
          inputs.map((input) => names.get(input)!),
          outputs,
          attributes,
        );
      });
    const outputs = traced.roots.map((node) => valueInfo(names.get(node)!, node.shape, node.dtype));
    const peak = peakBytes(traced);
    const session = await ort.InferenceSession.create(
      model(operators, constants, inputs, outputs),
      {
        intraOpNumThreads: this.#threads,
        graphOptimizationLevel: "all",
        logSeverityLevel: 3,
        enableCpuMemArena: peak <= LARGEST_ARENA,
        extra: { session: { intra_op: { allow_spinning: "0" } } },
      },
    );
    const constantBytes = totalBytes(traced.leaves.filter((_, i) => fixed.has(i)));
    return { session, fed, fixed, bytes: constantBytes + peak, released: false };
  }
}

function isScalar(node: Node): boolean {
  return node.dtype === "float32" && node.shape.length === 0;
}

/** What tells one value of a leaf from another: the number, or the tensor itself. */
function identity(node: Node): unknown {
  return isScalar(node) ? (node.tensor!.data as Float32Array)[0] : node.tensor;
}

function totalBytes(leaves: readonly Node[]): number {
  return leaves.reduce((sum, leaf) => sum + (leaf.tensor!.data as Float32Array).byteLength, 0);
}

function sourceOf(from: number | ort.Tensor, inputs: readonly Node[]): ort.Tensor {
  return typeof from === "number" ? inputs[from]!.tensor! : from;
}

/** What a session is fed in a run of a recording. */
function fed({ feeds }: Recording, inputs: readonly Node[]): Record<string, ort.Tensor> {
  return Object.fromEntries(feeds.map(([name, from]) => [name, sourceOf(from, inputs)]));
}

async function release(compiled: Compiled): Promise<void> {
  compiled.released = true;
  await compiled.session.release();
}
