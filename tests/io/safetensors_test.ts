import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import {
  encodeSafetensors,
  parseSafetensors,
  readSafetensors,
  type TensorFile,
  writeSafetensors,
} from "../../lib/io/safetensors.ts";
import { SafetensorsReader } from "../../lib/io/safetensors_reader.ts";
import { Random } from "../../lib/engine/random.ts";

/** A file of a header text, zeros behind it, and a header length that may lie. */
function fileOf(header: string | Uint8Array, dataBytes = 0, length?: number | bigint): Uint8Array {
  const text = typeof header === "string" ? new TextEncoder().encode(header) : header;
  const bytes = new Uint8Array(8 + text.length + dataBytes);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(length ?? text.length), true);
  bytes.set(text, 8);
  return bytes;
}

function withData(header: string, data: number[]): Uint8Array {
  const bytes = fileOf(header, data.length);
  bytes.set(data, bytes.length - data.length);
  return bytes;
}

const tensor = (dtype: string, shape: number[], begin: number, end: number) =>
  `{"dtype":"${dtype}","shape":[${shape}],"data_offsets":[${begin},${end}]}`;

const values = (
  bytes: Uint8Array,
  key = "a",
) => [...parseSafetensors(bytes).tensors.get(key)!.data];

Deno.test("parseSafetensors() reads F32, F16, BF16, F64 and I64 as 32-bit floats", () => {
  const f32 = [0, 0, 0x80, 0x3f, 0, 0, 0, 0xc0]; // 1, -2
  assertEquals(values(withData(`{"a":${tensor("F32", [2], 0, 8)}}`, f32)), [1, -2]);
  const f16 = [0, 0x3c, 0xff, 0x7b, 1, 0]; // 1, 65504, the smallest subnormal 2^-24
  assertEquals(values(withData(`{"a":${tensor("F16", [3], 0, 6)}}`, f16)), [1, 65504, 2 ** -24]);
  const bf16 = [0x80, 0x3f, 0x49, 0xc0]; // 1, -3.140625
  assertEquals(values(withData(`{"a":${tensor("BF16", [2], 0, 4)}}`, bf16)), [1, -3.140625]);
  const f64 = [0, 0, 0, 0, 0, 0, 0xe0, 0x3f]; // 0.5
  assertEquals(values(withData(`{"a":${tensor("F64", [1], 0, 8)}}`, f64)), [0.5]);
  const i64 = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]; // -1
  assertEquals(values(withData(`{"a":${tensor("I64", [1], 0, 8)}}`, i64)), [-1]);
});

Deno.test("parseSafetensors() takes padding, scalars, empty tensors, metadata and any order", () => {
  const header = `{"b":${tensor("F16", [], 4, 6)},"none":${tensor("F32", [0, 3], 6, 6)},` +
    `"a":${tensor("F16", [2], 0, 4)},"__metadata__":{"format":"pt"}}   `;
  const file = parseSafetensors(withData(header, [0, 0x3c, 0, 0x40, 0, 0x42]));
  assertEquals([...file.tensors.get("a")!.data], [1, 2]);
  assertEquals(file.tensors.get("b"), { shape: [], data: new Float32Array([3]) });
  assertEquals(file.tensors.get("none"), { shape: [0, 3], data: new Float32Array(0) });
  assertEquals(file.metadata, { format: "pt" });
});

Deno.test("parseSafetensors() keeps NaN and infinities", () => {
  const data = [0, 0x7e, 0, 0x7c, 0, 0xfc];
  assertEquals(values(withData(`{"a":${tensor("F16", [3], 0, 6)}}`, data)), [
    NaN,
    Infinity,
    -Infinity,
  ]);
});

