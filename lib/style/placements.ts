import { shown } from "../io/shown.ts";
import { type UVitConfig, uvitShapes } from "../models/uvit.ts";

/**
 * Which kernels or features of the transformer an adapter sits on (method.md 1.4 and 2.1).
 * `cross-kv` is FineStyle's, `after-cross+mlp` StyleDrop's. Cross-attention is `attn2` of the
 * transformer layers; `blocks` in {@linkcode AdapterConfig} adds the U-ViT blocks' text attentions.
 */
export const PLACEMENTS = [
  "cross-kv",
  "cross-k",
  "cross-v",
  "cross-qkvo",
  "self-kv",
  "mlp",
  "after-cross+mlp",
] as const;
export type Placement = typeof PLACEMENTS[number];

/** Which layers carry adapters, counted from the input; the down block is in the first half. */
export const LAYER_RANGES = ["all", "first-half", "last-half"] as const;
export type LayerRange = typeof LAYER_RANGES[number];

/** What an adapter is; its defaults are {@linkcode ADAPTER_DEFAULTS}. */
export interface AdapterConfig {
  /** One of {@linkcode PLACEMENTS}, or `listed`: the layers of `modules`. */
  readonly placement: Placement | "listed";
  /** The linear layers of the placement `listed`, as imported LoRAs have them. */
  readonly modules?: readonly string[];
  readonly layers: LayerRange;
  /** Projection dimension d_prj: the adapter's rank. */
  readonly dPrj: number;
  /** One pair of matrices for all layers, with offsets per layer (StyleDrop `is_shared`). */
  readonly shared: boolean;
  /**
   * `kernel`: `dW = up down`, linear, can be merged into the weights (method.md 1.4 reading A).
   * `feature`: `x + gelu(x down) up` on the output (reading B, and StyleDrop's own).
   */
  readonly form: "kernel" | "feature";
  /** Also adapt the text attentions `attn1` and `attn2` of the U-ViT blocks (cross placements). */
  readonly blocks: boolean;
  /** Standard deviation of the truncated normal that `down` starts from; `up` starts from 0. */
  readonly initStd: number;
}

/** FineStyle's adapter where the paper is silent (method.md 8). */
export const ADAPTER_DEFAULTS: AdapterConfig = Object.freeze({
  placement: "cross-kv",
  layers: "all",
  dPrj: 4,
  shared: true,
  form: "kernel",
  blocks: false,
  initStd: 0.02,
});

/** One place where an adapter acts. */
export interface Site {
  /** Module name: a linear layer, or in feature form also an attention or feed-forward. */
  readonly module: string;
  /** The module name with its layer number as "*": sites of a group can share matrices. */
  readonly group: string;
  /** Widths that `down` reads and `up` writes. */
  readonly ins: number;
  readonly outs: number;
}

/**
 * The sites of a placement in a model.
 *
 * @throws {RangeError} if a key of the config is unknown, out of range, or does not fit another
 */
export function adapterSites(model: UVitConfig, config: AdapterConfig): Site[] {
  checkAdapterConfig(config);
  if (config.placement === "listed") return listedSites(model, config.modules ?? []);
  const parts = PARTS[config.placement];
  const layers = layersOf(model.num_hidden_layers, config.layers);
  const modules = layers.flatMap((i) => parts.map((part) => `transformer_layers.${i}.${part}`));
  if (config.blocks) modules.push(...blockModules(model, config));
  return modules.map((module) => site(module, model, config.form));
}

/** Sites of linear layers by name, in attentions and feed-forwards, where hooks reach. */
function listedSites(model: UVitConfig, modules: readonly string[]): Site[] {
  const shapes = uvitShapes(model);
  return modules.map((module) => {
    const shape = shapes.get(`${module}.weight`);
    if (!shape || !/\.(attn[12]\.to_([qkv]|out\.0)|ff\.net\.(0\.proj|2))$/.test(module)) {
      throw new RangeError(
        `Cannot place the adapter: "${
          shown(module)
        }" is no linear layer of the model's attentions or ` +
          `feed-forwards`,
      );
    }
    return { module, group: groupOf(module), ins: shape[1]!, outs: shape[0]! };
  });
}

