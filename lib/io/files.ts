import { createHash } from "node:crypto";
import { shown } from "./shown.ts";

let temporaryFiles = 0;

/** A file or folder that could not be written; the message is a sentence that names it and says why. */
export class WriteError extends Error {
  override name = "WriteError";
}

/**
 * Writes a file so that a reader, or a run that is cut off, sees the old content or the new one and
 * never a part: a temporary file in the same folder, flushed to the disk, then renamed. Makes the
 * folder when it is missing.
 *
 * @param path the file to write
 * @param bytes its content; a string is written as UTF-8
 * @throws {WriteError} if it cannot be written; the old content is then untouched
 */
export function writeAtomic(path: string, bytes: Uint8Array | string): Promise<void> {
  return writing(path, async () => {
    await Deno.mkdir(folderOf(path), { recursive: true });
    const temporary = `${path}.tmp-${Deno.pid}-${temporaryFiles++}`;
    try {
      // a process of the same number may have been killed here
      using file = await Deno.open(temporary, { write: true, create: true, truncate: true });
      await writeAll(file, typeof bytes === "string" ? new TextEncoder().encode(bytes) : bytes);
      await file.sync();
      await Deno.rename(temporary, path);
    } catch (error) {
      await Deno.remove(temporary).catch(() => {}); // the first error is the one to tell
      throw error;
    }
  });
}

/** Whether a name is one under which the process `pid` writes a file before it is whole. */
export function isTemporary(name: string, pid: string | number = "\\d+"): boolean {
  return new RegExp(`\\.tmp-${pid}-\\d+$`).test(name);
}

/**
 * Does what writes to `path`.
 *
 * @returns what `work` returns
 * @throws {WriteError} where the system refused: the disk is full, or the path is not to be written
 */
export async function writing<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const { code } = error as { code?: string };
    const reason = REASONS[code ?? ""] ?? error.message.replace(/ \(os error.*$/s, "");
    throw new WriteError(`Cannot write "${path}": ${reason}`, { cause: error });
  }
}

const REASONS: Readonly<Record<string, string>> = {
  ENOSPC: "the disk is full",
  EDQUOT: "the disk quota is used up",
  EROFS: "the disk is read-only",
  EACCES: "permission denied",
  EPERM: "permission denied",
  EEXIST: "a file is where a folder must be",
  ENOTDIR: "a file is where a folder must be",
};

/**
 * Reads a JSON file.
 *
 * @param path the file
 * @returns its value, unchecked: the caller states the type it expects
 * @throws {SyntaxError} when the file is not JSON
 */
export async function readJson<T>(path: string): Promise<T> {
  const text = await Deno.readTextFile(path);
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new SyntaxError(`Cannot read "${path}": not JSON: ${shown((error as Error).message)}`);
  }
}

/** Writes a value as indented JSON, atomically, with a newline at the end. */
export async function writeJson(path: string, value: unknown): Promise<void> {
  await writeAtomic(path, JSON.stringify(value, null, 2) + "\n");
}

/** The SHA-256 of a file's content as 64 hexadecimal digits; the file is read in pieces. */
export async function sha256File(path: string): Promise<string> {
  const hash = createHash("sha256");
  using file = await Deno.open(path);
  const piece = new Uint8Array(1 << 20);
  for (let n = await file.read(piece); n !== null; n = await file.read(piece)) {
    hash.update(piece.subarray(0, n));
  }
  return hash.digest("hex");
}

/** The folder that holds a file. */
export function folderOf(path: string): string {
  return /^(.*)[/\\][^/\\]*$/.exec(path)?.[1] || (/^[/\\]/.test(path) ? "/" : ".");
}

/** Writes all bytes at the file's current position: one `write` may take only a part. */
export async function writeAll(file: Deno.FsFile, bytes: Uint8Array): Promise<void> {
  for (let done = 0; done < bytes.length;) done += await file.write(bytes.subarray(done));
}