const refused: [name: string, file: Uint8Array, error: typeof Error, text: string][] = [
  ["an empty file", new Uint8Array(0), RangeError, "0 bytes, at least 8"],
  ["a file of 7 bytes", new Uint8Array(7), RangeError, "7 bytes, at least 8"],
  ["a header beyond the file", fileOf("{}", 0, 3), RangeError, "3 bytes long, at most 2"],
  [
    "a header over 100 MB",
    fileOf("{}", 0, 2n ** 63n),
    RangeError,
    "9223372036854775808 bytes long",
  ],
  ["a header of 0 bytes", fileOf(""), SyntaxError, 'does not start with "{"'],
  ["a header that is no object", fileOf("[]"), SyntaxError, 'does not start with "{"'],
  ["a header behind a space", fileOf(" {}"), SyntaxError, 'does not start with "{"'],
  [
    "a header that is not UTF-8",
    fileOf(new Uint8Array([0x7b, 0xff])),
    SyntaxError,
    "not UTF-8 JSON",
  ],
  ["a header that is not JSON", fileOf("{hello}"), SyntaxError, "not UTF-8 JSON"],
  ["a header padded with zeros", fileOf("{}\0"), SyntaxError, "not UTF-8 JSON"],
  [
    "a name that stands twice",
    fileOf(`{"a":${tensor("F32", [0], 0, 0)},"\\u0061"   :${tensor("F32", [0], 0, 0)}}`),
    SyntaxError,
    'names "a" twice',
  ],
  [
    "a key that stands twice",
    fileOf(`{"a":{"dtype":"F32","dtype":"F16"}}`),
    SyntaxError,
    '"dtype" twice',
  ],
  [
    "a type that is an object",
    fileOf(`{"a":{"dtype":{"toString":1},"shape":[],"data_offsets":[0,0]}}`),
    TypeError,
    "the element type an object",
  ],
  [
    "a name that moves the cursor",
    fileOf(`{"\\n\\u001b[2J":3}`),
    SyntaxError,
    'tensor "\\u{a}\\u{1b}[2J" is described',
  ],
  ["__proto__", fileOf(`{"__proto__":${tensor("F32", [0], 0, 0)}}`), SyntaxError, "__proto__"],
  [
    "metadata that are no strings",
    fileOf(`{"__metadata__":{"a":1}}`),
    SyntaxError,
    "strings to strings",
  ],
  ["a tensor that is no object", fileOf(`{"a":3}`), SyntaxError, "described by no object"],
  [
    "a tensor without offsets",
    fileOf(`{"a":{"dtype":"F32","shape":[]}}`),
    SyntaxError,
    "data_offsets",
  ],
  ["a negative side", fileOf(`{"a":${tensor("F32", [-1], 0, 0)}}`), SyntaxError, "no shape"],
  ["a broken side", fileOf(`{"a":${tensor("F32", [0.5], 0, 0)}}`), SyntaxError, "no shape"],
  ["an unknown key", fileOf(`{"a":{"dtype":"F32","x":1}}`), SyntaxError, 'unknown key "x"'],
  ["an unknown type", fileOf(`{"a":${tensor("F8_E4M3", [1], 0, 1)}}`, 1), TypeError, "F8_E4M3"],
  ["an inherited type", fileOf(`{"a":${tensor("toString", [1], 0, 1)}}`, 1), TypeError, "toString"],
  [
    "offsets that go backwards",
    fileOf(`{"a":${tensor("F32", [1], 4, 0)}}`, 4),
    RangeError,
    "give -4",
  ],
  [
    "offsets that do not fit",
    fileOf(`{"a":${tensor("F32", [2], 0, 4)}}`, 4),
    RangeError,
    "takes 8 bytes",
  ],
  [
    "a shape that overflows",
    fileOf(`{"a":${tensor("F32", [2 ** 40, 2 ** 40], 0, 0)}}`),
    RangeError,
    "takes Infinity bytes",
  ],
  [
    "an overlap",
    fileOf(`{"a":${tensor("F32", [1], 0, 4)},"b":${tensor("F32", [1], 0, 4)}}`, 4),
    RangeError,
    '"b" overlaps',
  ],
  [
    "a hole",
    fileOf(`{"a":${tensor("U8", [1], 0, 1)},"b":${tensor("U8", [1], 2, 3)}}`, 3),
    RangeError,
    '"b" leaves a hole before it: it begins at 2, wanted 1',
  ],
  [
    "bytes behind the tensors",
    fileOf(`{"a":${tensor("U8", [1], 0, 1)}}`, 2),
    RangeError,
    "end at 1",
  ],
  [
    "missing bytes",
    fileOf(`{"a":${tensor("U8", [2], 0, 2)}}`, 1),
    RangeError,
    "end at 2, the file at 1",
  ],
];

for (const [what, bytes, error, text] of refused) {
  Deno.test(`parseSafetensors() refuses ${what}`, () => {
    const thrown = assertThrows(() => parseSafetensors(bytes, "bad.safetensors"), error, text);
    assertEquals(thrown.message.startsWith('Cannot read "bad.safetensors": '), true);
    assertEquals(/[\n]|\.$/.test(thrown.message), false, "one sentence without a final period");
  });
}

Deno.test("parseSafetensors() survives a deeply nested header", () => {
  const header = `{"a":${"[".repeat(100_000)}${"]".repeat(100_000)}}`;
  assertThrows(() => parseSafetensors(fileOf(header)), SyntaxError);
});

Deno.test("parseSafetensors() throws only the three error classes on damaged files", () => {
  const random = new Random(1).split("damage");
  const good = encodeSafetensors({
    tensors: new Map([["a.b", { shape: [2, 2], data: new Float32Array([1, 2, 3, 4]) }]]),
    metadata: { k: "v" },
  });
  for (let i = 0; i < 2000; i++) {
    const bytes = good.slice(0, random.next() < 0.2 ? random.below(good.length) : good.length);
    for (let k = random.below(4); k >= 0 && bytes.length > 0; k--) {
      bytes[random.below(bytes.length)] = random.below(256);
    }
    try {
      parseSafetensors(bytes);
    } catch (error) {
      assertEquals(
        /^(Syntax|Range|Type)Error: Cannot read "safetensors": /.test(`${error}`),
        true,
        `${error}`,
      );
    }
  }
});

const example = (data: number[]): TensorFile => ({
  tensors: new Map([["w", { shape: [data.length], data: new Float32Array(data) }]]),
  metadata: {},
});

