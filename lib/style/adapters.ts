import * as tf from "@tensorflow/tfjs";
import type { Random } from "../engine/random.ts";
import type { AdaptedModel } from "../generate/pipeline.ts";
import type { Hooks } from "../models/hooks.ts";
import { gelu } from "../models/layers.ts";
import type { UVitConfig } from "../models/uvit.ts";
import {
  checkShapes,
  disposeWeights,
  type RawTensors,
  toWeights,
  weight,
  type Weights,
} from "../models/weights.ts";
import { type AdapterConfig, adapterSites, type Site } from "./placements.ts";

/**
 * A low-rank adapter: `down` [dPrj, ins] and `up` [outs, dPrj] per site, in the layout of linear
 * layers. Shared adapters keep one pair per group and offsets [dPrj, 1], [outs, 1] per site.
 */
export interface Adapter {
  readonly config: AdapterConfig;
  readonly sites: readonly Site[];
  /** All that trains, by name; dispose with {@linkcode disposeAdapter}. */
  readonly tensors: Weights;
}

/** Names of a site's tensors: diffusers' LoRA names in kernel form. */
export function tensorNames(
  prefix: string,
  form: AdapterConfig["form"],
): { down: string; up: string } {
  const [down, up] = form === "kernel" ? ["lora_A", "lora_B"] : ["adapter_down", "adapter_up"];
  return { down: `${prefix}.${down}.weight`, up: `${prefix}.${up}.weight` };
}
const offsetName = (name: string) => name.replace(/\.weight$/, ".offset");

/** The shape of every tensor of an adapter, by name (method.md 1.4 and 2.1 for the counts). */
export function adapterShapes(model: UVitConfig, config: AdapterConfig): Map<string, number[]> {
  const shapes = new Map<string, number[]>();
  for (const { module, group, ins, outs } of adapterSites(model, config)) {
    const { down, up } = tensorNames(config.shared ? group : module, config.form);
    shapes.set(down, [config.dPrj, ins]).set(up, [outs, config.dPrj]);
    if (!config.shared) continue;
    const own = tensorNames(module, config.form);
    shapes.set(offsetName(own.down), [config.dPrj, 1]).set(offsetName(own.up), [outs, 1]);
  }
  return shapes;
}

/** A new adapter that changes nothing: `down` ~ truncated normal, `up` and offsets 0 (StyleDrop B.1.1). */
export function initAdapter(model: UVitConfig, config: AdapterConfig, random: Random): Adapter {
  const tensors: RawTensors = new Map();
  for (const [name, shape] of adapterShapes(model, config)) {
    const size = shape.reduce((a, b) => a * b, 1);
    const starts = /(lora_A|adapter_down)\.weight$/.test(name);
    const data = starts
      ? truncatedNormal(random.split(name), size, config.initStd)
      : new Float32Array(size);
    tensors.set(name, { shape, data });
  }
  return adapterFrom(model, config, tensors);
}

/**
 * An adapter of given values.
 *
 * @param name names the source in errors
 * @throws {TypeError} if a tensor is missing, has another shape than the config wants, or is too many
 */
export function adapterFrom(
  model: UVitConfig,
  config: AdapterConfig,
  tensors: RawTensors,
  name = "adapter",
): Adapter {
  checkShapes(name, tensors, adapterShapes(model, config));
  return { config, sites: adapterSites(model, config), tensors: toWeights(tensors) };
}

function truncatedNormal(random: Random, length: number, std: number): Float32Array {
  return Float32Array.from({ length }, () => {
    let z = random.normal();
    while (Math.abs(z) > 2) z = random.normal();
    return z * std;
  });
}

/** Number of values that train. */
export function parameterCount(adapter: Adapter): number {
  return [...adapter.tensors.values()].reduce((sum, tensor) => sum + tensor.size, 0);
}

/** Frees the adapter's tensors. */
export function disposeAdapter(adapter: Adapter): void {
  disposeWeights(adapter.tensors);
}

/** A site's matrices, offsets of a shared adapter added: down [dPrj, ins], up [outs, dPrj]. */
export function siteMatrices(adapter: Adapter, site: Site): { down: tf.Tensor; up: tf.Tensor } {
  const { config, tensors } = adapter;
  const own = tensorNames(site.module, config.form);
  if (!config.shared) return { down: tensors.get(own.down)!, up: tensors.get(own.up)! };
  const common = tensorNames(site.group, config.form);
  return {
    down: tf.add(tensors.get(common.down)!, tensors.get(offsetName(own.down))!),
    up: tf.add(tensors.get(common.up)!, tensors.get(offsetName(own.up))!),
  };
}

/** `x down^T` through an optional nonlinearity, then `up^T`: [..., ins] -> [..., outs]. */
function lowRank(adapter: Adapter, site: Site, x: tf.Tensor): tf.Tensor {
  const { down, up } = siteMatrices(adapter, site);
  const flat = tf.reshape(x, [-1, site.ins]);
  const hidden = tf.matMul(flat, down, false, true); // [N, dPrj]
  const bent = adapter.config.form === "feature" ? gelu(hidden) : hidden;
  return tf.reshape(tf.matMul(bent, up, false, true), [...x.shape.slice(0, -1), site.outs]);
}

/** The adapter acting from outside, for training and for the feature form, which cannot be merged. */
export function adapterHooks(adapter: Adapter): Hooks {
  const sites = new Map(adapter.sites.map((site) => [site.module, site]));
  const onInput = adapter.config.form === "kernel";
  return {
    output(module, x, input) {
      const site = sites.get(module);
      return site ? tf.add(x, lowRank(adapter, site, onInput ? input : x)) : x;
    },
  };
}

/**
 * The model as the adapter changes it. In kernel form `W + up down` is computed once and laid over
 * the base weights; in feature form the base weights come with hooks.
 *
 * @returns the model and `dispose`, which frees the merged tensors and leaves base and adapter alone
 */
export function applyAdapter(
  adapter: Adapter,
  base: Weights,
): AdaptedModel & { dispose(): void } {
  if (adapter.config.form === "feature") {
    return { weights: base, hooks: adapterHooks(adapter), dispose: () => {} };
  }
  const merged = new Map<string, tf.Tensor>();
  for (const site of adapter.sites) {
    const name = `${site.module}.weight`;
    const sum = tf.tidy(() => {
      const { down, up } = siteMatrices(adapter, site);
      return tf.add(weight(base, name), tf.matMul(up as tf.Tensor2D, down as tf.Tensor2D));
    });
    merged.set(name, sum);
  }
  const dispose = () => merged.forEach((tensor) => tensor.dispose());
  return { weights: new Map([...base, ...merged]), dispose };
}
