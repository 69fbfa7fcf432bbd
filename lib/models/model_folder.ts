import { fileURLToPath } from "node:url";
import { downloadModel, type DownloadOptions } from "../io/hub.ts";
import { cachedSnapshot, hubCache, snapshotFiles } from "../io/hub_cache.ts";
import { HubError } from "../io/hub_error.ts";
import { clipFiles } from "./clip_files.ts";
import { museFiles } from "./muse_files.ts";
import type { Variant } from "./weight_files.ts";

const PRETRAINED = new URL("../pretrained/", import.meta.url);
const EMBEDDED = /^[\w-]+$/;
const HUB_ID = /^\w[\w.-]*\/\w[\w.-]*$/;

/** How a model is looked for. */
export interface ModelSearch extends DownloadOptions {
  /** Nothing is fetched: what is not on the disk is an error. */
  readonly offline?: boolean;
  /** The precision to fetch; a model that is on the disk in the other one is not fetched again. */
  readonly variant?: Variant;
}

/** What a listing of a checkpoint holds of a model. */
export interface Listing {
  /** The files to read, and no others. */
  readonly files: string[];
  /** The first file that is needed and not there. */
  readonly missing?: string;
}

/** A kind of checkpoint. */
interface Checkpoint {
  /** What it is called in errors, with its article. */
  readonly name: string;
  /** Picks its files out of a listing. */
  readonly files: (paths: readonly string[], variant?: Variant) => Listing;
}

const AMUSED: Checkpoint = { name: "an aMUSEd checkpoint", files: museFiles };
const CLIP: Checkpoint = { name: "a CLIP in ONNX or safetensors", files: clipFiles };

/**
 * The folder of a model: an embedded one by its name, a local folder, or one of the Hugging Face hub
 * by its id, `owner/name`, from the cache on the disk or else fetched into it.
 *
 * @throws {RangeError} If the name can be none of these.
 * @throws {HubError} If the model is not in the cache and cannot be fetched.
 */
export async function modelFolder(model: string, search: ModelSearch = {}): Promise<string> {
  if (EMBEDDED.test(model)) {
    const embedded = fileURLToPath(new URL(model, PRETRAINED));
    if (await isFolder(embedded)) return embedded;
  }
  return await checkpointFolder(model, search, AMUSED);
}

/**
 * The folder of a CLIP: a local one, or one of the Hugging Face hub by its id, `owner/name`, from the
 * cache on the disk or else fetched into it.
 *
 * @throws as modelFolder does
 */
export async function clipFolder(clip: string, search: ModelSearch = {}): Promise<string> {
  return await checkpointFolder(clip, search, CLIP);
}

async function checkpointFolder(
  model: string,
  search: ModelSearch,
  kind: Checkpoint,
): Promise<string> {
  if (await isFolder(model)) return model;
  if (!HUB_ID.test(model)) {
    throw new RangeError(
      `Cannot find a model in "${model}": it is ${
        kind === AMUSED ? "no embedded model, " : ""
      }no folder and no "owner/name" of the Hugging Face hub`,
    );
  }
  const cached = await cachedSnapshot(model, search.cache);
  const known = cached && kind.files(await snapshotFiles(cached), search.variant);
  if (known && known.missing === undefined) return cached;
  if (search.offline) {
    const gap = known ? `it lacks "${known.missing}" there` : "it is not there";
    throw new HubError(
      `Cannot find "${model}" in the Hugging Face cache "${
        search.cache ?? hubCache()
      }": ${gap}, and this run fetches nothing`,
    );
  }
  return await downloadModel(model, (paths) => {
    const { files, missing } = kind.files(paths, search.variant);
    if (missing === undefined) return files;
    throw new HubError(`Cannot use "${model}": it has no "${missing}", so it is not ${kind.name}`);
  }, search);
}

async function isFolder(path: string): Promise<boolean> {
  return await Deno.stat(path).then((info) => info.isDirectory, () => false);
}