Deno.test("encodeSafetensors() gives back names, shapes, numbers and metadata", () => {
  const random = new Random(2);
  const tensors: TensorFile["tensors"] = new Map();
  for (const shape of [[3, 1, 2], [], [0], [5]]) {
    const size = shape.reduce((a, b) => a * b, 1);
    tensors.set(`t.${shape.join("x")}.ü"`, { shape, data: random.split(size).gaussian(size) });
  }
  const back = parseSafetensors(encodeSafetensors({ tensors, metadata: { note: 'a "b"' } }));
  assertEquals(new Map([...back.tensors].sort()), new Map([...tensors].sort()));
  assertEquals(back.metadata, { note: 'a "b"' });
});

Deno.test("encodeSafetensors() does not depend on the order of the names", () => {
  const [a, b] = [{ shape: [1], data: new Float32Array([1]) }, {
    shape: [],
    data: new Float32Array([2]),
  }];
  const one = encodeSafetensors({ tensors: new Map([["a", a], ["b", b]]), metadata: {} });
  const two = encodeSafetensors({ tensors: new Map([["b", b], ["a", a]]), metadata: {} });
  assertEquals(one, two);
});

Deno.test("encodeSafetensors() aligns the data to 8 bytes", () => {
  const bytes = encodeSafetensors(example([1]));
  assertEquals(bytes[0]! % 8, 0);
  assertEquals([...bytes.slice(-4)], [0, 0, 0x80, 0x3f]);
});

Deno.test("encodeSafetensors() rounds F16 to the nearest, ties to even", () => {
  const step = 2 ** -10; // between 1 and 2
  const data = [1 + step / 2, 1 + 1.5 * step, 1 + 0.51 * step, 2 ** -25, 2 ** -25 * 1.01, 65519];
  const stored = values(encodeSafetensors(example(data), "F16"), "w");
  assertEquals(stored, [1, 1 + 2 * step, 1 + step, 0, 2 ** -24, 65504]);
});

Deno.test("encodeSafetensors() refuses what F16 cannot hold, and keeps infinities", () => {
  assertThrows(
    () => encodeSafetensors(example([1, 65520]), "F16"),
    RangeError,
    '"w" as F16: 65520',
  );
  assertEquals(values(encodeSafetensors(example([Infinity, NaN]), "F16"), "w"), [Infinity, NaN]);
});

Deno.test("encodeSafetensors() refuses data that do not fill the shape", () => {
  const tensors = new Map([["w", { shape: [2, 2], data: new Float32Array(3) }]]);
  assertThrows(
    () => encodeSafetensors({ tensors, metadata: {} }),
    TypeError,
    "takes 4 numbers, found 3",
  );
});

Deno.test("writeSafetensors() and readSafetensors() agree, and errors name the file", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await writeSafetensors(`${folder}/w.safetensors`, example([0.5, -2]), "F16");
    const { tensors } = await readSafetensors(`${folder}/w.safetensors`);
    assertEquals([...tensors.get("w")!.data], [0.5, -2]);
    await Deno.writeTextFile(`${folder}/bad.safetensors`, "hello");
    await assertRejects(
      () => readSafetensors(`${folder}/bad.safetensors`),
      RangeError,
      "bad.safetensors",
    );
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("SafetensorsReader.read() gives what readSafetensors() gives", async () => {
  const folder = await Deno.makeTempDir(), path = `${folder}/w.safetensors`;
  const data = (length: number, seed: number) => new Random(seed).gaussian(length);
  const tensors = new Map([
    ["a", { shape: [3], data: data(3, 1) }],
    ["b", { shape: [2, 5], data: data(10, 2) }],
    ["empty", { shape: [0], data: new Float32Array() }],
  ]);
  for (const dtype of ["F16", "F32"] as const) {
    await writeSafetensors(path, { tensors, metadata: {} }, dtype);
    const whole = await readSafetensors(path);
    using reader = await SafetensorsReader.open([path]);
    for (const name of ["b", "empty", "a"]) { // in any order
      assertEquals(await reader.read(name), whole.tensors.get(name)!.data);
      assertEquals(reader.entries.get(name)!.shape, whole.tensors.get(name)!.shape);
    }
    await assertRejects(() => reader.read("c"), TypeError, '"c"');
  }
  await Deno.remove(folder, { recursive: true });
});

Deno.test("SafetensorsReader.open() refuses what parseSafetensors() refuses", async () => {
  const path = await Deno.makeTempFile();
  const bad = [
    new Uint8Array(3),
    fileOf("{}", 0, 2n ** 60n),
    fileOf(`{"w":${tensor("F32", [2], 0, 8)}}`, 4),
    fileOf(`{"w":${tensor("F32", [2], 0, 8)}}`, 12),
  ];
  for (const bytes of bad) {
    await Deno.writeFile(path, bytes);
    const { message } = assertThrows(() => parseSafetensors(bytes, path), RangeError);
    await assertRejects(() => SafetensorsReader.open([path]), RangeError, message);
  }
  await Deno.remove(path);
});
