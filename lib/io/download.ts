import { createHash } from "node:crypto";
import { folderOf, sha256File, writeAll, writing } from "./files.ts";
import { hubAnswer, HubError, networkFault } from "./hub_error.ts";

/** A connection that brings nothing for so long is given up, ms. */
const SILENCE = 60_000;

/** A file to fetch. */
export interface Download {
  readonly url: string;
  /** Where its content goes when it is complete and checked. */
  readonly path: string;
  /** Its length in bytes. */
  readonly size: number;
  /** SHA-256, 64 digits, or the SHA-1 of a git blob, 40 digits. */
  readonly hash: string;
  /** What it is called in errors. */
  readonly name: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Told how many of its bytes are there, those of an earlier run included. */
  readonly onBytes?: (done: number) => void;
}

/**
 * Fetches a file. What has arrived stands in `<path>.incomplete`, where a later call goes on; the
 * file gets its name when its length and hash are right, and not before. A connection that breaks is
 * taken up again as long as each attempt brings something.
 *
 * @throws {HubError} If the server refuses, the network fails, or the content is not the right one.
 * @throws {WriteError} If the disk is full or read-only.
 */
export async function download(file: Download): Promise<void> {
  const { path, size, onBytes } = file;
  const part = `${path}.incomplete`;
  using handle = await writing(part, async () => {
    await Deno.mkdir(folderOf(path), { recursive: true });
    return await Deno.open(part, { read: true, write: true, create: true });
  });
  await handle.lock(true); // another process may be fetching the same file
  if (await isFile(path)) return await Deno.remove(part).catch(ignoreMissing);
  let done = (await handle.stat()).size;
  if (done > size) await handle.truncate(done = 0);
  onBytes?.(done);
  while (done < size) {
    const before = done;
    const fault = await append(handle, file, before).catch((error) => {
      if (error instanceof HubError) throw error;
      return networkFault(new URL(file.url).host, error);
    });
    done = (await handle.stat()).size;
    if (done <= before) {
      throw new HubError(
        `Cannot download ${file.name}: after ${done} of ${size} bytes ` +
          `${fault ?? "the connection broke"}; the same command goes on from there`,
      );
    }
  }
  await handle.sync();
  await verify(file, part);
  await Deno.rename(part, path);
}

/** Appends what one connection brings from byte `start` on. */
async function append(handle: Deno.FsFile, file: Download, start: number): Promise<undefined> {
  const watch = new AbortController();
  let timer = setTimeout(() => watch.abort(), SILENCE);
  try {
    const response = await fetch(file.url, {
      // a compressed answer could not be continued at a byte
      headers: { ...file.headers, "accept-encoding": "identity", range: `bytes=${start}-` },
      signal: watch.signal,
    });
    if (!response.ok) {
      await response.body?.cancel();
      const answer = hubAnswer(new URL(file.url).host, response.status);
      throw new HubError(`Cannot download ${file.name}: ${answer}`);
    }
    let done = response.status === 206 ? start : 0;
    if (done === 0) await handle.truncate(0); // a server that always sends the whole file
    await handle.seek(done, Deno.SeekMode.Start);
    for await (const bytes of response.body ?? []) {
      clearTimeout(timer);
      timer = setTimeout(() => watch.abort(), SILENCE);
      if (done + bytes.length > file.size) throw tooLong(file);
      await writing(file.path, () => writeAll(handle, bytes));
      file.onBytes?.(done += bytes.length);
    }
  } finally {
    clearTimeout(timer);
  }
}

function tooLong({ name, size }: Download): HubError {
  return new HubError(`Cannot download ${name}: more than its ${size} bytes arrive`);
}

/** Removes a content that is not the right one. */
async function verify({ name, hash }: Download, part: string): Promise<void> {
  const [kind, found] = hash.length === 64
    ? ["SHA-256", await sha256File(part)]
    : ["git hash", await gitBlobHash(part)];
  if (found === hash) return;
  await Deno.remove(part);
  throw new HubError(
    `Cannot use ${name}: its ${kind} is ${found} but ${hash} is wanted; ` +
      "what arrived is thrown away",
  );
}

/** The SHA-1 by which git names a content: small files stand in the repository itself. */
async function gitBlobHash(path: string): Promise<string> {
  const bytes = await Deno.readFile(path);
  return createHash("sha1").update(`blob ${bytes.length}\0`).update(bytes).digest("hex");
}

function ignoreMissing(error: unknown): void {
  if (!(error instanceof Deno.errors.NotFound)) throw error;
}

async function isFile(path: string): Promise<boolean> {
  return await Deno.stat(path).then((info) => info.isFile, () => false);
}
