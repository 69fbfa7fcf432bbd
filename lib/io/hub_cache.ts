/**
 * The Hugging Face cache, as the Python and JavaScript libraries share it:
 *
 * ```
 * models--owner--name/refs/main              the commit that "main" was when last asked
 * models--owner--name/blobs/<hash>           contents
 * models--owner--name/snapshots/<commit>/... links to them, by path
 * ```
 *
 * @module
 */
import { getHFHubCachePath } from "@huggingface/hub";
import { folderOf, writeAtomic } from "./files.ts";

const COMMIT = /^[0-9a-f]{40}$/;

/** The cache's folder: HF_HUB_CACHE, or `hub` below HF_HOME or `~/.cache/huggingface`. */
export function hubCache(): string {
  return getHFHubCachePath();
}

/** The folder of a model in the cache, whether it is there or not. */
export function repositoryFolder(id: string, cache = hubCache()): string {
  return `${cache}/models--${id.replaceAll("/", "--")}`;
}

/** The id of the model that a snapshot folder holds, or `undefined` for any other folder. */
export function snapshotModel(folder: string): string | undefined {
  const found = /[/\\]models--([^/\\]+)[/\\]snapshots[/\\][0-9a-f]{40}[/\\]?$/.exec(folder);
  return found?.[1]?.replaceAll("--", "/");
}

/** The newest snapshot that the cache knows of; it may hold only some of the model's files. */
export async function cachedSnapshot(id: string, cache?: string): Promise<string | undefined> {
  const repository = repositoryFolder(id, cache);
  const commit = (await Deno.readTextFile(`${repository}/refs/main`).catch(ignoreMissing))?.trim();
  if (commit === undefined || !COMMIT.test(commit)) return;
  const folder = `${repository}/snapshots/${commit}`;
  return await exists(folder) ? folder : undefined;
}

/** The paths of the files below a snapshot whose contents are there. */
export async function snapshotFiles(folder: string, prefix = ""): Promise<string[]> {
  const paths: string[] = [];
  for await (const { name } of Deno.readDir(`${folder}/${prefix}`)) {
    const info = await Deno.stat(`${folder}/${prefix}${name}`).catch(ignoreMissing); // follows links
    if (info?.isFile) paths.push(prefix + name);
    if (info?.isDirectory) paths.push(...await snapshotFiles(folder, `${prefix}${name}/`));
  }
  return paths;
}

/** Names a blob in a snapshot: a link, or a copy where links are not allowed. */
export async function linkBlob(
  repository: string,
  commit: string,
  path: string,
  blob: string,
): Promise<void> {
  const link = `${repository}/snapshots/${commit}/${path}`;
  if (await exists(link)) return;
  await Deno.mkdir(folderOf(link), { recursive: true });
  await Deno.remove(link).catch(ignoreMissing); // a link to nothing
  const up = "../".repeat(path.split("/").length + 1);
  try {
    await Deno.symlink(`${up}blobs/${blob}`, link);
  } catch { // Windows without the right to make links
    const temporary = `${link}.tmp-${Deno.pid}`;
    await Deno.copyFile(`${repository}/blobs/${blob}`, temporary);
    await Deno.rename(temporary, link);
  }
}

/** Notes the commit that "main" is; last of all, so that it never names a snapshot half there. */
export async function noteMain(repository: string, commit: string): Promise<void> {
  await writeAtomic(`${repository}/refs/main`, commit);
}

/** Whether a path, or what a link points at, is there. */
export async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).catch(ignoreMissing) !== undefined;
}

function ignoreMissing(error: unknown): undefined {
  const none = error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory;
  if (!none) throw error;
}
