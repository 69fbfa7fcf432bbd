import { readJson } from "../io/files.ts";
import { readSafetensors } from "../io/safetensors.ts";
import type { Muse } from "../models/muse.ts";
import type { RawTensors } from "../models/weights.ts";
import { loadAdapter } from "./adapter_files.ts";
import { type Adapter, adapterFrom, tensorNames } from "./adapters.ts";
import { ADAPTER_DEFAULTS, type AdapterConfig } from "./placements.ts";

/** Files that a folder of PEFT, of diffusers or of this kit keeps its LoRA in. */
const FILES = [
  "adapter_model.safetensors",
  "pytorch_lora_weights.safetensors",
  "adapter.safetensors",
];
/** Where diffusers keeps PEFT's config in a file's metadata. */
const METADATA_KEY = "lora_adapter_metadata";

/** What PEFT's `LoraConfig` says about scale, and what changes the formula. */
interface LoraConfig {
  readonly peft_type?: string;
  readonly lora_alpha?: number;
  readonly alpha_pattern?: Readonly<Record<string, number>> | null;
  readonly use_rslora?: boolean;
  readonly use_dora?: boolean;
  readonly fan_in_fan_out?: boolean;
}

/** One module's matrices as stored. */
interface Lora {
  down?: { shape: number[]; data: Float32Array };
  up?: { shape: number[]; data: Float32Array };
  alpha?: number;
}

/** What {@linkcode importLora} cannot learn from every file. */
export interface LoraOptions {
  /** `alpha` of a file that carries none; its rank, and so a scale of 1, unless given. */
  readonly alpha?: number;
}

/**
 * Reads a LoRA of aMUSEd's transformer made with diffusers or PEFT: a `.safetensors` file, or a folder
 * of `save_pretrained`, `save_lora_adapter` or `save_lora_weights`. The scale `alpha / r` (`alpha / √r`
 * with `use_rslora`) is multiplied into `up`, smaller ranks are filled up with zeros, so the adapter
 * acts as it does there. {@linkcode saveAdapter} then makes a folder of it.
 *
 * @returns the adapter on the modules that the file lists; dispose it with `disposeAdapter`
 * @throws {TypeError} if a tensor is missing, has a wrong shape, or belongs to no plain LoRA
 * @throws {RangeError} if a module is none that can be adapted, or the config asks for another formula
 */
export async function importLora(
  path: string,
  { transformer }: Pick<Muse, "transformer">,
  { alpha }: LoraOptions = {},
): Promise<Adapter> {
  const { file, config } = await locate(path);
  const { tensors, metadata } = await readSafetensors(file);
  const settings = checkConfig(file, config ?? storedConfig(file, metadata));
  const loras = collect(file, tensors);
  const dPrj = Math.max(...[...loras.values()].map(({ down }) => down?.shape[0] ?? 0));
  const adapter: AdapterConfig = {
    ...ADAPTER_DEFAULTS,
    placement: "listed",
    modules: [...loras.keys()],
    shared: false,
    dPrj,
  };
  const scaled = scaledTensors(
    file,
    loras,
    dPrj,
    (module, rank, stored) => scaleOf(module, rank, stored, settings, alpha),
  );
  return adapterFrom(transformer.config, adapter, scaled, file);
}

/** The adapter's tensors: ranks filled up to `dPrj`, scales multiplied into `up`. */
function scaledTensors(
  file: string,
  loras: ReadonlyMap<string, Lora>,
  dPrj: number,
  scaleOf: (module: string, rank: number, alpha: number | undefined) => number,
): RawTensors {
  const scaled: RawTensors = new Map();
  for (const [module, lora] of loras) {
    const names = tensorNames(module, "kernel");
    const [down, up] = [matrix(file, names.down, lora.down), matrix(file, names.up, lora.up)];
    const [rank, ins] = down.shape as [number, number];
    if (up.shape[1] !== rank) {
      throw new TypeError(
        `Cannot load "${file}": tensor "${names.up}" is [${
          up.shape.join(", ")
        }] but rank ${rank} ` +
          `of "${names.down}" is wanted`,
      );
    }
    const wide = new Float32Array(dPrj * ins);
    wide.set(down.data);
    scaled.set(names.down, { shape: [dPrj, ins], data: wide });
    scaled.set(
      names.up,
      widen(up.data, up.shape[0]!, rank, dPrj, scaleOf(module, rank, lora.alpha)),
    );
  }
  return scaled;
}

/** The adapter at a path: what {@linkcode saveAdapter} wrote, or what {@linkcode importLora} reads. */
export async function openAdapter(path: string, muse: Muse): Promise<Adapter> {
  const foreign = await exists(path) && !await exists(`${path}/adapter.json`);
  return foreign ? await importLora(path, muse) : (await loadAdapter(path, muse)).adapter;
}

async function exists(path: string): Promise<boolean> {
  try {
    await Deno.stat(path);
    return true;
  } catch (error) {
    // a path through a file is "not a directory"
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) {
      return false;
    }
    throw error;
  }
}

