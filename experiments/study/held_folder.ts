import { isTemporary, WriteError, writing } from "../../lib/io/files.ts";
import { filesBelow, LOCK } from "./run_folder.ts";

/**
 * Holds a folder until the result is disposed, or the process ends in whatever way: the lock is the
 * system's and dies with it. What a run that was killed had half written here is removed.
 *
 * @param folder It is made when it is missing, and goes again if nothing was written to it.
 * @throws {WriteError} if another run holds the folder, or it cannot be written
 */
export async function holdFolder(folder: string): Promise<Disposable> {
  const file = await lockedFile(folder);
  try {
    await writing(folder, async () => {
      const bytes = new Uint8Array(20), count = await file.read(bytes); // where Windows locks, only so
      if (count) {
        await removeTemporaries(folder, new TextDecoder().decode(bytes.subarray(0, count)));
      }
      await file.truncate();
      await file.seek(0, Deno.SeekMode.Start);
      await file.write(new TextEncoder().encode(String(Deno.pid)));
    });
  } catch (error) {
    file.close();
    throw error;
  }
  return {
    [Symbol.dispose]() {
      file.truncateSync();
      try {
        Deno.removeSync(`${folder}/${LOCK}`);
        Deno.removeSync(folder); // succeeds only where the run has written nothing
      } catch {
        // there are results, or the folder is gone, or the system removes no open file
      }
      file.close();
    },
  };
}

/** The lock's file, open and locked. */
async function lockedFile(folder: string): Promise<Deno.FsFile> {
  const path = `${folder}/${LOCK}`;
  while (true) {
    const file = await writing(folder, async () => {
      await Deno.mkdir(folder, { recursive: true });
      return await Deno.open(path, { read: true, write: true, create: true });
    });
    if (!await file.tryLock(true)) {
      const holder = await Deno.readTextFile(path).catch(() => "");
      file.close();
      const run = holder === "" ? "another run" : `the run of process ${holder}`;
      throw new WriteError(`Cannot write "${folder}": ${run} holds it`);
    }
    const { ino } = await file.stat();
    if (await Deno.stat(path).then((now) => now.ino === ino, () => false)) return file;
    file.close(); // its last holder has just removed it
  }
}

/** Removes what the process `pid` was writing when it was killed. */
async function removeTemporaries(folder: string, pid: string): Promise<void> {
  for (const path of await filesBelow(folder)) {
    if (isTemporary(path, pid)) await Deno.remove(`${folder}/${path}`);
  }
}
