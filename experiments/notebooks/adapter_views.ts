import * as tf from "@tensorflow/tfjs";
import type { Method } from "../../lib/baselines/method.ts";
import type { Muse } from "../../lib/models/muse.ts";
import { AMUSED_256, AMUSED_512, type UVitConfig, uvitConfig } from "../../lib/models/uvit.ts";
import { uvitShapes } from "../../lib/models/uvit_config.ts";
import { weight, type Weights } from "../../lib/models/weights.ts";
import type { BarChart } from "../../lib/show/figure.ts";
import { markdownRows } from "../../lib/show/table.ts";
import { type Adapter, adapterShapes, applyAdapter } from "../../lib/style/adapters.ts";
import {
  ADAPTER_DEFAULTS,
  type AdapterConfig,
  adapterSites,
  type Placement,
  PLACEMENTS,
} from "../../lib/style/placements.ts";
import { type OnWork, tuneOn } from "../study/cell.ts";
import type { Task } from "../study/task.ts";

/** The transformer of Muse-3B, as far as adapters see it: 48 layers of width 2048. */
export const MUSE_3B: UVitConfig = uvitConfig({
  hidden_size: 2048,
  num_hidden_layers: 48,
  intermediate_size: 8192,
  num_attention_heads: 32,
});

/** The shapes of the paper's and the open models. */
export const PUBLIC_MODELS: readonly (readonly [name: string, config: UVitConfig])[] = [
  ["aMUSEd-256", AMUSED_256],
  ["aMUSEd-512", AMUSED_512],
  ["Muse-3B", MUSE_3B],
];

type Models = readonly (readonly [name: string, config: UVitConfig])[];

function count(shapes: ReadonlyMap<string, readonly number[]>): number {
  return [...shapes.values()].reduce((sum, shape) => sum + shape.reduce((a, b) => a * b, 1), 0);
}

const shown = (n: number) => n.toLocaleString("en-US");

/** StyleDrop's place is behind whole layers, which have no kernel of their own. */
function configOf(placement: Placement, change: Partial<AdapterConfig> = {}): AdapterConfig {
  const form = placement === "after-cross+mlp" ? "feature" : "kernel";
  return { ...ADAPTER_DEFAULTS, placement, form, ...change };
}

/**
 * What trains by placement and model, as Markdown: rank 4, StyleDrop's adapter shared between the
 * layers, the others with matrices of their own in each, as the studies tune them.
 */
export function placementTable(models: Models): string {
  return markdownRows([
    ["placement", "changed in every layer", ...models.map(([name]) => name)],
    ...PLACEMENTS.map((placement) => {
      const config = configOf(placement, { shared: placement === "after-cross+mlp" });
      const parts = adapterSites(models[0]![1], config)
        .filter(({ module }) => module.startsWith("transformer_layers.0."))
        .map(({ module }) => `\`${module.replace("transformer_layers.0.", "")}\``);
      return [
        ...[placement, parts.join(", ")],
        ...models.map(([, model]) => shown(count(adapterShapes(model, config)))),
      ];
    }),
  ], [true, true, ...models.map(() => false)]);
}

/** Parameters of the key and value adapters by rank, shared between layers or not, as Markdown. */
export function rankTable(models: Models, ranks: readonly number[]): string {
  return markdownRows([
    ["d_prj", "shared", ...models.map(([name]) => name)],
    ...ranks.flatMap((dPrj) =>
      [true, false].map((shared) => [
        ...[String(dPrj), shared ? "yes" : "no"],
        ...models.map(([, model]) =>
          shown(count(adapterShapes(model, configOf("cross-kv", { dPrj, shared }))))
        ),
      ])
    ),
  ], [false, true, ...models.map(() => false)]);
}

/** The sizes of whole transformers, as Markdown. */
export function sizeTable(models: Models): string {
  return markdownRows([
    ["transformer", "layers", "width", "tokens", "parameters"],
    ...models.map(([name, config]) => [
      ...[name, String(config.num_hidden_layers), shown(config.hidden_size)],
      ...[shown(config.sample_size ** 2), shown(count(uvitShapes(config)))],
    ]),
  ], [true, false, false, false, false]);
}

/** Tunes methods on one reference, one after the other; the caller disposes them. */
export async function tuneEach(
  muse: Muse,
  methods: readonly Method[],
  task: Task,
  seed: number,
  onWork?: OnWork,
): Promise<Awaited<ReturnType<typeof tuneOn>>[]> {
  const runs = [];
  for (const method of methods) runs.push(await tuneOn(muse, method, task, seed, onWork));
  return runs;
}

/**
 * How far an adapter in kernel form moves each kernel: the norm of the change as a share of the
 * kernel's own, layer by layer.
 */
export async function kernelChange(
  adapter: Adapter,
  base: Weights,
  title: string,
): Promise<BarChart> {
  const merged = applyAdapter(adapter, base);
  const modules = adapter.sites.map(({ module }) => module);
  const changes = new Map<string, number>();
  for (const module of modules) {
    const share = tf.tidy(() => {
      const before = weight(base, `${module}.weight`);
      const after = weight(merged.weights, `${module}.weight`);
      return tf.div(tf.norm(tf.sub(after, before)), tf.norm(before));
    });
    changes.set(module, (await share.data())[0]!);
    share.dispose();
  }
  merged.dispose();
  const layers = [...new Set(modules.map(layerOf))], kernels = [...new Set(modules.map(kernelOf))];
  const value = (layer: string, kernel: string) =>
    changes.get(`transformer_layers.${layer}.${kernel}`)!;
  return {
    kind: "bar",
    title,
    categories: layers.map((layer) => `layer ${Number(layer) + 1}`),
    y: { title: "change", unit: "share of the kernel's norm" },
    series: kernels.map((kernel) => ({
      name: kernel,
      values: layers.map((layer) => exact(value(layer, kernel))),
    })),
  };
}

const layerOf = (module: string) => module.split(".")[1]!;
const kernelOf = (module: string) => module.split(".").slice(2).join(".");
const exact = (value: number) => ({ value, low: value, high: value });
