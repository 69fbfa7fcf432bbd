import type { Random } from "../../lib/engine/random.ts";
import { SIZES } from "../../lib/io/element_types.ts";
import { parseSafetensors, type TensorFile } from "../../lib/io/safetensors.ts";
import { parseHeader } from "../../lib/io/safetensors_header.ts";
import { SafetensorsReader } from "../../lib/io/safetensors_reader.ts";
import { type Family, refusalFault, Violation } from "./family.ts";
import { concat, mutate } from "./mutate.ts";

const NAME = "strange.safetensors";

/** Files whose bytes, header or header length lie. */
export const safetensorsFiles: Family = {
  name: "safetensors",
  short: 3000,
  full: 120_000,
  trial(random) {
    const bytes = strangeFile(random);
    return { name: NAME, read: () => checkFile(bytes, parseSafetensors(bytes, NAME)) };
  },
};

/** The same files on the disk, read tensor by tensor. */
export const safetensorsOnDisk: Family = {
  name: "safetensors on disk",
  short: 200,
  full: 4000,
  trial(random) {
    const bytes = strangeFile(random);
    return { name: "", read: () => readFromDisk(bytes) };
  },
};

/** The tensors must be those of the header, and no bigger than the file can hold. */
function checkFile(bytes: Uint8Array, { tensors }: TensorFile): void {
  const { entries } = parseHeader(bytes, NAME);
  if (entries.length !== tensors.size) throw new Violation("tensors are missing");
  let stored = 0;
  for (const { key, dtype, shape } of entries) {
    const { data } = tensors.get(key)!;
    const count = shape.reduce((product, side) => product * side, 1);
    if (data.length !== count) throw new Violation(`[${shape}] came with ${data.length} numbers`);
    stored += count * SIZES[dtype];
    // a view may share the file's memory, a copy has 4 bytes for each stored element
    const most = data.buffer === bytes.buffer ? bytes.byteLength : 4 * count;
    if (data.buffer.byteLength > most) throw new Violation(`${data.buffer.byteLength} bytes taken`);
  }
  if (stored > bytes.length) throw new Violation(`${stored} bytes out of ${bytes.length}`);
}

/** The reader must do what `parseSafetensors` does; it throws what both refuse with. */
async function readFromDisk(bytes: Uint8Array): Promise<void> {
  const path = await Deno.makeTempFile();
  try {
    await Deno.writeFile(path, bytes);
    const whole = attempt(() => parseSafetensors(bytes, path));
    using reader = await SafetensorsReader.open([path]);
    if (whole instanceof Error) throw new Violation(`only one refuses: ${whole.message}`);
    for (const [name, { data }] of whole.tensors) {
      const read = await reader.read(name);
      if (read.length !== data.length) throw new Violation(`"${name}" has ${read.length} numbers`);
    }
  } catch (error) {
    const fault = error instanceof Violation ? error.message : refusalFault(error, path);
    throw fault === undefined ? error : new Violation(fault);
  } finally {
    await Deno.remove(path);
  }
}

function attempt<T>(work: () => T): T | Error {
  try {
    return work();
  } catch (error) {
    return error as Error;
  }
}

const NUMBERS = ["-1", "-0", "0", "1", "4", "8", "1.5", "1e3", "1e308", "1e999", "2147483648"]
  .concat("4294967296", "9007199254740991", "9007199254740993", "18446744073709551615");
const VALUES = ["null", "true", '""', '"F32"', "[]", "{}", "[[1]]", '{"toString":1}', '{"a":{}}']
  .concat('"NaN"', '"\\u0000"', '"\\ud800"', '"\\u001b[2J"', '"\\u202e"', "NaN", "Infinity");
const KEYS = ["a", "b", "", "__proto__", "\\u005f_proto__", "constructor", "toString", "length"]
  .concat("__metadata__", "\\n\\u001b[2J", "\\u2028", "\\ud800", "k".repeat(5000), "dtype");

const KINDS: ((random: Random) => Uint8Array<ArrayBuffer>)[] = [
  (random) => mutate(fileOf(header(random, 0), 64), random),
  (random) => fileOf(header(random, 0.02), random.pick([0, 63, 64, 64, 64, 64, 65])),
  (random) => fileOf(header(random, 0.3), 64),
  (random) => lyingLength(fileOf(header(random, 0), 64), random),
  (random) => fileOf(deep(random), random.pick([0, 64])),
  (random) => fileOf(damagedText(header(random, 0), random), 64),
];

