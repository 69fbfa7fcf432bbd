/**
 * Normalisation over the last axis.
 *
 * @module
 */
import { applyAll, leaf, type Node } from "../graph.ts";
import type { Attributes } from "./kernel.ts";

/** Normalised values and their factor, see {@linkcode NORMALISE}. */
export function normalise(x: Node, { eps, centred }: Attributes): Node[] {
  const factor = [...x.shape.slice(0, -1), 1], width = x.shape.at(-1)!;
  const inputs = [x, leaf(new Float32Array(width).fill(1), [width], "float32")];
  const attributes = { axis: -1, epsilon: { float: eps } };
  return centred
    ? applyAll("LayerNormalization", inputs, [x.shape, undefined, factor], "float32", attributes)
    : applyAll("SimplifiedLayerNormalization", inputs, [x.shape, factor], "float32", attributes);
}
