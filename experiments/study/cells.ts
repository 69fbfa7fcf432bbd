import { createHash } from "node:crypto";
import { readJson, writeAtomic } from "../../lib/io/files.ts";

/** JSON with every object's keys sorted, so that equal values have equal texts. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(
    value,
    (_, inner) =>
      inner !== null && typeof inner === "object" && !Array.isArray(inner)
        ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)))
        : inner,
  );
}

/** First eight hex digits of the SHA-256 of a value's canonical JSON: the name of a run or cell. */
export function hashOf(value: unknown): string {
  return createHash("sha256").update(canonicalJson(value)).digest("hex").slice(0, 8);
}

/** Where the result of a job with a config is kept. */
export function pathOfCell(folder: string, name: string, config: unknown): string {
  return `${folder}/${name}-${hashOf(config)}.json`;
}

/**
 * Runs a job once: its result is kept as `<folder>/<name>-<hash of config>.json`, and found there
 * the next time if `reuse` is set.
 *
 * @returns The result, and whether it came from disk.
 */
export async function cachedCell<T>(
  folder: string,
  name: string,
  config: unknown,
  reuse: boolean,
  work: () => Promise<T>,
): Promise<{ result: T; reused: boolean }> {
  const path = pathOfCell(folder, name, config);
  if (reuse) {
    const kept = await readJson<{ result: T }>(path).catch((error) => {
      if (error instanceof Deno.errors.NotFound) return undefined;
      throw error;
    });
    if (kept) return { result: kept.result, reused: true };
  }
  const result = await work();
  await writeAtomic(path, JSON.stringify({ config, result }) + "\n");
  return { result, reused: false };
}