/** The file of a path that may be a folder, with PEFT's config if one lies beside it. */
async function locate(path: string): Promise<{ file: string; config?: LoraConfig }> {
  if (!await exists(path)) throw new TypeError(`Cannot load "${path}": it does not exist`);
  if ((await Deno.stat(path)).isFile) return { file: path };
  const names = await Array.fromAsync(Deno.readDir(path), ({ name }) => name);
  const found = FILES.find((name) => names.includes(name));
  if (!found) {
    throw new TypeError(`Cannot load "${path}": it has none of ${FILES.join(", ")}`);
  }
  const file = `${path}/${found}`;
  if (found !== FILES[0] || !names.includes("adapter_config.json")) return { file };
  return { file, config: await readJson<LoraConfig>(`${path}/adapter_config.json`) };
}

/** The config in a file's metadata; a pipeline's has the model's name before every key. */
function storedConfig(file: string, metadata: Readonly<Record<string, string>>): LoraConfig {
  const text = metadata[METADATA_KEY];
  if (text === undefined) return {};
  try {
    const entries = Object.entries(JSON.parse(text) as Record<string, unknown>);
    return Object.fromEntries(
      entries.map(([key, value]) => [key.replace("transformer.", ""), value]),
    );
  } catch {
    throw new SyntaxError(`Cannot load "${file}": its "${METADATA_KEY}" is no JSON`);
  }
}

function checkConfig(file: string, config: LoraConfig): LoraConfig {
  const refuse = (key: keyof LoraConfig, wanted: string) => {
    throw new RangeError(`Cannot load "${file}": "${key}" is ${config[key]}, want ${wanted}`);
  };
  if ((config.peft_type ?? "LORA") !== "LORA") refuse("peft_type", "LORA");
  if (config.use_dora) refuse("use_dora", "false");
  if (config.fan_in_fan_out) refuse("fan_in_fan_out", "false");
  return config;
}

const PREFIX = /^(base_model\.model\.)?(transformer\.)?/;
const TENSOR = /^(.+?)\.(lora_A|lora_B|lora\.down|lora\.up)(?:\.default)?\.weight$/;

/** The matrices of each module, by its name in the transformer. */
function collect(file: string, tensors: RawTensors): Map<string, Lora> {
  const loras = new Map<string, Lora>();
  const of = (module: string) => loras.get(module) ?? loras.set(module, {}).get(module)!;
  for (const [stored, tensor] of tensors) {
    const name = stored.replace(PREFIX, "");
    const [, module, part] = TENSOR.exec(name) ?? [];
    if (module !== undefined && part !== undefined) {
      of(module)[part === "lora_A" || part === "lora.down" ? "down" : "up"] = tensor;
    } else if (name.endsWith(".alpha") && tensor.data.length === 1) {
      of(name.slice(0, -".alpha".length)).alpha = tensor.data[0]!;
    } else {
      throw new TypeError(`Cannot load "${file}": tensor "${stored}" is none of a plain LoRA`);
    }
  }
  if (loras.size === 0) throw new TypeError(`Cannot load "${file}": it holds no LoRA`);
  return loras;
}

function matrix(file: string, name: string, tensor: Lora["down"]): NonNullable<Lora["down"]> {
  if (!tensor) throw new TypeError(`Cannot load "${file}": tensor "${name}" is missing`);
  if (tensor.shape.length === 2) return tensor;
  throw new TypeError(
    `Cannot load "${file}": tensor "${name}" is [${
      tensor.shape.join(", ")
    }] but a matrix is wanted`,
  );
}

/** `alpha / r`: a tensor beside the matrices says alpha, or the config, or the caller. */
function scaleOf(
  module: string,
  rank: number,
  stored: number | undefined,
  config: LoraConfig,
  fallback: number | undefined,
): number {
  const alpha = stored ?? patternOf(module, config.alpha_pattern ?? {}) ?? config.lora_alpha ??
    fallback ?? rank;
  return alpha / (config.use_rslora ? Math.sqrt(rank) : rank);
}

/**
 * The first value whose key names the module: PEFT matches keys as regular expressions against the
 * end of a name, "^" asking for the whole. A stranger's expressions are not run: only names count.
 */
function patternOf(
  module: string,
  pattern: Readonly<Record<string, number>>,
): number | undefined {
  for (const [key, value] of Object.entries(pattern)) {
    const name = key.replace(/^\^/, "").replace(/\$$/, "").replaceAll("\\.", ".");
    if (/[^\w.]/.test(name)) {
      throw new RangeError(`Cannot load a LoRA whose alpha_pattern has "${key}": want names only`);
    }
    if (module === name || (!key.startsWith("^") && module.endsWith(`.${name}`))) return value;
  }
  return undefined;
}

/** `up` [outs, rank] times a scale, with columns of zeros up to `width`. */
function widen(
  data: Float32Array,
  outs: number,
  rank: number,
  width: number,
  scale: number,
): { shape: number[]; data: Float32Array } {
  const wide = new Float32Array(outs * width);
  for (let i = 0; i < outs; i++) {
    for (let j = 0; j < rank; j++) wide[i * width + j] = scale * data[i * rank + j]!;
  }
  return { shape: [outs, width], data: wide };
}
