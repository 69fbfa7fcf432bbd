import { sha256File, writeJson } from "../../lib/io/files.ts";
import { PLOTLY } from "../../lib/show/figure_files.ts";

/** Stands in a run's folder while a process holds it. */
export const LOCK = ".lock";

/** SHA-256 by path. */
export type Hashes = Record<string, string>;

/**
 * The files below a folder as sorted paths relative to it, links to files included, as the Hugging
 * Face cache consists of; none if the folder is missing.
 */
export async function filesBelow(folder: string): Promise<string[]> {
  const found: string[] = [];
  const walk = async (prefix: string) => {
    for await (const entry of Deno.readDir(`${folder}/${prefix}`)) {
      const path = prefix + entry.name;
      if (entry.isDirectory) await walk(`${path}/`);
      else if (entry.isFile || await isLinkToFile(entry, `${folder}/${path}`)) found.push(path);
    }
  };
  await walk("").catch((error) => {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  });
  return found.sort();
}

async function isLinkToFile({ isSymlink }: Deno.DirEntry, path: string): Promise<boolean> {
  return isSymlink && await Deno.stat(path).then(({ isFile }) => isFile, () => false);
}

/** Hashes of all files below a folder, but for those that `skip` names. */
export async function hashFolder(
  folder: string,
  skip: (path: string) => boolean = () => false,
): Promise<Hashes> {
  const hashes: Hashes = {};
  for (const path of await filesBelow(folder)) {
    if (!skip(path)) hashes[path] = await sha256File(`${folder}/${path}`);
  }
  return hashes;
}

/** Whether a file of a run's folder is none of the outputs that its manifest lists. */
export function isUnlisted(path: string): boolean {
  return path === "manifest.json" || path === LOCK || path.startsWith("cells/") ||
    path.endsWith(`/${PLOTLY}`);
}

/**
 * Closes a run: `manifest.json` with the hashes of what went in, taken before the run, and of what
 * came out, taken now.
 *
 * @param folder The run's folder.
 * @param inputs Hashes of the model's files, taken when the run began.
 */
export async function writeManifest(folder: string, inputs: Hashes): Promise<void> {
  const outputs = await hashFolder(folder, isUnlisted);
  await writeJson(`${folder}/manifest.json`, { inputs, outputs });
}
