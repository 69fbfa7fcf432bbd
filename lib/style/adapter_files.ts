import * as tf from "@tensorflow/tfjs";
import { createHash } from "node:crypto";
import { type AdapterFile, checkedAdapterFile } from "./adapter_schema.ts";
import { readJson, sha256File, writeJson } from "../io/files.ts";
import { snapshotModel } from "../io/hub_cache.ts";
import { readSafetensors, writeSafetensors } from "../io/safetensors.ts";
import { shown } from "../io/shown.ts";
import type { Muse } from "../models/muse.ts";
import { DIFFUSERS_FILE } from "../models/muse_files.ts";
import type { RawTensors } from "../models/weights.ts";
import {
  type Adapter,
  adapterFrom,
  parameterCount,
  siteMatrices,
  tensorNames,
} from "./adapters.ts";

export type { AdapterFile };

/** diffusers looks for the transformer's LoRA under this prefix. */
const PREFIX = "transformer.";

/**
 * Writes `adapter.safetensors` and `adapter.json` into a folder. In kernel form the tensors are a LoRA
 * of scale 1 that diffusers loads into a pipeline's transformer:
 * `pipe.transformer.load_lora_adapter(folder, weight_name="adapter.safetensors")`. The offsets of a
 * shared adapter are added up, so every layer has matrices of its own in the file.
 */
export async function saveAdapter(
  folder: string,
  adapter: Adapter,
  muse: Muse,
  details: Readonly<Record<string, unknown>> = {},
): Promise<void> {
  const tensors: RawTensors = new Map();
  for (const site of adapter.sites) {
    const names = tensorNames(site.module, adapter.config.form);
    const matrices = tf.tidy(() => {
      const { down, up } = siteMatrices(adapter, site);
      return { down: tf.clone(down), up: tf.clone(up) };
    });
    for (const part of ["down", "up"] as const) {
      const data = await matrices[part].data() as Float32Array;
      tensors.set(PREFIX + names[part], { shape: [...matrices[part].shape], data });
      matrices[part].dispose();
    }
  }
  const file: AdapterFile = {
    schema: "finestyle.adapter/1",
    config: adapter.config,
    trainableParameters: parameterCount(adapter),
    base: { name: baseName(muse), sha256: await baseHash(muse) },
    details,
  };
  await writeSafetensors(`${folder}/adapter.safetensors`, { tensors, metadata: { format: "pt" } });
  await writeJson(`${folder}/adapter.json`, file);
}

/**
 * Reads an adapter for a model. What was tuned as shared comes back with matrices per layer, equal in
 * effect; `file.config` still says how it was tuned.
 *
 * @throws {SyntaxError} if `adapter.json` is none
 * @throws {RangeError} if the adapter was tuned on another model
 * @throws {TypeError} if tensors are missing or have wrong shapes
 */
export async function loadAdapter(
  folder: string,
  muse: Muse,
): Promise<{ adapter: Adapter; file: AdapterFile }> {
  const json = `${folder}/adapter.json`;
  const file = checkedAdapterFile(await readJson<unknown>(json), json);
  const hash = await baseHash(muse);
  if (file.base.sha256 !== hash) {
    throw new RangeError(
      `Cannot use the adapter "${folder}": it was tuned on ${shown(file.base.name)} ` +
        `(${shown(file.base.sha256.slice(0, 8))}), not on ${baseName(muse)} (${hash.slice(0, 8)})`,
    );
  }
  const path = `${folder}/adapter.safetensors`;
  const stored = await readSafetensors(path);
  const tensors: RawTensors = new Map(
    [...stored.tensors].map((
      [name, tensor],
    ) => [name.startsWith(PREFIX) ? name.slice(PREFIX.length) : name, tensor]),
  );
  const config = { ...file.config, shared: false };
  const adapter = namingFile(
    json,
    () => adapterFrom(muse.transformer.config, config, tensors, path),
  );
  return { adapter, file };
}

/** Puts the file's name into what a check of its config throws. */
function namingFile<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new RangeError(
      error.message.replace(/^Cannot place the adapter:/, `Cannot use "${path}":`),
    );
  }
}

function baseName(muse: Muse): string {
  return snapshotModel(muse.folder) ?? muse.folder.replace(/[/\\]+$/, "").split(/[/\\]/).at(-1)!;
}

/** The SHA-256 of the base transformer's weights; of its shards' hashes where it has several. */
async function baseHash({ folder, transformer }: Muse): Promise<string> {
  const files = transformer.files ?? [`${folder}/transformer/${DIFFUSERS_FILE}`];
  if (files.length === 1) return await sha256File(files[0]!);
  const hashes: string[] = [];
  for (const file of files) hashes.push(await sha256File(file));
  return createHash("sha256").update(hashes.join()).digest("hex");
}
