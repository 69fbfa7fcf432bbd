import { type ElementType, SIZES } from "./element_types.ts";
import { shown, shownValue } from "./shown.ts";

/** The longest header that is read: 100 MB, as in the format's own library. */
export const MAX_HEADER = 100_000_000;

/** One tensor as the header tells it; offsets count from the first byte after the header. */
export interface Entry {
  readonly key: string;
  readonly dtype: ElementType;
  readonly shape: number[];
  readonly begin: number;
  readonly end: number;
}

/** A checked header. */
export interface Header {
  readonly entries: Entry[];
  readonly metadata: Record<string, string>;
  readonly dataStart: number;
}

type Json = Record<string, unknown>;

/**
 * Reads and checks the header of a safetensors file; see `parseSafetensors` for what it throws.
 *
 * @param bytes the whole file, or its start up to the end of the header
 * @param name names the file in errors
 * @param size the length of the whole file in bytes
 */
export function parseHeader(bytes: Uint8Array, name: string, size = bytes.length): Header {
  const refuse = (reason: string): never => {
    throw new SyntaxError(`Cannot read "${name}": ${reason}`);
  };
  const dataStart = 8 + headerLength(bytes, name, size);
  const json = parseJson(bytes.subarray(8, dataStart), refuse);
  const metadata = checkMetadata(json.__metadata__ ?? {}, refuse);
  const entries = Object.entries(json)
    .filter(([key]) => key !== "__metadata__")
    .map(([key, info]) => checkEntry(key, info, name));
  checkCover(entries, size - dataStart, name);
  return { entries, metadata, dataStart };
}

/**
 * The length of the header, which the first 8 bytes of a file tell.
 *
 * @param bytes at least the first 8 bytes of the file, or all of a shorter one
 * @param name names the file in errors
 * @param size the length of the whole file in bytes
 * @throws {RangeError} when the header would be longer than the file, or than {@linkcode MAX_HEADER}
 */
export function headerLength(bytes: Uint8Array, name: string, size: number): number {
  if (bytes.length < 8) {
    throw new RangeError(
      `Cannot read "${name}": ${bytes.length} bytes, at least 8 are needed for the header's length`,
    );
  }
  const length = new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true);
  const most = Math.min(MAX_HEADER, size - 8);
  if (length > BigInt(most)) {
    throw new RangeError(
      `Cannot read "${name}": the header is ${length} bytes long, at most ${most} are possible`,
    );
  }
  return Number(length);
}

function parseJson(bytes: Uint8Array, refuse: (reason: string) => never): Json {
  if (bytes[0] !== 0x7b) refuse('the header does not start with "{"');
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    const json: Json = JSON.parse(text);
    const name = unsafeKey(text);
    if (name !== undefined) refuse(`the header names "${shown(name)}" twice or unsafely`);
    return json;
  } catch (error) {
    if (error instanceof SyntaxError && error.message.startsWith("Cannot read")) throw error;
    return refuse(`the header is not UTF-8 JSON: ${shown((error as Error).message)}`);
  }
}

/**
 * The first key that stands twice in its object, which `JSON.parse` would let pass, or that is
 * `__proto__`; `text` must be valid JSON.
 */
function unsafeKey(text: string): string | undefined {
  const objects: Set<string>[] = [];
  for (let at = 0; at < text.length; at++) {
    if (text[at] === "{") objects.push(new Set());
    else if (text[at] === "}") objects.pop();
    else if (text[at] === '"') {
      const start = at++;
      while (text[at] !== '"') at += text[at] === "\\" ? 2 : 1;
      let after = at + 1;
      while (" \t\n\r".includes(text[after] ?? "}")) after++;
      if (text[after] !== ":") continue; // a value, not a key
      const key: string = JSON.parse(text.slice(start, at + 1));
      if (key === "__proto__" || objects.at(-1)!.has(key)) return key;
      objects.at(-1)!.add(key);
    }
  }
}

function checkMetadata(value: unknown, refuse: (reason: string) => never): Record<string, string> {
  const texts = isObject(value) && Object.values(value).every((text) => typeof text === "string");
  return texts
    ? value as Record<string, string>
    : refuse("__metadata__ must map strings to strings");
}

function checkEntry(key: string, info: unknown, name: string): Entry {
  const where = `Cannot read "${name}": tensor "${shown(key)}"`;
  if (!isObject(info)) throw new SyntaxError(`${where} is described by no object`);
  const { dtype, shape, data_offsets: offsets, ...rest } = info;
  const [unknown] = Object.keys(rest);
  if (unknown !== undefined) {
    throw new SyntaxError(`${where} has the unknown key "${shown(unknown)}"`);
  }
  if (typeof dtype !== "string" || !Object.hasOwn(SIZES, dtype)) {
    throw new TypeError(
      `${where} has the element type ${shownValue(dtype)}, wanted one of ${Object.keys(SIZES)}`,
    );
  }
  if (!isSizes(shape)) throw new SyntaxError(`${where} has no shape of whole numbers >= 0`);
  if (!isSizes(offsets) || offsets.length !== 2) {
    throw new SyntaxError(`${where} has no data_offsets of two whole numbers >= 0`);
  }
  const [begin, end] = offsets as [number, number];
  const wanted = byteLength(shape, SIZES[dtype as ElementType]);
  if (end - begin !== wanted) {
    throw new RangeError(
      `${where} takes ${wanted} bytes as ${dtype} [${shown(shape.join())}], its offsets give ${
        end - begin
      }`,
    );
  }
  return { key, dtype: dtype as ElementType, shape, begin, end };
}

/** The product of a shape and an element's size; Infinity when no file can be that long. */
function byteLength(shape: readonly number[], size: number): number {
  if (shape.includes(0)) return 0;
  const product = shape.reduce((left, right) => left * right, size);
  return Number.isSafeInteger(product) ? product : Infinity;
}

/** Every byte after the header must belong to one tensor: no overlap, no hole, nothing behind. */
function checkCover(entries: readonly Entry[], length: number, name: string): void {
  let at = 0;
  const inOrder = entries.toSorted((a, b) => a.begin - b.begin || a.end - b.end);
  for (const { key, begin, end } of inOrder) {
    if (begin !== at) {
      const fault = begin < at ? "overlaps the one before it" : "leaves a hole before it";
      throw new RangeError(
        `Cannot read "${name}": tensor "${
          shown(key)
        }" ${fault}: it begins at ${begin}, wanted ${at}`,
      );
    }
    at = end;
  }
  if (at !== length) {
    throw new RangeError(`Cannot read "${name}": the tensors end at ${at}, the file at ${length}`);
  }
}

function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isSizes(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((side) => Number.isSafeInteger(side) && side >= 0);
}
