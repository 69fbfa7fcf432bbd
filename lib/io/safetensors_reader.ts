import { readElements } from "./element_types.ts";
import { type Entry, headerLength, parseHeader } from "./safetensors_header.ts";

/**
 * The tensors of one safetensors file, or of the shards of one model, read one at a time: a model of
 * several gigabytes never stands in memory beside its own file.
 *
 * @example
 * ```ts ignore
 * using reader = await SafetensorsReader.open(["model.safetensors"]);
 * for (const name of reader.entries.keys()) use(name, await reader.read(name));
 * ```
 */
export class SafetensorsReader implements Disposable {
  /** What each file says about each tensor, by name. */
  readonly entries: ReadonlyMap<string, Entry>;
  readonly #files: readonly OpenFile[];

  private constructor(files: readonly OpenFile[]) {
    this.#files = files;
    this.entries = new Map(files.flatMap(({ entries }) => [...entries]));
  }

  /**
   * Opens files and checks their headers, as `parseSafetensors` does.
   *
   * @param paths one file, or all shards of a model
   * @throws {SyntaxError} when a header is malformed, or two shards hold the same tensor
   * @throws {RangeError} when sizes or offsets do not fit
   * @throws {TypeError} when an element type is not supported
   */
  static async open(paths: readonly string[]): Promise<SafetensorsReader> {
    const files: OpenFile[] = [];
    try {
      for (const path of paths) {
        const file = await openFile(path);
        files.push(file);
        refuseTwice(files, file);
      }
      return new SafetensorsReader(files);
    } catch (error) {
      for (const { handle } of files) handle.close();
      throw error;
    }
  }

  /**
   * The numbers of a tensor as 32-bit floats.
   *
   * @throws {TypeError} when there is no such tensor
   */
  async read(name: string): Promise<Float32Array> {
    const file = this.#files.find(({ entries }) => entries.has(name));
    if (!file) throw new TypeError(`Cannot read tensor "${name}": no file has it`);
    const { dtype, begin, end } = file.entries.get(name)!;
    const bytes = new Uint8Array(end - begin);
    await file.handle.seek(file.dataStart + begin, Deno.SeekMode.Start);
    await fill(file.handle, bytes, file.path);
    return readElements(dtype, bytes);
  }

  /** Closes the files. */
  [Symbol.dispose](): void {
    for (const { handle } of this.#files) handle.close();
  }
}

interface OpenFile {
  readonly path: string;
  readonly handle: Deno.FsFile;
  readonly entries: ReadonlyMap<string, Entry>;
  readonly dataStart: number;
}

async function openFile(path: string): Promise<OpenFile> {
  const handle = await Deno.open(path);
  try {
    const { size } = await handle.stat();
    const start = new Uint8Array(Math.min(8, size));
    await fill(handle, start, path);
    const header = new Uint8Array(8 + headerLength(start, path, size));
    header.set(start);
    await fill(handle, header.subarray(8), path);
    const { entries, dataStart } = parseHeader(header, path, size);
    return { path, handle, entries: new Map(entries.map((e) => [e.key, e])), dataStart };
  } catch (error) {
    handle.close();
    throw error;
  }
}

function refuseTwice(files: readonly OpenFile[], { path, entries }: OpenFile): void {
  for (const other of files.slice(0, -1)) {
    const twice = [...entries.keys()].find((name) => other.entries.has(name));
    if (twice === undefined) continue;
    throw new SyntaxError(`Cannot read "${path}": tensor "${twice}" is in "${other.path}" too`);
  }
}

/** Reads until `bytes` is full. */
async function fill(handle: Deno.FsFile, bytes: Uint8Array, path: string): Promise<void> {
  for (let done = 0; done < bytes.length;) {
    const count = await handle.read(bytes.subarray(done));
    if (count === null) throw new RangeError(`Cannot read "${path}": the file became shorter`);
    done += count;
  }
}