function strangeFile(random: Random): Uint8Array<ArrayBuffer> {
  return random.pick(KINDS)(random);
}

function fileOf(header: string | Uint8Array, dataBytes: number): Uint8Array<ArrayBuffer> {
  const text = typeof header === "string" ? new TextEncoder().encode(header) : header;
  const length = new Uint8Array(8);
  new DataView(length.buffer).setBigUint64(0, BigInt(text.length), true);
  const data = Uint8Array.from({ length: dataBytes }, (_, i) => 37 * i);
  return concat(length, text, data);
}

/** A header for 64 bytes of data; each of its parts is something else with probability `strange`. */
function header(random: Random, strange: number): string {
  const odd = () => random.next() < strange;
  const value = () => random.pick(random.next() < 0.5 ? NUMBERS : VALUES);
  const number = (right: number) => odd() ? value() : String(right);
  const entries: string[] = [];
  const names = random.shuffle(["w", "x.y", "ü", "z"]).slice(0, 1 + random.below(4));
  names.forEach((name, i) => {
    const dtypes = Object.keys(SIZES) as (keyof typeof SIZES)[];
    const dtype = random.pick(dtypes);
    const [begin, end] = [16 * i, i === names.length - 1 ? 64 : 16 * (i + 1)];
    const count = (end - begin) / SIZES[dtype];
    const right = random.pick([[count], [2, count / 2], [1, count, 1]]);
    const shape = odd() ? value() : `[${right.map(number)}${odd() ? `,${value()}` : ""}]`;
    const offsets = odd() ? value() : `[${number(begin)},${number(end)}${odd() ? ",1" : ""}]`;
    const parts = [`"dtype":${odd() ? value() : `"${dtype}"`}`, `"shape":${shape}`];
    parts.push(`"data_offsets":${offsets}`);
    if (odd()) parts.push(`"${random.pick(KEYS)}":${value()}`);
    if (odd()) parts.push(random.pick(parts));
    if (odd()) parts.splice(random.below(parts.length), 1);
    const key = odd() ? random.pick(KEYS) : name;
    entries.push(`"${key}":${odd() ? value() : `{${random.shuffle(parts)}}`}`);
  });
  if (random.next() < 0.3) entries.push(`"__metadata__":${odd() ? value() : '{"format":"pt"}'}`);
  if (odd()) entries.push(random.pick(entries));
  return `{${random.shuffle(entries)}}${" ".repeat(random.below(9))}`;
}

function lyingLength(bytes: Uint8Array<ArrayBuffer>, random: Random): Uint8Array<ArrayBuffer> {
  const view = new DataView(bytes.buffer);
  const real = view.getBigUint64(0, true);
  const lie = random.pick([
    ...[0n, 1n, 2n, real - 1n, real + 1n, real + 64n, real + 65n, BigInt(bytes.length)],
    ...[
      100_000_000n,
      100_000_001n,
      2n ** 31n,
      2n ** 32n + real,
      2n ** 53n,
      2n ** 63n,
      2n ** 64n - 1n,
    ],
  ]);
  view.setBigUint64(0, lie, true);
  return bytes;
}

/** JSON as deep as a stack, at a random place. */
function deep(random: Random): string {
  const depth = random.pick([10, 1000, 20_000]);
  const [open, close] = random.pick([["[", "]"], ['{"a":', "}"], ['[{"b":', "}]"]] as const);
  const nest = open.repeat(depth) + random.pick(["1", "", "{}"]) + close.repeat(depth);
  return random.pick([
    `{"w":${nest}}`,
    `{"__metadata__":${nest}}`,
    `{"w":{"dtype":${nest}}}`,
    `{"w":{"dtype":"F32","shape":${nest},"data_offsets":[0,64]}}`,
    `{"w":{"dtype":"F32","shape":[16],"data_offsets":${nest}}}`,
    `{"w":${open.repeat(depth)}`,
  ]);
}

/** Bytes that no UTF-8 text has, somewhere in the header. */
function damagedText(header: string, random: Random): Uint8Array {
  const text = new TextEncoder().encode(header);
  const at = random.below(text.length + 1);
  const bad = random.pick([[0xff], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0xf5, 0x80, 0x80, 0x80], [
    0xc3,
  ]]);
  return concat(text.subarray(0, at), new Uint8Array(bad), text.subarray(at));
}
