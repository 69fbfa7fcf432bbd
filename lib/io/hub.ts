import { HUB_URL, HubApiError, type ListFileEntry, listFiles, modelInfo } from "@huggingface/hub";
import { download } from "./download.ts";
import { exists, linkBlob, noteMain, repositoryFolder } from "./hub_cache.ts";
import { hubAnswer, HubError, networkFault } from "./hub_error.ts";

/** The longest wait for an answer of the hub's API, ms. */
const API_TIMEOUT = 60_000;
/** Paths and hashes become file names, so nothing else may stand in them. */
const PATH = /^(?:[\w-][\w.-]*\/)*[\w-][\w.-]*$/;
const HASH = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/;

/** How a model is fetched. */
export interface DownloadOptions {
  /** The cache's folder; `hubCache()` by default. */
  readonly cache?: string;
  /** Told how many bytes of all files are there, those of an earlier run included. */
  readonly onBytes?: (done: number, total: number) => void;
}

/**
 * Fetches files of a model's main branch from the Hugging Face hub into its cache. Contents that the
 * cache has are not fetched again, and files that broke off go on where they were.
 *
 * HF_ENDPOINT names another hub, HF_TOKEN holds the token for models that are not open to all.
 *
 * @param id The model, `owner/name`.
 * @param choose Picks the files to fetch out of the paths of all; it may throw.
 * @returns The folder of the snapshot.
 * @throws {HubError} If the hub refuses, the network fails, or a content is not the right one.
 */
export async function downloadModel(
  id: string,
  choose: (paths: readonly string[]) => readonly string[],
  { cache, onBytes }: DownloadOptions = {},
): Promise<string> {
  const hub = (Deno.env.get("HF_ENDPOINT") || HUB_URL).replace(/\/+$/, "");
  const token = Deno.env.get("HF_TOKEN");
  if (token && !token.startsWith("hf_")) throw new HubError('HF_TOKEN must start with "hf_"');
  const { commit, entries } = await listing(id, hub, token);
  const chosen = choose(entries.map(({ path }) => path));
  const files = entries.filter(({ path }) => chosen.includes(path)).map(contentOf);

  const repository = repositoryFolder(id, cache);
  const blobAt = (hash: string) => `${repository}/blobs/${hash}`;
  const total = files.reduce((sum, { size }) => sum + size, 0);
  let before = 0; // bytes of the files that are complete
  for (const { path, size, hash } of files.sort((a, b) => a.size - b.size)) {
    if (!await exists(blobAt(hash))) {
      await download({
        ...{ path: blobAt(hash), size, hash, name: `"${path}" of "${id}"` },
        url: `${hub}/${id}/resolve/${commit}/${path}`,
        headers: token ? { authorization: `Bearer ${token}` } : {},
        onBytes: (done) => onBytes?.(before + done, total),
      });
    }
    onBytes?.(before += size, total);
    await linkBlob(repository, commit, path, hash);
  }
  await noteMain(repository, commit);
  return `${repository}/snapshots/${commit}`;
}

/** The commit of the main branch, and its files. */
async function listing(id: string, hubUrl: string, accessToken: string | undefined) {
  const options = { hubUrl, fetch: timedFetch, ...(accessToken && { accessToken }) };
  try {
    const fields = { additionalFields: ["sha" as const], revision: "main" };
    const { sha: commit } = await modelInfo({ name: id, ...fields, ...options });
    if (!HASH.test(commit)) throw new SyntaxError(`the commit is "${commit}"`);
    const tree = listFiles({ repo: id, recursive: true, revision: commit, ...options });
    const entries: ListFileEntry[] = [];
    for await (const entry of tree) {
      if (entry.type === "file" && PATH.test(entry.path)) entries.push(entry);
    }
    return { commit, entries };
  } catch (error) {
    const host = new URL(hubUrl).host;
    const reason = error instanceof HubApiError
      ? hubAnswer(host, error.statusCode)
      : networkFault(host, error);
    throw new HubError(`Cannot download "${id}": ${reason}`);
  }
}

/** The content behind an entry: large files are named by SHA-256, small ones by git. */
function contentOf({ path, size, oid, lfs }: ListFileEntry) {
  const content = { path, size: lfs?.size ?? size, hash: lfs?.oid ?? oid ?? "" };
  if (HASH.test(content.hash) && Number.isSafeInteger(content.size)) return content;
  throw new HubError(`Cannot download "${path}": the hub names no hash and length for it`);
}

const timedFetch: typeof fetch = (input, init) =>
  fetch(input, { ...init, signal: AbortSignal.timeout(API_TIMEOUT) });
