import { fileURLToPath } from "node:url";
import { ENGINES } from "../lib/engine/mod.ts";
import { UsageError } from "../lib/show/command.ts";
import { type Hashes, hashFolder } from "./study/run_folder.ts";

/** The embedded models, which `--model` takes by name. */
const PRETRAINED = new URL("../lib/pretrained/", import.meta.url);

/** Flags that choose the model, what computes it, and its randomness. */
export const MODEL_FLAGS = {
  model: { type: "string", default: "emoji-64", help: "embedded model, or a folder" },
  engine: { type: "choice", choices: ENGINES, default: "onnxruntime", help: "tensor engine" },
  seed: { type: "integer", min: 0, default: 0, help: "seed of everything random" },
} as const;

/** The folder of an embedded model by its name, or the folder itself. */
export function modelFolder(model: string): string {
  return /[/\\.]/.test(model) ? model : fileURLToPath(new URL(model, PRETRAINED));
}

/**
 * The hashes of a model's files.
 *
 * @throws {UsageError} if there are none
 */
export async function modelHashes(folder: string): Promise<Hashes> {
  const inputs = await hashFolder(folder);
  if (Object.keys(inputs).length > 0) return inputs;
  throw new UsageError(`Cannot find a model in "${folder}": the folder is missing or empty`);
}
