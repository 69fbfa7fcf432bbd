import { type EngineName, ENGINES, useEngine } from "../lib/engine/mod.ts";
import { clipFolder, modelFolder } from "../lib/models/model_folder.ts";
import { type Variant, VARIANTS } from "../lib/models/weight_files.ts";
import { UsageError } from "../lib/show/command.ts";
import { Progress } from "../lib/show/progress.ts";
import { type Hashes, hashFolder } from "./study/run_folder.ts";

/** Flags that choose the model, what computes it, and its randomness. */
export const MODEL_FLAGS = {
  model: { type: "string", default: "emoji-64", help: "embedded model, or a folder" },
  engine: {
    type: "choice",
    choices: ["auto", ...ENGINES],
    default: "auto",
    help: "what computes; auto takes onnxruntime where it runs, else wasm",
  },
  seed: { type: "integer", min: 0, default: 0, help: "seed of everything random" },
} as const;

/** {@linkcode MODEL_FLAGS} of a command that may fetch a model from the Hugging Face hub. */
export const HUB_MODEL_FLAGS = {
  ...MODEL_FLAGS,
  model: { ...MODEL_FLAGS.model, help: "embedded model, folder, or owner/name on Hugging Face" },
  variant: { type: "choice", choices: VARIANTS, default: "fp32", help: "weights to prefer" },
  offline: { type: "boolean", help: "fetch nothing: the model is on the disk" },
} as const;

/** Flags of a command that may score by a CLIP of the hub. */
export const CLIP_FLAGS = {
  clip: {
    type: "string",
    optional: true,
    help: "CLIP that scores: folder, or owner/name on Hugging Face (default: the embedded judge)",
  },
  offline: HUB_MODEL_FLAGS.offline,
} as const;

const MEGABYTE = 1e6;

/**
 * Starts the engine that `--engine` names and tells in one line on stderr which one runs.
 *
 * @param choice An engine, or `auto`.
 * @throws as useEngine does
 */
export async function startEngine(choice: string): Promise<EngineName> {
  const { name, device, reasons } = await useEngine(choice as EngineName | "auto");
  const line = [`engine: ${name}${device === undefined ? "" : ` on ${device}`}`, ...reasons];
  console.error(line.join("; "));
  return name;
}

/**
 * The folder of the model that {@linkcode HUB_MODEL_FLAGS} name, fetched with a bar if it must be.
 *
 * @throws {RangeError} if there is no such model
 * @throws {HubError} if it cannot be fetched
 */
export async function fetchedModel(
  flags: { readonly model: string; readonly variant: string; readonly offline: boolean },
): Promise<string> {
  const { model, offline } = flags, variant = flags.variant as Variant;
  return await withBar((onBytes) => modelFolder(model, { offline, variant, onBytes }));
}

/**
 * The folder of the CLIP that {@linkcode CLIP_FLAGS} name, fetched with a bar if it must be.
 *
 * @throws as fetchedModel does
 */
export async function fetchedClip(clip: string, offline: boolean): Promise<string> {
  return await withBar((onBytes) => clipFolder(clip, { offline, onBytes }));
}

/** Shows the bytes of a download as a bar. */
async function withBar<T>(
  fetching: (onBytes: (done: number, total: number) => void) => Promise<T>,
): Promise<T> {
  let progress: Progress | undefined, shown = 0;
  const result = await fetching((done, total) => {
    const megabytes = Math.ceil(done / MEGABYTE);
    progress ??= new Progress("download", Math.max(1, Math.ceil(total / MEGABYTE)), {
      ...{ done: shown = megabytes, unit: "MB" },
    });
    if (megabytes > shown) progress.advance("", megabytes - shown);
    shown = Math.max(shown, megabytes);
  });
  progress?.finish();
  return result;
}

/** The words of a command line that choose the same model again; none for the default one. */
export function modelWords(flags: { readonly model: string; readonly variant: string }): string {
  const { model, variant } = HUB_MODEL_FLAGS;
  return (flags.model === model.default ? "" : ` --model ${flags.model}`) +
    (flags.variant === variant.default ? "" : ` --variant ${flags.variant}`);
}

/** The folder of a model on this disk, for commands without a network: see `modelFolder`. */
export function storedModel(model: string): Promise<string> {
  return modelFolder(model, { offline: true });
}

/**
 * The hashes of a model's files; its card, which computes nothing, is left out.
 *
 * @throws {UsageError} if there are none
 */
export async function modelHashes(folder: string): Promise<Hashes> {
  const inputs = await hashFolder(folder, (path) => path === "README.md");
  if (Object.keys(inputs).length > 0) return inputs;
  throw new UsageError(`Cannot find a model in "${folder}": the folder is missing or empty`);
}
