/**
 * The order in which recorded operators run, and what decides their compiled graph.
 *
 * @module
 */
import { ABSENT, type Node } from "./graph.ts";
import type { Attribute } from "./proto.ts";

/** What some values need, in order. */
export interface Trace {
  /** Operators in an order that respects their inputs. */
  readonly order: readonly Node[];
  readonly leaves: readonly Node[];
  readonly roots: readonly Node[];
  readonly names: ReadonlyMap<Node, string>;
  /** Everything that decides the compiled graph except the values of scalars. */
  readonly structure: string;
}

/** Orders what `roots` need and describes its structure. */
export function trace(roots: readonly Node[]): Trace {
  const names = new Map<Node, string>([[ABSENT, ""]]);
  const order: Node[] = [];
  const leaves: Node[] = [];
  const parts: string[] = [];
  const visit = (node: Node): void => {
    const stack: [Node, number][] = [[node, 0]];
    while (stack.length > 0) {
      const top = stack[stack.length - 1]!;
      const [current, next] = top;
      if (names.has(current)) {
        stack.pop();
      } else if (current.tensor) {
        names.set(current, `i${leaves.length}`);
        leaves.push(current);
        parts.push(describeLeaf(current));
        stack.pop();
      } else if (next < current.inputs.length) {
        top[1]++;
        stack.push([current.inputs[next]!, 0]);
      } else {
        names.set(current, `n${order.length}`);
        order.push(current);
        parts.push(describeOperator(current, names));
        stack.pop();
      }
    }
  };
  roots.forEach(visit);
  parts.push(roots.map((root) => names.get(root)).join());
  return { order, leaves, roots, names, structure: parts.join(";") };
}

function describeLeaf(node: Node): string {
  if (node.dtype === "int64") return `[${node.tensor!.data}]`;
  return `${node.dtype[0]}${node.shape}`;
}

function describeOperator(node: Node, names: ReadonlyMap<Node, string>): string {
  let text = node.op + node.output + node.dtype[0] + node.shape;
  for (const key in node.attributes) text += `,${key}=${describe(node.attributes[key]!)}`;
  for (const input of node.inputs) text += " " + names.get(input);
  return text;
}

function describe(value: Attribute): string {
  return typeof value === "object" && "float" in value ? `f${value.float}` : String(value);
}

/** The most that the values between a graph's operators take at once, each freed after its last use. */
export function peakBytes({ order, roots }: Trace): number {
  const uses = new Map<Node, number>();
  for (const { inputs } of order) {
    for (const input of inputs) uses.set(input, (uses.get(input) ?? 0) + 1);
  }
  for (const root of roots) uses.set(root, Infinity);
  const size = ({ op, tensor, shape }: Node) =>
    op === "Reshape" || tensor ? 0 : 4 * shape.reduce((product, side) => product * side, 1);
  let live = 0, peak = 0;
  for (const node of order) {
    live += size(node);
    peak = Math.max(peak, live);
    for (const input of node.inputs) {
      const left = uses.get(input)! - 1;
      uses.set(input, left);
      if (left === 0) live -= size(input);
    }
  }
  return peak;
}