/** The module name with its layer number as "*". */
function groupOf(module: string): string {
  return module.replace(/(_layers|_blocks)\.\d+/, "$1.*");
}

const PARTS: Record<Placement, readonly string[]> = {
  "cross-kv": ["attn2.to_k", "attn2.to_v"],
  "cross-k": ["attn2.to_k"],
  "cross-v": ["attn2.to_v"],
  "cross-qkvo": ["attn2.to_q", "attn2.to_k", "attn2.to_v", "attn2.to_out.0"],
  "self-kv": ["attn1.to_k", "attn1.to_v"],
  "mlp": ["ff.net.0.proj", "ff.net.2"],
  "after-cross+mlp": ["attn2", "ff"],
};

/** Layer numbers of a range; the first half has the middle one. */
export function layersOf(count: number, range: LayerRange): number[] {
  const all = Array.from({ length: count }, (_, i) => i);
  const middle = Math.ceil(count / 2);
  return range === "all" ? all : range === "first-half" ? all.slice(0, middle) : all.slice(middle);
}

function blockModules(model: UVitConfig, config: AdapterConfig): string[] {
  const parts = config.placement === "listed" ? [] : PARTS[config.placement];
  const sides = { "all": ["down", "up"], "first-half": ["down"], "last-half": ["up"] };
  const numbers = Array.from({ length: model.num_res_blocks }, (_, i) => i);
  return sides[config.layers].flatMap((side) =>
    numbers.flatMap((i) =>
      ["attn1", "attn2"].flatMap((attention) =>
        parts.map((part) =>
          `${side}_block.attention_blocks.${i}.${part.replace("attn2", attention)}`
        )
      )
    )
  );
}

function site(module: string, model: UVitConfig, form: AdapterConfig["form"]): Site {
  const width = module.includes("_block.") ? model.block_out_channels : model.hidden_size;
  let [ins, outs] = [width, width];
  if (module.endsWith("net.0.proj")) outs = 2 * model.intermediate_size;
  if (module.endsWith("net.2")) ins = model.intermediate_size;
  return { module, group: groupOf(module), ins: form === "feature" ? outs : ins, outs };
}

/** Throws a RangeError that names the key, the value and what is wanted. */
export function checkAdapterConfig(config: AdapterConfig): void {
  const fail = (key: keyof AdapterConfig, wanted: string): never => {
    const found = shown(String(config[key]));
    throw new RangeError(`Cannot place the adapter: ${key} is ${found}, want ${wanted}`);
  };
  const listed = config.placement === "listed";
  if (!listed && !PLACEMENTS.includes(config.placement as Placement)) {
    fail("placement", PLACEMENTS.join(" | "));
  }
  if (listed !== (config.modules !== undefined && config.modules.length > 0)) {
    fail("modules", "layers with the placement listed, and no others");
  }
  if (listed && (config.form !== "kernel" || config.shared)) {
    fail(config.shared ? "shared" : "form", "an unshared kernel for the placement listed");
  }
  if (!LAYER_RANGES.includes(config.layers)) fail("layers", LAYER_RANGES.join(" | "));
  if (!Number.isInteger(config.dPrj) || config.dPrj < 1) fail("dPrj", "a whole number from 1");
  if (!(config.initStd > 0)) fail("initStd", "more than 0");
  if (config.form !== "kernel" && config.form !== "feature") fail("form", "kernel | feature");
  if (config.placement === "after-cross+mlp" && config.form === "kernel") {
    fail("form", "feature for the placement after-cross+mlp, which has no kernel of its own");
  }
  if (config.blocks && !config.placement.startsWith("cross-")) {
    fail("blocks", "false for a placement outside cross-attention");
  }
}
